/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out when a target that is away can be reached again. */
#ifndef CE_BINDINGS_HTTP_PROBE_H
#define CE_BINDINGS_HTTP_PROBE_H

#include "bindings/http/connection.h"

/* The MULTI and the TARGET of CONNECTION, and FOUND, are the owner's to set. */
typedef struct ce_http_probe ce_http_probe;
struct ce_http_probe {
    ce_http_connection connection; /* that is tried now */
    /* NULL: the target is back. Else why not; start again. */
    void (*found)(ce_http_probe *p, const char *failure);
    ce_timer again;
    uint64_t pause_ms; /* before the next try; 0: the shortest */
};

/* Tries to connect after a pause, which grows with every call until a
 * connection stands. Harmless when a try is waiting or under way. */
void ce_http_probe_start(ce_http_probe *p);
/* Tries no more. Accepts what never started. */
void ce_http_probe_stop(ce_http_probe *p);

#endif
