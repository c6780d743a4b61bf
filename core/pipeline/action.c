/* SPDX-License-Identifier: Apache-2.0 */
/* From results to actions, and the pause before a repetition. */
#include "core/pipeline/action.h"

enum {
    /* Retry has tried as long as it may, or the dead-letter target is away: an
     * attempt more is not urgent. */
    AGAIN_MS = 1000
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
}

void ce_repeater_add(ce_repeater *r, ce_delivery *d)
{
    ce_queue_add(&r->waiting, &d->link);
    if (!r->timer.loop)
        ce_timer_start(r->loop, &r->timer, AGAIN_MS);
}

void ce_repeater_flush(ce_repeater *r)
{
    ce_queue all = ce_queue_take_all(&r->waiting);
    ce_delivery *d;

    ce_timer_stop(&r->timer);
    while ((d = CE_QUEUE_TAKE(&all, ce_delivery, link)))
        r->push(r->arg, d);
}
