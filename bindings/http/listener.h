/* SPDX-License-Identifier: Apache-2.0 */
/* An address where receivers of one loop listen together: each takes the
 * requests for its own path. The last one that leaves closes it. Loop thread
 * only. */
#ifndef CE_BINDINGS_HTTP_LISTENER_H
#define CE_BINDINGS_HTTP_LISTENER_H

#include <cloudevents/loop.h>

#include "bindings/http/daemon.h"
#include "bindings/http/tls.h"

typedef struct ce_http_member ce_http_member;
struct ce_http_member {
    /* Set these before it joins; they live until it leaves. */
    const ce_settings *settings;
    const char *path;        /* "/": all that nobody else takes */
    const char *health_path; /* NULL: none */
    ce_http_tls *tls;        /* moved into the listener that M opens */
    ce_http_tally *tally;    /* of its requests; the first member's is that of
                                connections too */
    const ce_http_ops *ops;
    void *arg;
    /* The listener's. */
    struct ce_http_listener *listener; /* NULL: it has not joined, or left */
    bool is_stopped;
    ce_http_member *next;
};

/* Listens where the settings say, alone or with others of LOOP. CE_EINVAL:
 * another one has that path, or other options. */
ce_status ce_http_listener_join(ce_http_member *m, ce_loop *loop,
                                ce_error *err);
/* The port, and how many clients are connected there. M has joined. */
unsigned ce_http_member_port(const ce_http_member *m);
unsigned ce_http_member_connections(const ce_http_member *m);
/* Answers requests for M that are not complete with 503, and all further ones.
 * When all have stopped, there are no new connections. Idempotent; harmless
 * when it has not joined. */
void ce_http_member_stop(ce_http_member *m);
/* Stops, answers what is still open with 503, and calls no op of M any more.
 * Harmless when it has not joined. */
void ce_http_member_leave(ce_http_member *m);

#endif
