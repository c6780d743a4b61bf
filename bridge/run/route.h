/* SPDX-License-Identifier: Apache-2.0 */
/* One route on one loop: its endpoints, and the stages between them. */
#ifndef CE_BRIDGE_RUN_ROUTE_H
#define CE_BRIDGE_RUN_ROUTE_H

#include "bridge/watch/board.h"
#include "bridge/run/plan.h"
#include "bridge/run/report.h"

enum { CE_ROUTE_NAME = 128, CE_OUTLET_NAME = 160 };

/* A sink, or the dead-letter target. */
typedef struct ce_outlet {
    char name[CE_OUTLET_NAME];
    ce_endpoint at;
    ce_sender *sender;
    ce_stage *head; /* the first stage of the chain to it */
    ce_meter meter; /* its retries */
    ce_board_watch watch;
    bool started;
} ce_outlet;

/* Everything is closed in the reverse order of opening. */
typedef struct ce_route {
    const ce_route_plan *plan;
    ce_loop *loop;
    char name[CE_ROUTE_NAME];
    ce_endpoint at;
    ce_receiver *receiver;
    ce_inbox *inbox;     /* or NULL */
    ce_receiver *replay; /* of the inbox, or NULL */
    ce_stage *into;      /* what the receiver pushes into */
    ce_stage *replay_into;
    ce_outlet *sinks;
    ce_stage **heads;  /* of the sinks, for the fan-out */
    ce_outlet letters; /* without a sender: there is none */
    ce_stage **stages; /* all but senders, in the order of opening */
    unsigned count, cap;
    ce_meter meter;
    ce_tally tally;
    ce_task *enough; /* posted when the plan's limit is reached */
    ce_board_watch watch, replay_watch;
} ce_route;

/* Opens every endpoint and builds the chain; nothing is connected yet. NUMBER
 * tells the loops of one route apart, from 0. After a failure too, R is to be
 * closed. */
ce_status ce_route_open(ce_route *r, const ce_route_plan *plan, ce_loop *loop,
                        unsigned number, ce_board *board, ce_error *err);
/* Senders are started before receivers. */
ce_status ce_route_start_sinks(ce_route *r, ce_error *err);
ce_status ce_route_start_sources(ce_route *r, ce_error *err);
/* Nothing is in flight and everything that was started is stopped. */
void ce_route_close(ce_route *r);
/* After it is closed: until then its meters can be read. */
void ce_route_free(ce_route *r);

/* Deliveries that are out, of both receivers. */
unsigned ce_route_in_flight(const ce_route *r);
/* From now on no stage holds anything back. */
void ce_route_stop_stages(ce_route *r);

#endif
