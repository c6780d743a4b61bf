/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pipeline/yard.h"

#include <assert.h>

#include <cloudevents/alloc.h>

/* As many as are mostly out. */
enum { SPARES = 1024 };

typedef struct standing {
    ce_lane lane;
    ce_link due;
    unsigned may; /* so many may come again; then it is due */
} standing;

static ce_stub *oldest_of(const standing *l)
{
    return CE_QUEUE_FIRST(&l->lane.again, ce_stub, place.link);
}

static standing *lane_of(ce_yard *y, uint64_t key)
{
    return y->count ? (standing *)ce_lanes_find(&y->lanes, key) : NULL;
}

/* --- coming --- */

static void stand(ce_stub *s, standing *l)
{
    ce_lane_add_again(&l->lane, &s->place);
    s->stands = true;
    s->yard->count++;
}

bool ce_yard_keeps(ce_stub *s, uint64_t key)
{
    standing *l = lane_of(s->yard, key);

    s->key = key;
    if (!l || oldest_of(l)->place.number > s->place.number)
        return false;
    stand(s, l);
    return true;
}

bool ce_yard_takes(ce_stub *s)
{
    ce_yard *y = s->yard;
    standing *l;

    if (!y->is_short || y->unkeyed)
        return false;
    l = (standing *)ce_lanes_for_key(&y->lanes, s->key);
    if (!l)
        return false;
    stand(s, l);
    return true;
}

/* --- going --- */

static void let_go(ce_yard *y, standing *l, unsigned more)
{
    if (!l->may)
        ce_queue_add(&y->due, &l->due);
    l->may += more;
}

/* While there is credit a lane that goes well has twice as many each time. */
void ce_yard_done(ce_stub *s)
{
    ce_yard *y = s->yard;
    standing *l = lane_of(y, s->key);

    if (l)
        let_go(y, l, y->is_short ? 1 : 2);
    if (y->spares == SPARES) {
        ce_free(s);
        return;
    }
    ce_queue_put_back(&y->spare, &s->place.link);
    y->spares++;
}

ce_stub *ce_yard_next(ce_yard *y, bool idle)
{
    standing *l = CE_QUEUE_FIRST(&y->due, standing, due);

    if (!l && idle)
        l = (standing *)y->lanes.first;
    if (!l)
        return NULL;
    if (!l->may)
        let_go(y, l, 1);
    return oldest_of(l);
}

void ce_yard_leave(ce_stub *s)
{
    ce_yard *y = s->yard;
    standing *l = lane_of(y, s->key);

    assert(oldest_of(l) == s);
    ce_lane_take(&l->lane);
    s->stands = false;
    s->returns = true;
    y->count--;
    if (l->may)
        ce_queue_remove(&y->due, &l->due);
    if (ce_lane_is_empty(&l->lane))
        ce_lanes_give(&y->lanes, &l->lane);
    else if (l->may && --l->may)
        ce_queue_add(&y->due, &l->due);
}

/* --- life --- */

void ce_yard_init(ce_yard *y)
{
    *y = (ce_yard){ .is_short = false };
    ce_lanes_init(&y->lanes, sizeof(standing));
}

ce_stub *ce_yard_new(ce_yard *y, uint64_t number)
{
    ce_stub *s = CE_QUEUE_TAKE(&y->spare, ce_stub, place.link);

    if (s)
        y->spares--;
    else
        s = ce_alloc(sizeof *s);
    if (s)
        *s = (ce_stub){ .yard = y, .place.number = number };
    return s;
}

void ce_yard_close(ce_yard *y)
{
    ce_stub *s;

    while ((s = ce_yard_next(y, true))) {
        ce_yard_leave(s);
        ce_free(s);
    }
    while ((s = CE_QUEUE_TAKE(&y->spare, ce_stub, place.link)))
        ce_free(s);
    ce_lanes_free(&y->lanes);
}
