/* SPDX-License-Identifier: Apache-2.0 */
/* One route on one loop: its endpoints, and the stages between them. */
#ifndef CE_BRIDGE_RUN_ROUTE_H
#define CE_BRIDGE_RUN_ROUTE_H

#include "bridge/watch/readiness.h"
#include "bridge/run/plan.h"
#include "bridge/run/report.h"

enum { BR_ROUTE_NAME = 128, BR_OUTLET_NAME = 160 };

/* A sink, or the dead-letter target. */
typedef struct br_outlet {
    char name[BR_OUTLET_NAME];
    ce_endpoint at;
    ce_sender *sender;
    ce_stage *head; /* the first stage of the chain to it */
    ce_meter meter; /* its retries */
    br_readiness_watch watch;
    bool started;
} br_outlet;

/* Everything is closed in the reverse order of opening. */
typedef struct br_route {
    const br_route_plan *plan;
    ce_loop *loop;
    char name[BR_ROUTE_NAME];
    ce_endpoint at;
    ce_receiver *receiver;
    ce_inbox *inbox;     /* or NULL */
    ce_receiver *replay; /* of the inbox, or NULL */
    ce_stage *into;      /* what the receiver pushes into */
    ce_stage *replay_into;
    br_outlet *sinks;
    ce_stage **heads;  /* of the sinks, for the fan-out */
    br_outlet letters; /* without a sender: there is none */
    ce_stage **stages; /* all but senders, in the order of opening */
    unsigned count, cap;
    ce_meter meter;
    br_tally tally;
    ce_task *enough; /* posted when the plan's limit is reached */
    br_readiness_watch watch, replay_watch;
} br_route;

/* Opens every endpoint and builds the chain; nothing is connected yet. NUMBER
 * tells the loops of one route apart, from 0. After a failure too, R is to be
 * closed. */
ce_status br_route_open(br_route *r, const br_route_plan *plan, ce_loop *loop,
                        unsigned number, br_readiness *board, ce_error *err);
/* Senders are started before receivers. */
ce_status br_route_start_sinks(br_route *r, ce_error *err);
ce_status br_route_start_sources(br_route *r, ce_error *err);
/* Nothing is in flight and everything that was started is stopped. */
void br_route_close(br_route *r);
/* After it is closed: until then its meters can be read. */
void br_route_free(br_route *r);

/* Deliveries that are out, of both receivers. */
unsigned br_route_in_flight(const br_route *r);
/* From now on no stage holds anything back. */
void br_route_stop_stages(br_route *r);

#endif
