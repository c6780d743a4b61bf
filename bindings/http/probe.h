/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out when a target that is away can be reached again. */
#ifndef CE_BINDINGS_HTTP_PROBE_H
#define CE_BINDINGS_HTTP_PROBE_H

#include "bindings/http/multi.h"
#include "bindings/http/target.h"

/* LOOP, MULTI and TARGET are the owner's to set. */
typedef struct ce_http_probe {
    ce_loop *loop;
    ce_http_multi *multi;
    const ce_http_target *target;

    CURL *easy; /* the connection that is tried now, or NULL */
    ce_timer again;
    uint64_t pause_ms; /* before the next try; 0: the shortest */
} ce_http_probe;

/* Tries to connect after a pause, which grows with every call until a
 * connection stands. Harmless when a try is waiting or under way. */
void ce_http_probe_start(ce_http_probe *p);
/* Tries no more. Accepts what never started. */
void ce_http_probe_stop(ce_http_probe *p);
/* Call when a transfer of MULTI has ended. Whether it was the probe's: then
 * CODE says whether the target is back; start again if not. */
bool ce_http_probe_takes(ce_http_probe *p, CURL *easy, CURLcode code);

#endif
