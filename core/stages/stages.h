/* SPDX-License-Identifier: Apache-2.0 */
/* One open function per stage. A stage does not own the one behind it; the
 * route closes them in order. All run on the route's loop thread. */
#ifndef CE_CORE_STAGES_STAGES_H
#define CE_CORE_STAGES_STAGES_H

#include <cloudevents/cesql.h>
#include <cloudevents/transport.h>

#include "core/pipeline/breaker.h"
#include "core/stages/meter.h"
#include "core/template/template.h"

/* Counts events and results in METER, and measures the time between. */
ce_status ce_meter_stage(ce_stage **out, ce_stage *next, ce_meter *meter);

/* Splits batches into their events. A batch with an invalid event goes on
 * whole, as a message that is no event, so that the check behind refuses it.
 * The source hears the worst result. MAX_CHILDREN are out at once. What is
 * unordered overtakes a batch that waits for them. */
ce_status ce_split_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                         unsigned max_children);

typedef struct ce_dead_letter_config {
    const char *route;
    const char *target; /* the sink that refused, as its label */
    ce_stage *letters;  /* the chain to the dead-letter target */
} ce_dead_letter_config;
/* Sends what the stages behind it refuse to another target, with the reason in
 * extensions (core/pipeline/letter.h says which). */
ce_status ce_dead_letter_stage(ce_stage **out, ce_stage *next,
                               const ce_dead_letter_config *c);

/* Refuses messages that are no valid events, after WRAP (or NULL) had its
 * chance to make an event of a plain message. */
ce_status ce_check_stage(ce_stage **out, ce_stage *next, const ce_wrap *wrap);

/* Makes events of version 1.0 out of those of version 0.3; refuses events that
 * have no such form. */
ce_status ce_upgrade_stage(ce_stage **out, ce_stage *next);

/* Settles events that F does not match as filtered. Borrows F. */
ce_status ce_filter_stage(ce_stage **out, ce_stage *next, const ce_filter *f);

/* Sets attributes from templates, and refuses an event that lacks a value for
 * one. Borrows EDITS. */
ce_status ce_transform_stage(ce_stage **out, ce_stage *next,
                             const ce_edits *edits);

/* Sets traceparent and tracestate of events that have neither from the headers
 * of their messages, if these are valid; METER counts as tolerated the messages
 * with others. It may be NULL. */
ce_status ce_tracing_stage(ce_stage **out, ce_stage *next, ce_meter *meter);

/* Settles events as duplicates that the sink has confirmed within the last
 * ENTRIES events, by source and id. */
ce_status ce_dedup_stage(ce_stage **out, ce_stage *next, unsigned entries);

/* Gives every event to all of the COUNT sinks' chains; the source hears the
 * worst result. Borrows SINKS. Of the last REMEMBERED events that their callers
 * have to repeat it knows which sinks have them, and spares these, as long as
 * the event is the same in all; METER, which may be NULL, counts how often. */
ce_status ce_fanout_stage(ce_stage **out, ce_stage *const *sinks,
                          unsigned count, unsigned remembered, ce_meter *meter);

/* Marks every delivery as arrived (core/pipeline/arrival.h). Put it before the
 * stages of one of several sinks. */
ce_status ce_arrival_stage(ce_stage **out, ce_stage *next);

/* Brings the message into the wanted mode: CE_MODE_NONE keeps it. */
ce_status ce_encode_stage(ce_stage **out, ce_stage *next, ce_mode mode,
                          const ce_format *format);

typedef enum ce_order { CE_ORDER_KEY, CE_ORDER_NONE } ce_order;

/* A source that can repeat needs no retry: its route leaves the stage out, and
 * UNDELIVERED reaches the source as it is. */
typedef struct ce_retry_config {
    unsigned max_attempts; /* 0: for ever; then it is settled as exhausted */
    uint64_t base_ms, cap_ms;
    uint64_t max_age_ms; /* 0: for ever */
    ce_order order;      /* by key only behind a source that is ordered */
    bool one_per_key;    /* the sink cannot keep the order by itself */
    bool only_unsent; /* what the sink may have seen is settled as exhausted */
    const int *also;  /* codes that are tried again though refused, and codes */
    const int *never; /* that are not though undelivered; 0 ends; or NULL */
    ce_health *sink;  /* its recovery ends the waiting; may be NULL */
    ce_breaker *breaker; /* hears of each attempt, and holds them; or NULL */
    ce_meter *meter;
    uint64_t seed; /* of the pauses, for tests; 0: the clock's */
} ce_retry_config;
/* Tries UNDELIVERED again with full jitter and keeps the order of each key. An
 * event that was always sent together with others has one more attempt, alone,
 * before it is exhausted. */
ce_status ce_retry_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                         const ce_retry_config *c);

/* What a code of a sink means: UNDELIVERED or NACK. */
typedef struct ce_ruling {
    int code;
    ce_verdict verdict;
} ce_ruling;
/* Rules over results by their codes; what has no ruling stays. An event that is
 * refused together with others is sent alone first. Borrows RULINGS, which end
 * with the code 0. */
ce_status ce_verdict_stage(ce_stage **out, ce_stage *next,
                           const ce_ruling *rulings);

/* Stands where no retry does: while B is open, all but its probes are
 * UNDELIVERED at once, with the time to come again. */
ce_status ce_gate_stage(ce_stage **out, ce_stage *next, ce_breaker *b);

#endif
