/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server on a loop: libmicrohttpd without a thread of its own, and
 * with the guards that it lacks. Everything runs on the loop's thread. */
#ifndef CE_BINDINGS_HTTP_DAEMON_H
#define CE_BINDINGS_HTTP_DAEMON_H

#include <cloudevents/loop.h>
#include <cloudevents/slice.h>

#include "bindings/http/tally.h"
#include "bindings/http/tls.h"

typedef struct ce_http_daemon ce_http_daemon;

typedef struct ce_http_field {
    const char *name, *value;
} ce_http_field;

/* One request, from its headers until GONE. The slices live as long; so does
 * what USER points to, if GONE frees it. */
typedef struct ce_http_request {
    ce_slice method, path;
    void *user;           /* the handler's */
    void *member;         /* of the listener (listener.h) */
    ce_http_tally *tally; /* counts what is refused; NULL: the daemon's does */
    /* The handler's too: they go with every answer; ends with a name of NULL;
     * may be NULL. */
    const ce_http_field *fields;
} ce_http_request;

typedef struct ce_http_ops {
    /* The headers are there. */
    void (*begin)(void *arg, ce_http_request *r);
    /* A piece of the body. Not called after an answer. May be NULL. */
    void (*body)(void *arg, ce_http_request *r, ce_slice bytes);
    /* All of the request is there. Not called after an answer. It may be
     * answered now or later. */
    void (*end)(void *arg, ce_http_request *r);
    /* Answered, or the client has left: R is no more. Called once. */
    void (*gone)(void *arg, ce_http_request *r);
    /* There is a client more, or one less. May be NULL. */
    void (*moved)(void *arg);
} ce_http_ops;

typedef struct ce_http_daemon_config {
    const char *host; /* "" or "*": every address; needed by open only */
    unsigned port;    /* 0: any free one */
    const char *path; /* of a unix socket in place of both, or NULL */
    unsigned path_mode;
    bool reuse_port;
    unsigned max_connections;
    unsigned max_per_address; /* of them; 0: all but a sixteenth */
    /* One more of them ends the oldest whose request is not complete, of the
     * address that has most: for small requests that are answered at once. */
    bool makes_room;
    size_t max_header_bytes;
    uint64_t idle_ms;     /* between two bytes of a request */
    uint64_t header_ms;   /* for a head; 0: as for a request */
    uint64_t request_ms;  /* for a whole request */
    size_t min_rate;      /* bytes a second of a body; 0: any */
    ce_http_tls *tls;     /* NULL: none */
    ce_http_tally *tally; /* counts what is refused; may be NULL */
    const ce_http_ops *ops;
    void *arg;
} ce_http_daemon_config;

/* Listens and serves. ERR says where, and why not. A unix socket that nobody
 * listens on is replaced; ours is removed when the daemon quiesces. */
ce_status ce_http_daemon_open(ce_http_daemon **out, ce_loop *loop,
                              const ce_http_daemon_config *c, ce_error *err);
unsigned ce_http_daemon_port(const ce_http_daemon *d);
/* How many clients are connected. */
unsigned ce_http_daemon_connections(const ce_http_daemon *d);
/* Call first when the service ends. It accepts no new connections and keeps
 * those that are there. Requests that are not complete are answered with 503,
 * and so are further ones.
 * Idempotent. */
void ce_http_daemon_quiesce(ce_http_daemon *d);
/* Counts with another tally from now on. */
void ce_http_daemon_count(ce_http_daemon *d, ce_http_tally *tally);
/* Answers those requests of MEMBER that are not complete with 503. */
void ce_http_daemon_refuse(ce_http_daemon *d, const void *member);
/* Answers those requests of MEMBER that have no answer with 503; for none of
 * them an op is called any more, after GONE. */
void ce_http_daemon_forget(ce_http_daemon *d, const void *member);
/* Answers what is open with 503, and frees. Accepts NULL. */
void ce_http_daemon_close(ce_http_daemon *d);

/* The first header of this name, or absent. */
ce_slice ce_http_header(const ce_http_request *r, const char *name);
/* Walks all headers in their order, until FN returns false. */
typedef bool ce_http_header_fn(void *arg, ce_slice name, ce_slice value);
void ce_http_each_header(const ce_http_request *r, ce_http_header_fn *fn,
                         void *arg);
/* The decoded query parameter, or absent. */
ce_slice ce_http_parameter(const ce_http_request *r, const char *name);
/* What Content-Length says; 0 without a body, -1 for one in chunks. */
int64_t ce_http_content_length(const ce_http_request *r);

/* What is counted for the address that R comes from. HELD is the caller's to
 * keep; it lives until GONE. */
size_t *ce_http_held_by_sender(const ce_http_request *r);
/* The account of that address; it lives until GONE, and as long as events are
 * counted there. */
struct ce_http_account *ce_http_account_of(const ce_http_request *r);
enum { CE_HTTP_ADDRESS_BYTES = 16 };
/* That address, as account.h keeps it; it lives until GONE. */
const unsigned char *ce_http_address_of(const ce_http_request *r);
/* Call when R is refused for this reason: it is counted. */
void ce_http_count(const ce_http_request *r, ce_http_refusal reason);

typedef struct ce_http_answer {
    unsigned status;
    const char *content_type; /* NULL: none */
    ce_slice body;
    const ce_http_field *fields; /* ends with a name of NULL; may be NULL */
    bool close;
} ce_http_answer;

/* Call once per request, from one of its ops or later, but not after GONE; a
 * second answer is ignored. Everything is copied. An answer to a request that
 * is still on its way goes out at once, unless little is left of it; the rest
 * is read and dropped for a while, and then the connection ends. */
void ce_http_reply(ce_http_request *r, const ce_http_answer *a);

#endif
