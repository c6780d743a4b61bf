/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stages/crowd.h"

/* What has others before it for so long stands in a slow lane. A key with more
 * events in a second than may be out needs none of this. */
enum { SLOW_MS = 1000 };

static ce_waiter *waiter_at(const ce_queue *q)
{
    return CE_QUEUE_FIRST(q, ce_waiter, place.link);
}

static ce_waiter *oldest_of(const ce_lane *lane)
{
    ce_waiter *w = waiter_at(&lane->again);

    return w ? w : waiter_at(&lane->waiting);
}

static void settle(ce_delivery *d)
{
    ce_settle_undelivered(d, 0, 0, "others of its key are before it");
}

/* --- giving back --- */

static bool is_taken(const ce_waiter *w)
{
    ce_stub *stub = w->d->stub;

    if (!stub || !ce_yard_takes(stub))
        return false;
    stub->since_ms = w->first_ms;
    stub->attempts = w->attempts;
    return true;
}

/* One waits on, so that the lane need not wait for the source. */
static void shorten(ce_lane *lane)
{
    ce_queue rest = ce_lane_cut(lane);
    ce_waiter *w;

    while ((w = CE_QUEUE_TAKE(&rest, ce_waiter, place.link))) {
        if (is_taken(w))
            settle(w->d);
        else
            ce_lane_add_again(lane, &w->place);
    }
}

static void on_look(ce_timer *t)
{
    ce_crowd *c = CE_OWNER(t, ce_crowd, look);
    uint64_t now = ce_loop_now_ms(c->loop);

    for (ce_lane *lane = c->lanes->first; lane; lane = lane->next) {
        const ce_waiter *oldest = oldest_of(lane);

        if (oldest && now - oldest->came_ms >= SLOW_MS)
            shorten(lane);
    }
    if (c->lanes->first)
        ce_timer_start(c->loop, t, SLOW_MS);
}

/* --- coming --- */

bool ce_crowd_turns_away(ce_crowd *c, ce_delivery *d, uint64_t key)
{
    if (!d->stub || !ce_yard_keeps(d->stub, key))
        return false;
    if (!d->stub->since_ms)
        d->stub->since_ms = ce_loop_now_ms(c->loop);
    settle(d);
    return true;
}

/* Once: the lanes of the dead letters see the same delivery. */
static void remember(ce_waiter *w, ce_stub *stub)
{
    w->first_ms = stub->since_ms;
    w->attempts = stub->attempts;
    stub->since_ms = 0;
    stub->attempts = 0;
}

void ce_crowd_add(ce_crowd *c, ce_lane *lane, ce_waiter *w, ce_delivery *d)
{
    uint64_t now = ce_loop_now_ms(c->loop);

    *w = (ce_waiter){ .d = d, .first_ms = now, .came_ms = now };
    if (d->stub && d->stub->since_ms)
        remember(w, d->stub);
    ce_lane_add(c->lanes, lane, &w->place);
    if (d->stub && lane->keyed && !c->look.loop)
        ce_timer_start(c->loop, &c->look, SLOW_MS);
}

/* --- life --- */

void ce_crowd_init(ce_crowd *c, ce_loop *loop, ce_lanes *lanes)
{
    *c = (ce_crowd){ .loop = loop, .lanes = lanes };
    c->look.fire = on_look;
}

void ce_crowd_stop(ce_crowd *c)
{
    ce_timer_stop(&c->look);
}
