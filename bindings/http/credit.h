/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of a source, as the addresses of its senders share it. */
#ifndef CE_BINDINGS_HTTP_CREDIT_H
#define CE_BINDINGS_HTTP_CREDIT_H

#include <cloudevents/pipeline.h>
#include <cloudevents/settings.h>

#include "bindings/http/account.h"
#include "bindings/http/daemon.h"

/* LOOP is the owner's to set. */
typedef struct ce_http_credit {
    ce_loop *loop;
    ce_pool *pool;
    const char *label; /* of the source, for the log */
    uint64_t next_log_ms;
} ce_http_credit;

/* Opens a pool as S says, of deliveries of SIZE bytes. Close it with
 * ce_pool_close. */
ce_status ce_http_credit_open(ce_http_credit *c, const ce_settings *s,
                              size_t size, ce_error *err);
/* Takes a delivery for the event of R with a body of BYTES, and counts it for
 * its sender: give it back there (account.h), too. NULL: there is none for it.
 * With one address alone that is the pool's to say. Else an address that takes
 * all it can leaves its share to the others (core/pipeline/share.h). */
ce_delivery *ce_http_credit_take(ce_http_credit *c, const ce_http_request *r,
                                 size_t bytes);

#endif
