/* SPDX-License-Identifier: Apache-2.0 */
/* Up or down with a reason, told to all that watch. */
#include "core/pipeline/health.h"

#include <cloudevents/log.h>

#include <stdio.h>
#include <string.h>

/* Between lines with the same reason: a peer that is away for hours is told
 * about twice a minute, not with every attempt. */
enum { FIRST_PAUSE_MS = 1000, LAST_PAUSE_MS = 30000 };

void ce_health_init(ce_health *h, ce_loop *l, const char *label)
{
    *h = (ce_health){ .loop = l };
    snprintf(h->label, sizeof h->label, "%s", label);
    snprintf(h->reason, sizeof h->reason, "not connected yet");
}

void ce_health_watch(ce_health *h, ce_watch *w)
{
    w->next = h->watches;
    h->watches = w;
}

void ce_health_unwatch(ce_health *h, ce_watch *w)
{
    for (ce_watch **at = &h->watches; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            return;
        }
}

static void tell(ce_health *h)
{
    for (ce_watch *w = h->watches; w; w = w->next)
        w->changed(w, h);
}

void ce_health_set(ce_health *h, bool up, const char *reason)
{
    h->up = up;
    snprintf(h->reason, sizeof h->reason, "%s", reason);
    tell(h);
}

void ce_health_up(ce_health *h)
{
    if (h->up)
        return;
    if (h->log_pause_ms)
        ce_log_of(CE_INFO, h->label, "connected");
    h->up = true;
    h->reason[0] = '\0';
    h->log_pause_ms = 0;
    tell(h);
}

bool ce_health_is_new(const ce_health *h)
{
    return !h->up && !h->log_pause_ms;
}

/* The same reason again is worth a line only now and then. */
static void log_reason(ce_health *h, bool is_new)
{
    uint64_t now = ce_loop_now_ms(h->loop);

    h->log_count = is_new ? 1 : h->log_count + 1;
    if (!is_new && now < h->next_log_ms)
        return;
    h->log_pause_ms = is_new ? FIRST_PAUSE_MS : h->log_pause_ms * 2;
    if (h->log_pause_ms > LAST_PAUSE_MS)
        h->log_pause_ms = LAST_PAUSE_MS;
    h->next_log_ms = now + h->log_pause_ms;
    ce_log_with(CE_WARN,
                &(ce_log_fields){ .endpoint = h->label,
                                  .error = h->reason,
                                  .repeated = h->log_count },
                "%s", h->reason);
    h->log_count = 0;
}

void ce_health_down(ce_health *h, const char *fmt, ...)
{
    char reason[sizeof h->reason];
    bool changed = h->up, is_new;
    va_list args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    is_new = strcmp(reason, h->reason) != 0 || !h->log_pause_ms;
    memcpy(h->reason, reason, sizeof reason);
    h->up = false;
    log_reason(h, is_new);
    if (changed || is_new)
        tell(h);
}

/* --- waiting --- */

typedef struct patience {
    ce_watch watch;
    ce_timer timer;
    ce_loop *loop;
    bool heard;
} patience;

static void on_changed(ce_watch *w, const ce_health *h)
{
    patience *p = CE_OWNER(w, patience, watch);

    (void)h;
    p->heard = true;
    ce_loop_stop(p->loop);
}

static void on_time(ce_timer *t)
{
    ce_loop_stop(CE_OWNER(t, patience, timer)->loop);
}

ce_status ce_health_await(ce_health *h, uint64_t timeout_ms, ce_error *err)
{
    patience p = { .watch.changed = on_changed,
                   .timer.fire = on_time,
                   .loop = h->loop,
                   .heard = !ce_health_is_new(h) };

    ce_health_watch(h, &p.watch);
    ce_timer_start(h->loop, &p.timer, timeout_ms);
    if (!p.heard)
        ce_loop_run(h->loop);
    ce_timer_stop(&p.timer);
    ce_health_unwatch(h, &p.watch);
    if (h->up)
        return CE_OK;
    return ce_fail(err, CE_EIO, "%s",
                   p.heard ? h->reason : "no answer in time");
}
