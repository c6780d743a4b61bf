/* SPDX-License-Identifier: Apache-2.0 */
/* What a client hears: problems of RFC 9457, and the results of events. */
#ifndef CE_BINDINGS_HTTP_ANSWER_H
#define CE_BINDINGS_HTTP_ANSWER_H

#include <cloudevents/delivery.h>

#include "bindings/http/daemon.h"

/* Answers R with what RESULT stands for; an ACK with a reply carries that
 * event. ARENA is scratch. CACHE is the Cache-Control of a success, or NULL. */
void ce_http_answer_result(ce_http_request *r, ce_arena *arena,
                           const ce_result *result, const char *cache);
/* Answers R with a problem, and with one more header; FIELD NULL: none. */
void ce_http_answer_problem(ce_http_request *r, unsigned status,
                            const char *detail, const char *field,
                            const char *value);

#endif
