/* SPDX-License-Identifier: Apache-2.0 */
/* One route on one loop: its endpoints, and the stages between them. */
#ifndef CE_BRIDGE_RUN_ROUTE_H
#define CE_BRIDGE_RUN_ROUTE_H

#include "bridge/run/lines.h"
#include "bridge/run/outlet.h"
#include "bridge/run/plan.h"
#include "bridge/run/report.h"
#include "bridge/watch/readiness.h"
#include "core/pipeline/chain.h"
#include "core/transport/gauges.h"

enum { BR_ROUTE_NAME = 128 };

/* Everything is closed in the reverse order of opening. */
typedef struct br_route {
    const br_route_plan *plan;
    ce_loop *loop;
    char name[BR_ROUTE_NAME];
    ce_endpoint at;
    ce_receiver *receiver;
    br_lines lines; /* out of the inbox; none: there is no inbox */
    uint64_t kept;  /* in the inbox, when it was closed */
    ce_stage *into; /* what the receiver pushes into */
    br_outlet *sinks;
    ce_stage **heads;  /* of the sinks, for the fan-out */
    br_outlet letters; /* without a sender: there is none */
    ce_chain chain;    /* owns all stages but the senders */
    ce_meter meter;
    ce_meter spread;             /* of what reaches the sinks */
    atomic_uint_fast64_t stored; /* in the inbox, since the start */
    br_tally tally;
    atomic_uint_fast64_t lost; /* though their source believes them safe */
    ce_gauges *inbox_gauges;
    ce_gauges *gauges; /* of the receiver */
    ce_task *enough;   /* posted when the plan's limit is reached */
    br_readiness_watch watch, replay_watch;
} br_route;

/* Close R after a failure too. Opens every endpoint and builds the chain;
 * nothing is connected yet. NUMBER tells the loops of one route apart, from
 * 0. */
ce_status br_route_open(br_route *r, const br_route_plan *plan, ce_loop *loop,
                        unsigned number, br_readiness *board, ce_error *err);
/* Start the sinks before the sources. */
ce_status br_route_start_sinks(br_route *r, ce_error *err);
ce_status br_route_start_sources(br_route *r, ce_error *err);
/* Call only when nothing is in flight and all that was started is stopped. */
void br_route_close(br_route *r);
/* Call after the close. Until then R's meters can be read. */
void br_route_free(br_route *r);

/* Returns how many events the inbox keeps for the next time. */
uint64_t br_route_kept(const br_route *r);
/* Returns how many deliveries of both receivers are out. Loop thread only. */
unsigned br_route_in_flight(const br_route *r);
/* Call when nothing new is to wait: no stage holds anything back from now
 * on. */
void br_route_stop_stages(br_route *r);

#endif
