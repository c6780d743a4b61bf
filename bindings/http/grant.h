/* SPDX-License-Identifier: Apache-2.0 */
/* Consent that is given by calling the webhook sender back: HTTP 1.1 Web Hooks,
 * section 4.1.3. */
#ifndef CE_BINDINGS_HTTP_GRANT_H
#define CE_BINDINGS_HTTP_GRANT_H

#include "bindings/http/daemon.h"

typedef struct ce_http_grants ce_http_grants;

typedef enum ce_http_reach {
    CE_HTTP_REACH_PUBLIC, /* https:// to addresses of the Internet */
    CE_HTTP_REACH_ANY     /* also http://, and private addresses */
} ce_http_reach;

ce_status ce_http_grants_open(ce_http_grants **out, ce_loop *loop,
                              ce_http_reach reach);
/* Breaks off what is under way, and frees. Accepts NULL. */
void ce_http_grants_close(ce_http_grants *g);
/* Posts to the callback URL of R, which is a stranger's, that RATE is granted.
 * It is tried once: the sender asks again. CE_EINVAL: the URL is not allowed;
 * CE_EAGAIN: too many are under way, altogether or for the address of R. */
ce_status ce_http_grants_send(ce_http_grants *g, const ce_http_request *r,
                              const char *rate, ce_error *err);

#endif
