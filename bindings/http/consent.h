/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a webhook's target wants what we send: the sender's side of HTTP 1.1
 * Web Hooks for Event Delivery, section 4. The code cites that specification as
 * "Web Hooks". */
#ifndef CE_BINDINGS_HTTP_CONSENT_H
#define CE_BINDINGS_HTTP_CONSENT_H

#include "bindings/http/callback.h"
#include "bindings/http/exchange.h"
#include "bindings/http/rate.h"

typedef enum ce_http_standing {
    CE_HTTP_NO_CONSENT, /* yet; it is asked for again and again */
    CE_HTTP_CONSENT,
    CE_HTTP_RETIRED /* for good: 410 */
} ce_http_standing;

/* The MULTI and the TARGET of the connection of EXCHANGE, CHANGED and ARG are
 * the owner's to set. */
typedef struct ce_http_consent {
    ce_http_exchange exchange; /* the request */
    /* Called when STANDING or REASON is another. */
    void (*changed)(void *arg);
    void *arg;

    ce_http_standing standing;
    char reason[200];  /* why there is none */
    ce_http_rate rate; /* that the target allows */

    bool asking;                /* the request is under way */
    ce_http_callback *callback; /* NULL: none is offered */
    ce_timer again;
    uint64_t pause_ms;
    char origin[256], allowed_rate[32]; /* of the response */
    bool has_origin, has_rate;
    uint64_t wait_ms; /* that it asks for */
} ce_http_consent;

/* Listens for the callback if one is offered, and asks until there is consent.
 * ERR: nothing can listen there. */
ce_status ce_http_consent_start(ce_http_consent *c, ce_error *err);
/* Asks at once instead of later; for an event that a caller waits for. */
void ce_http_consent_hurry(ce_http_consent *c);
/* Asks no more; CHANGED is not called again. Idempotent. */
void ce_http_consent_stop(ce_http_consent *c);
/* Stops and frees. Accepts what never started. */
void ce_http_consent_close(ce_http_consent *c);
/* Call when the target has answered an event with 410: it wants none, ever. */
void ce_http_consent_retire(ce_http_consent *c);

#endif
