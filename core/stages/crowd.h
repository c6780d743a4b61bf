/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in lanes behind others of its key. When it does for long, and its
 * source has no credit for other keys, the source takes it back
 * (core/pipeline/yard.h). Loop thread only. */
#ifndef CE_CORE_STAGES_CROWD_H
#define CE_CORE_STAGES_CROWD_H

#include <cloudevents/loop.h>

#include "core/pipeline/yard.h"

/* The first member of what the owner of the lanes keeps of an event, of the
 * same lifetime as its delivery. */
typedef struct ce_waiter {
    ce_place place;
    ce_delivery *d;
    uint64_t first_ms; /* when it first came to its lane */
    uint64_t came_ms;  /* later, when it was taken back meanwhile */
    unsigned attempts;
} ce_waiter;

typedef struct ce_crowd {
    ce_loop *loop;
    ce_lanes *lanes;
    ce_timer look;
} ce_crowd;

/* Borrows LANES. */
void ce_crowd_init(ce_crowd *c, ce_loop *loop, ce_lanes *lanes);
/* Call when nothing is taken back any more, and before the memory goes. */
void ce_crowd_stop(ce_crowd *c);

/* Call before D goes to the lane of KEY. True: D is settled, since older ones
 * of its key are with the source. */
bool ce_crowd_turns_away(ce_crowd *c, ce_delivery *d, uint64_t key);
/* Fills W for D and adds it to LANE. */
void ce_crowd_add(ce_crowd *c, ce_lane *lane, ce_waiter *w, ce_delivery *d);

#endif
