/* SPDX-License-Identifier: Apache-2.0 */
/* What a source grants to the senders of webhooks: HTTP 1.1 Web Hooks for Event
 * Delivery, section 4. The code cites that specification as "Web Hooks". */
#ifndef CE_BINDINGS_HTTP_WEBHOOK_H
#define CE_BINDINGS_HTTP_WEBHOOK_H

#include <cloudevents/settings.h>

#include "bindings/http/daemon.h"

typedef struct ce_http_webhook ce_http_webhook;

/* Reads what S says; *OUT is NULL without webhook_origins. */
ce_status ce_http_webhook_open(ce_http_webhook **out, ce_loop *loop,
                               const ce_settings *s, ce_error *err);
/* Accepts NULL. */
void ce_http_webhook_close(ce_http_webhook *w);
/* Call with an OPTIONS request, which asks for consent. Answers it. */
void ce_http_webhook_consent(ce_http_webhook *w, ce_http_request *r);
/* Call with the head of an event's request, once: it counts against the rate.
 * True: R is answered, with 403 without consent for its origin, with 429 above
 * the rate. */
bool ce_http_webhook_refuses(ce_http_webhook *w, ce_http_request *r);

#endif
