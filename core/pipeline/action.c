/* SPDX-License-Identifier: Apache-2.0 */
/* From results to actions, and the pause before a repetition. */
#include "core/pipeline/action.h"

#include <uv.h>

#include "core/base/jitter.h"

enum {
    /* Retry has tried as long as it may, or the dead-letter target is away: an
     * attempt more is not urgent. */
    FIRST_MS = 1000,
    LAST_MS = 30000
};

ce_action ce_action_of(const ce_result *r, bool is_running)
{
    if (r->verdict != CE_UNDELIVERED || r->exhausted)
        return CE_PASS;
    return is_running ? CE_REPEAT : CE_KEEP;
}

const char *ce_action_loss(const ce_result *r)
{
    if (r->verdict == CE_ACK)
        return NULL;
    return r->verdict == CE_UNDELIVERED ? "not delivered" : "refused";
}

static void on_timer(ce_timer *t)
{
    ce_repeater_flush(CE_OWNER(t, ce_repeater, timer));
}

void ce_repeater_init(ce_repeater *r, ce_loop *loop,
                      void (*push)(void *arg, ce_delivery *d), void *arg)
{
    *r = (ce_repeater){ .loop = loop, .push = push, .arg = arg };
    r->timer.fire = on_timer;
    r->random = uv_hrtime() | 1;
}

/* What comes back within a pause after the last time has come back for the
 * same reason. */
static uint64_t next_pause_ms(ce_repeater *r)
{
    uint64_t now = ce_loop_now_ms(r->loop);

    if (!r->pause_ms || now - r->flushed_ms > r->pause_ms + FIRST_MS)
        r->pause_ms = FIRST_MS;
    else if (r->pause_ms * 2 < LAST_MS)
        r->pause_ms *= 2;
    else
        r->pause_ms = LAST_MS;
    return ce_jitter_half(&r->random, r->pause_ms);
}

void ce_repeater_add(ce_repeater *r, ce_delivery *d)
{
    ce_queue_add(&r->waiting, &d->link);
    if (!r->timer.loop)
        ce_timer_start(r->loop, &r->timer, next_pause_ms(r));
}

void ce_repeater_flush(ce_repeater *r)
{
    ce_queue all = ce_queue_take_all(&r->waiting);
    ce_delivery *d;

    ce_timer_stop(&r->timer);
    r->flushed_ms = ce_loop_now_ms(r->loop);
    while ((d = CE_QUEUE_TAKE(&all, ce_delivery, link)))
        r->push(r->arg, d);
}
