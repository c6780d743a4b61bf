/* SPDX-License-Identifier: Apache-2.0 */
/* Events that wait to be sent, and which of them share a request. */
#ifndef CE_BINDINGS_HTTP_WAITING_H
#define CE_BINDINGS_HTTP_WAITING_H

#include <cloudevents/delivery.h>
#include <cloudevents/loop.h>
#include <cloudevents/settings.h>

typedef struct ce_http_waiting ce_http_waiting;
struct ce_http_waiting {
    ce_loop *loop;
    void (*due)(ce_http_waiting *w); /* the time for more has passed */
    unsigned max_events;             /* of one request; 1: no batches */
    size_t max_bytes;
    uint64_t delay_ms; /* how long the first one waits for others */

    ce_queue events;
    ce_queue alone; /* each has its own request: they were refused in a batch,
                       or are one */
    unsigned count; /* of EVENTS */
    size_t bytes;
    bool is_due;
    ce_timer timer;
};

/* Reads what S says of batches. LOOP and DUE are the owner's to set. */
void ce_http_waiting_open(ce_http_waiting *w, const ce_settings *s);
void ce_http_waiting_add(ce_http_waiting *w, ce_delivery *d);
/* From now on no event waits for others; DUE is called for those that are
 * here. */
void ce_http_waiting_hurry(ce_http_waiting *w);
/* Call before a request is made: settles what nobody waits for any more. */
void ce_http_waiting_drop_abandoned(ce_http_waiting *w);
/* Whether a request can be made now. */
bool ce_http_waiting_has(const ce_http_waiting *w);
bool ce_http_waiting_is_empty(const ce_http_waiting *w);
/* Moves the events of the next request to OUT and returns their number. */
unsigned ce_http_waiting_take(ce_http_waiting *w, ce_queue *out);
/* Settles all with R; forgets the time too. */
void ce_http_waiting_settle(ce_http_waiting *w, const ce_result *r);

#endif
