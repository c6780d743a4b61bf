/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that wait for their clients outside of the library, which reads
 * in one run from all that have written. It sees those of a crowd when the
 * address has its turn. */
#ifndef CE_BINDINGS_HTTP_PARK_H
#define CE_BINDINGS_HTTP_PARK_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include <cloudevents/queue.h>

struct ce_http_peer;
struct ce_http_peers;

/* Zeroed: it does not wait here. */
typedef struct ce_http_park {
    uv_poll_t *poll;    /* while it waits */
    uint64_t since_ms;  /* it waits */
    uint64_t moved_run; /* the library had something of it in this run */
    unsigned turns;     /* since then */
    bool is_listed;     /* among those that may come here */
    ce_link link;       /* then */
} ce_http_park;

/* Suspends the connection of P until its client writes or leaves; it takes its
 * turn then. Without memory it stays with the library. */
void ce_http_park_begin(struct ce_http_peer *p);
/* Whether its client has been silent for as long as it may be. */
bool ce_http_park_is_idle(const struct ce_http_peer *p, uint64_t now);
/* Call when P is new, or goes on: if it is one of a crowd, it is parked after
 * the next run that finds nothing. */
void ce_http_park_list(struct ce_http_peer *p);
/* Call when the library shows something of P. */
void ce_http_park_moved(struct ce_http_peer *p);
/* Call after each MHD_run. */
void ce_http_parks_fill(struct ce_http_peers *all);
/* Lets all go on. Call after ce_http_turns_end: none may be suspended when the
 * daemon stops. */
void ce_http_parks_end(struct ce_http_peers *all);
/* Call when its connection is closed. */
void ce_http_park_close(struct ce_http_peer *p);

#endif
