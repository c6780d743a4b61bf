/* SPDX-License-Identifier: Apache-2.0 */
/* One event, or one batch, that the application sends. */
#ifndef CE_CORE_CLIENT_CALL_H
#define CE_CORE_CLIENT_CALL_H

#include <cloudevents/client.h>
#include <cloudevents/delivery.h>

typedef struct call call;

typedef struct ce_call_wanted {
    bool reply;
    bool batch;          /* the events go as one message */
    unsigned timeout_ms; /* 0: the client's */
    ce_done_fn *done;    /* NULL: a thread waits */
    void *arg;
} ce_call_wanted;

/* Copies the COUNT events into a new call. Any thread. */
ce_status ce_call_make(call **out, ce_client *c, const ce_event *const *events,
                       size_t count, const ce_call_wanted *how, ce_error *err);
uint64_t ce_call_number(const call *k);
/* Sends K: call on the loop. */
void ce_call_begin(call *k);
/* The same from any thread, through the loop's mailbox. */
void ce_call_post(call *k);
/* Call exactly once for a call without a completion: waits for its end, and
 * frees it. DRIVES is what ce_driver_take has said. */
ce_result ce_call_wait(call *k, bool drives, ce_event **reply);

/* Loop thread, under a policy: an attempt to send the call of D begins, and has
 * its result. */
void ce_call_tries(ce_delivery *d);
void ce_call_tried(ce_delivery *d, const ce_result *r);

/* Loop thread: completes the call NUMBER, unless it is complete. */
void ce_calls_cancel(ce_client *c, uint64_t number);
/* Call when no call is out any more: frees the unused ones. */
void ce_calls_free(ce_client *c);

#endif
