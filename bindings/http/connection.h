/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a target: libcurl resolves, connects, tunnels and encrypts;
 * what goes over it is ours. */
#ifndef CE_BINDINGS_HTTP_CONNECTION_H
#define CE_BINDINGS_HTTP_CONNECTION_H

#include "bindings/http/multi.h"
#include "bindings/http/target.h"

struct uv_poll_s;

/* MULTI, TARGET, CONNECTED and READY are the owner's to set. The connection may
 * be closed from within them. */
typedef struct ce_http_connection ce_http_connection;
struct ce_http_connection {
    ce_http_multi *multi;
    const ce_http_target *target;
    /* NULL: it stands. Else why not; the connection is closed. */
    void (*connected)(ce_http_connection *c, const char *failure);
    /* There is something to read, or room to write. */
    void (*ready)(ce_http_connection *c);

    ce_http_job job;
    CURL *easy;             /* NULL: closed */
    struct uv_poll_s *poll; /* NULL: not connected */
    bool writes;            /* POLL waits for room too */
    bool is_direct;         /* bytes go over FD, past libcurl */
    curl_socket_t fd;
    bool ended; /* with an error: what has come can be read, but no more */
    int lack;   /* of descriptors, for a socket: an errno, or 0 */
    char error[CURL_ERROR_SIZE];
};

/* Begins to connect. CONNECTED is called later, not from here. */
ce_status ce_http_connection_open(ce_http_connection *c);
/* Also while it is connecting. Accepts what is closed. */
void ce_http_connection_close(ce_http_connection *c);
bool ce_http_connection_is_open(const ce_http_connection *c);
/* What libcurl says of its end, or NULL. Valid until it is opened again. */
const char *ce_http_connection_error(const ce_http_connection *c);
/* READY is always called for what comes; with WRITES also when there is room to
 * write. */
void ce_http_connection_watch(ce_http_connection *c, bool writes);

typedef enum ce_http_progress {
    CE_HTTP_DONE,
    CE_HTTP_WAIT,  /* READY will be called */
    CE_HTTP_ENDED, /* the peer writes nothing more, and has said so */
    CE_HTTP_GONE   /* the connection is broken */
} ce_http_progress;

/* Sends REST, which loses what is sent. Show the same bytes again after a
 * wait. */
ce_http_progress ce_http_connection_send(ce_http_connection *c, ce_slice *rest);
/* Reads up to *LEN bytes, and sets *LEN to how many came. */
ce_http_progress ce_http_connection_recv(ce_http_connection *c, char *bytes,
                                         size_t *len);

#endif
