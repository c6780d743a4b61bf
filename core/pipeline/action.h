/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver does with a result: one reading for all of them. */
#ifndef CE_CORE_PIPELINE_ACTION_H
#define CE_CORE_PIPELINE_ACTION_H

#include <cloudevents/delivery.h>
#include <cloudevents/loop.h>

typedef enum ce_action {
    CE_PASS,  /* done: the source forgets the message. What is no ACK is lost to
                 the sink, and is logged */
    CE_KEEP,  /* the source goes on holding it, for its next start or owner */
    CE_REPEAT /* it is pushed again after a pause, alone */
} ce_action;

/* The action that follows from R. IS_RUNNING: the receiver still pushes. Retry
 * has decided already: what it gave up is not tried again, and what comes back
 * otherwise (no memory, a dead-letter target that is away) is. */
ce_action ce_action_of(const ce_result *r, bool is_running);
/* Why a message passes: "refused" or "not delivered"; NULL for an ACK. For log
 * lines. */
const char *ce_action_loss(const ce_result *r);

/* Deliveries that wait to be pushed again. A receiver has one; zero it. */
typedef struct ce_repeater ce_repeater;
struct ce_repeater {
    ce_loop *loop;
    /* Makes D what it was when it came, and pushes or keeps it. */
    void (*push)(void *arg, ce_delivery *d);
    void *arg;
    ce_queue waiting;
    ce_timer timer;
    uint64_t pause_ms, flushed_ms;
    uint64_t random;
};

void ce_repeater_init(ce_repeater *r, ce_loop *loop,
                      void (*push)(void *arg, ce_delivery *d), void *arg);
/* Pushes D again after a pause: all that wait meanwhile go together, in the
 * order in which they came back. The pause grows to half a minute while they
 * keep coming back. */
void ce_repeater_add(ce_repeater *r, ce_delivery *d);
/* Pushes all that wait now. Call it when the receiver has stopped: then they
 * are kept. */
void ce_repeater_flush(ce_repeater *r);

#endif
