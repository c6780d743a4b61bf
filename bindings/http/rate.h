/* SPDX-License-Identifier: Apache-2.0 */
/* So many events per minute, and no more. */
#ifndef CE_BINDINGS_HTTP_RATE_H
#define CE_BINDINGS_HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/slice.h>

typedef struct ce_http_rate {
    uint64_t per_minute; /* 0: no limit */
    uint64_t burst;      /* how many may come at once; at least 1 */
    uint64_t due_us;     /* when the next would be due at an even pace */
} ce_http_rate;

/* Call before each event. 0: it may go, and is counted. Else the milliseconds
 * after which there will be room for it; it is not counted. */
uint64_t ce_http_rate_take(ce_http_rate *r, uint64_t now_ms);

/* Reads a header's positive integer, at most 999999999 of it, or "*" as 0 (Web
 * Hooks 4.2.2). False: TEXT is neither. */
bool ce_http_rate_parse(ce_slice text, uint64_t *per_minute);

#endif
