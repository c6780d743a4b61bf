/* SPDX-License-Identifier: Apache-2.0 */
/* The way out to one sink, or to the dead-letter target: a sender and the
 * stages that only its own events pass. */
#ifndef CE_BRIDGE_RUN_OUTLET_H
#define CE_BRIDGE_RUN_OUTLET_H

#include "bridge/run/plan.h"
#include "bridge/watch/readiness.h"
#include "core/pipeline/chain.h"

enum { BR_OUTLET_NAME = 160 };

typedef struct br_outlet {
    char name[BR_OUTLET_NAME];
    const br_route_plan *plan;
    const br_endpoint_plan *to;
    ce_endpoint at;
    ce_sender *sender;       /* NULL: not open */
    ce_stage *head;          /* push into it */
    ce_meter meter;          /* its own events and retries */
    char sink[BR_SINK_NAME]; /* what people call it */
    ce_breaker breaker;
    br_readiness_watch watch;
    ce_watch away; /* for the worker */
    void *owner;
    bool started;
} br_outlet;

/* What the outlets of one route have in common. */
typedef struct br_outlet_config {
    const br_route_plan *plan;
    ce_loop *loop;
    ce_chain *chain;     /* owns the stages */
    ce_stage *letters;   /* the way to the dead-letter target, or NULL */
    bool ordered;        /* events with one key must not overtake each other */
    bool source_repeats; /* the source waits for the answer and can try again */
    br_readiness *board;
} br_outlet_config;

/* Give O its name before. Opens [meter] -> [dead letter] -> [encode] -> retry
 * or gate -> sender to a sink. Close O after a failure too. */
ce_status br_outlet_open_sink(br_outlet *o, const br_endpoint_plan *to,
                              const br_outlet_config *c, ce_error *err);
/* Opens meter -> [encode] -> retry or gate -> sender to the dead-letter
 * target. */
ce_status br_outlet_open_letters(br_outlet *o, const br_endpoint_plan *to,
                                 const br_outlet_config *c, ce_error *err);
/* Call once it is open: begins to connect. */
ce_status br_outlet_start(br_outlet *o, ce_error *err);
/* Call after the chain is closed. Harmless when it is not open. */
void br_outlet_close(br_outlet *o);

/* Has it send what waits for company. */
void br_outlet_hurry(br_outlet *o);

#endif
