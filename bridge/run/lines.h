/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox of a route, and the ways out of it: one to each sink, so that each
 * goes on at its own pace; or one to all, if they are too many. */
#ifndef CE_BRIDGE_RUN_LINES_H
#define CE_BRIDGE_RUN_LINES_H

#include "bridge/run/plan.h"
#include "core/inbox/inbox.h"

typedef struct br_line {
    char *id, name[BR_SINK_NAME]; /* of the sink */
    ce_receiver *receiver;
    ce_stage *into;  /* gets what no other line has had */
    ce_stage *again; /* gets the rest; NULL: there is no other line */
    bool has_ended;
} br_line;

/* Zero it: then there is no inbox. */
typedef struct br_lines {
    ce_inbox *inbox;
    char *dir;
    br_line *at;
    unsigned count;
    bool finishing;
} br_lines;

/* ADDED counts what comes. */
ce_status br_lines_open(br_lines *l, const br_route_plan *plan, ce_loop *loop,
                        atomic_uint_fast64_t *added, ce_error *err);
ce_status br_lines_start(br_lines *l, ce_error *err);
void br_lines_stop(br_lines *l);
/* How many deliveries are out. */
unsigned br_lines_in_flight(const br_lines *l);
/* Call when nothing will be put any more, as often as you like: whether all
 * lines have ended. */
bool br_lines_finish(br_lines *l);
void br_lines_note_end(br_lines *l, const ce_receiver *r);
/* Call them one after the other, after a failure too: before the stages are
 * closed, after that, and when nobody asks for the directory any more. */
void br_lines_close_receivers(br_lines *l);
void br_lines_close(br_lines *l);
void br_lines_free(br_lines *l);

#endif
