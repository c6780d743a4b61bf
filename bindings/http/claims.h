/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a path is, among the members of a listener: a sorted table, since a
 * thousand routes may share a port. */
#ifndef CE_BINDINGS_HTTP_CLAIMS_H
#define CE_BINDINGS_HTTP_CLAIMS_H

#include "bindings/http/listener.h"

typedef struct ce_http_claim {
    ce_slice path;
    bool is_health;
    ce_http_member *member;
} ce_http_claim;

/* Zeroed it is empty. */
typedef struct ce_http_claims {
    ce_http_claim *at;
    size_t len;
} ce_http_claims;

/* Adds the paths of M. CE_ENOMEM: it has none of them. */
ce_status ce_http_claims_add(ce_http_claims *c, ce_http_member *m);
/* Harmless when it has none. The last one frees the table. */
void ce_http_claims_remove(ce_http_claims *c, const ce_http_member *m);
/* Who has PATH, or NULL: one whose own it is, else the first that answers for
 * its health there. */
const ce_http_claim *ce_http_claims_find(const ce_http_claims *c,
                                         ce_slice path);

#endif
