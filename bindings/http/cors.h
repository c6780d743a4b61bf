/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages in browsers may send events and read the answers: the CORS
 * protocol of the Fetch standard. */
#ifndef CE_BINDINGS_HTTP_CORS_H
#define CE_BINDINGS_HTTP_CORS_H

#include <cloudevents/settings.h>

#include "bindings/http/daemon.h"

typedef struct ce_http_cors ce_http_cors;

/* Reads cors_origins; *OUT stays NULL without. */
ce_status ce_http_cors_open(ce_http_cors **out, const ce_settings *s,
                            ce_error *err);
/* Accepts NULL. */
void ce_http_cors_close(ce_http_cors *c);
/* Makes every answer to R readable for the page that has sent it, if its origin
 * is allowed. */
void ce_http_cors_mark(const ce_http_cors *c, ce_http_request *r);
/* Whether a browser asks with R what it may send. */
bool ce_http_cors_is_preflight(const ce_http_request *r);
/* Answers that; R is marked. */
void ce_http_cors_answer(ce_http_request *r);

#endif
