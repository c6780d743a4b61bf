/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints for tests of workers, on stub://NAME: a source that gives a number
 * of events, and a sink that answers as the script says. */
#ifndef CE_TESTS_BRIDGE_RUN_STUB_H
#define CE_TESTS_BRIDGE_RUN_STUB_H

#include "bridge/run/plan.h"

enum { STUB_EVENTS = 16 };

typedef struct stub_script {
    unsigned events;        /* that a source gives, at most STUB_EVENTS */
    bool stays;             /* the source does not end after them */
    bool fails;             /* it ends while it is down */
    ce_promise_level level; /* what a source promises */
    ce_verdict verdict;     /* of what the sink answers at once */
    unsigned held;          /* the last so many get no answer before the
                                      sink is stopped */
    unsigned settled_late;  /* ... and so many of them an ACK then */
    unsigned falls_at;      /* the sink is away from this event on, from 1; 0:
                          never */
    unsigned gone_at;       /* the sink's peer is gone for good with this event,
                         from 1; 0: it stays */
    bool never_closes;      /* a source, once all is settled */
    ce_status opens, starts_sink;  /* how these end */
    void (*sent)(unsigned number); /* is told of each event at the sink, from
                                      1; on the worker's thread */
} stub_script;

/* Reset it before each test. Workers read it while they run. */
extern stub_script stub;

/* Sinks that were started when the last source was. */
unsigned stub_sinks_before_source(void);

/* Whether threads can be started from now on. */
void stub_allow_threads(bool allowed);

/* Plans the routes of a configuration whose endpoints may be stub://NAME, or
 * ends the test. Free it with br_plan_free. */
void stub_plan(br_plan *out, const char *yaml);

#endif
