/* SPDX-License-Identifier: Apache-2.0 */
/* Rate, events in flight and lag, on a line that overwrites itself. */
#include "bridge/watch/progress.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

enum { PERIOD_MS = 1000 };

struct br_progress {
    ce_loop *loop;
    ce_timer timer;
    br_progress_counts (*count)(void *arg);
    void *arg;
    br_progress_counts last;
    uint64_t last_ms;
};

/* Whether a line stands on the terminal. */
static atomic_bool is_shown;

static void show(br_progress *p, br_progress_counts now, uint64_t now_ms)
{
    double seconds = (double)(now_ms - p->last_ms) / 1000;
    double rate = (double)(now.delivered - p->last.delivered) / seconds;

    atomic_store(&is_shown, true);
    fprintf(stderr,
            "\r\033[K%llu delivered, %.0f/s, %llu in flight, "
            "%llu waiting",
            (unsigned long long)now.delivered, rate,
            (unsigned long long)now.in_flight, (unsigned long long)now.waiting);
    fflush(stderr); /* which is buffered by lines */
}

static void on_timer(ce_timer *t)
{
    br_progress *p = CE_OWNER(t, br_progress, timer);
    br_progress_counts now = p->count(p->arg);
    uint64_t now_ms = ce_loop_now_ms(p->loop);

    if (now_ms > p->last_ms)
        show(p, now, now_ms);
    p->last = now;
    p->last_ms = now_ms;
    ce_timer_start(p->loop, t, PERIOD_MS);
}

ce_status br_progress_open(br_progress **out, ce_loop *loop,
                           br_progress_counts (*count)(void *arg), void *arg)
{
    br_progress *p;

    *out = NULL;
    if (!isatty(STDERR_FILENO))
        return CE_OK;
    p = ce_alloc_zeroed(sizeof *p);
    if (!p)
        return CE_ENOMEM;
    p->loop = loop;
    p->count = count;
    p->arg = arg;
    p->last_ms = ce_loop_now_ms(loop);
    p->timer.fire = on_timer;
    ce_timer_start(loop, &p->timer, PERIOD_MS);
    *out = p;
    return CE_OK;
}

void br_progress_clear(void)
{
    if (atomic_exchange(&is_shown, false))
        fputs("\r\033[K", stderr); /* the next line flushes it */
}

void br_progress_close(br_progress *p)
{
    if (!p)
        return;
    ce_timer_stop(&p->timer);
    br_progress_clear();
    ce_free(p);
}
