/* SPDX-License-Identifier: Apache-2.0 */
/* What the limits of a source have cost its clients, counted by reason, and how
 * far they are used, for metrics. Everything runs on the loop's thread. */
#ifndef CE_BINDINGS_HTTP_TALLY_H
#define CE_BINDINGS_HTTP_TALLY_H

#include <cloudevents/loop.h>
#include <cloudevents/transport.h>

typedef enum ce_http_refusal {
    CE_HTTP_MALFORMED,    /* what two servers may read in two ways: 400 */
    CE_HTTP_TOO_LARGE,    /* head, target or body: 413, 414, 431 */
    CE_HTTP_UNAUTHORIZED, /* 401, 403 */
    CE_HTTP_TOO_FAST,     /* above webhook_rate: 429 */
    CE_HTTP_SLOW_HEAD,    /* above header_timeout: 408, or the end */
    CE_HTTP_SLOW_BODY,    /* above request_timeout, or below min_rate: 408 */
    CE_HTTP_NO_CREDIT,    /* too many events in flight: 503 */
    CE_HTTP_NO_ROOM,      /* too many bodies on their way: 503 */
    CE_HTTP_SLOW_SINK,    /* above deadline: 504 */
    CE_HTTP_CROWD,        /* a connection above the share of its address */
    CE_HTTP_REFUSALS
} ce_http_refusal;

typedef struct ce_http_levels {
    unsigned connections;
    size_t unfinished; /* bytes of bodies on their way */
    size_t unsettled;  /* bytes of events in flight */
} ce_http_levels;

/* The first two are the owner's to set. */
typedef struct ce_http_tally ce_http_tally;
struct ce_http_tally {
    ce_loop *loop;
    void (*tell)(ce_http_tally *t); /* something has changed: publish */
    uint64_t refused[CE_HTTP_REFUSALS];
    uint64_t full; /* how often the last free connection was taken */
    ce_timer timer;
};

/* TELL is called soon, once for all changes until then. */
void ce_http_tally_change(ce_http_tally *t);
/* Counts, and changes. Accepts NULL. */
void ce_http_tally_refuse(ce_http_tally *t, ce_http_refusal reason);
/* TELL is not called any more. Accepts what was zeroed and never used. */
void ce_http_tally_close(ce_http_tally *t);
/* Writes all to OUT, which may be NULL. */
void ce_http_tally_publish(const ce_http_tally *t, const ce_http_levels *now,
                           ce_gauges *out);

#endif
