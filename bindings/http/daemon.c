/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd in external epoll mode on a libuv loop.
 *
 * The loop watches the library's own epoll descriptor and calls MHD_run. An
 * answer that comes later resumes its connection and sets a flag; one MHD_run
 * before the loop waits again then serves the whole batch. */
#include "daemon.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "guard.h"
#include "tls.h"

enum {
    BACKLOG = 1024,
    SWEEP_MS = 500,
    /* What is read and thrown away, so that the connection can go on. */
    DISCARD_MAX = 64 << 10
};

/* A client's connection, with what libmicrohttpd does not time. */
typedef struct peer peer;
struct peer {
    ce_http_daemon *daemon;
    int fd;
    uint64_t since_ms; /* it opened, or its last answer was done */
    bool busy;         /* a whole request is here and not answered */
    peer *before, *after;
};

typedef struct request request;
struct request {
    ce_http_request face;
    ce_http_daemon *daemon;
    struct MHD_Connection *connection;
    peer *peer;
    struct MHD_Response *response; /* NULL: not answered */
    unsigned status;
    size_t discarded;
    bool suspended, ended, close;
    request *before, *after;
};

struct ce_http_daemon {
    ce_loop *loop;
    ce_http_daemon_config config;
    struct MHD_Daemon *mhd;
    int fd; /* listens */
    unsigned port;
    bool quiet;
    bool resumed; /* MHD_run has something to do */
    uv_poll_t poll;
    uv_prepare_t prepare;
    ce_timer timer, sweep;
    peer *peers;
    request *requests;
    struct MHD_Response *empty; /* shared by all answers without a body */
    unsigned closing;
};

/* --- running --- */

static void set_timer(ce_http_daemon *d)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (MHD_get_timeout(d->mhd, &ms) == MHD_YES)
        ce_timer_start(d->loop, &d->timer, ms);
    else
        ce_timer_stop(&d->timer);
}

static void run(ce_http_daemon *d)
{
    d->resumed = false;
    MHD_run(d->mhd);
    set_timer(d);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* The loop is about to wait: whatever was answered in this turn goes out. */
static void on_prepare(uv_prepare_t *prepare)
{
    ce_http_daemon *d = prepare->data;

    if (d->resumed)
        run(d);
    /* Answered within that run: not now, or others would never have a turn. */
    if (d->resumed)
        ce_timer_start(d->loop, &d->timer, 0);
}

static void on_timer(ce_timer *t)
{
    run(CE_OWNER(t, ce_http_daemon, timer));
}

/* --- connections --- */

/* libmicrohttpd ends silent connections; these trickle. */
static void end_if_slow(peer *l, uint64_t now)
{
    static const char answer[] = "HTTP/1.1 408 Request Timeout\r\n"
                                 "Content-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";

    if (l->busy || now - l->since_ms < l->daemon->config.request_ms)
        return;
    if (!l->daemon->config.cert)
        send(l->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(l->fd, SHUT_RDWR);
    l->busy = true;
}

static void on_sweep(ce_timer *t)
{
    ce_http_daemon *d = CE_OWNER(t, ce_http_daemon, sweep);
    uint64_t now = ce_loop_now_ms(d->loop);

    for (peer *l = d->peers; l; l = l->after)
        end_if_slow(l, now);
    if (d->peers)
        ce_timer_start(d->loop, &d->sweep, SWEEP_MS);
}

static void *open_peer(ce_http_daemon *d, struct MHD_Connection *c)
{
    peer *l = ce_alloc_zeroed(sizeof *l);

    if (!l)
        return NULL;
    l->daemon = d;
    l->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd;
    l->since_ms = ce_loop_now_ms(d->loop);
    l->after = d->peers;
    if (d->peers)
        d->peers->before = l;
    else
        ce_timer_start(d->loop, &d->sweep, SWEEP_MS);
    d->peers = l;
    return l;
}

static void close_peer(peer *l)
{
    if (!l)
        return;
    if (l->before)
        l->before->after = l->after;
    else
        l->daemon->peers = l->after;
    if (l->after)
        l->after->before = l->before;
    ce_free(l);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = open_peer(arg, c);
    else
        close_peer(*context);
}

/* --- requests --- */

static request *open_request(ce_http_daemon *d, struct MHD_Connection *c,
                             const char *url, const char *method)
{
    request *r = ce_alloc_zeroed(sizeof *r);

    if (!r)
        return NULL;
    r->face.method = ce_slice_of(method);
    r->face.path = ce_slice_of(url);
    r->daemon = d;
    r->connection = c;
    r->peer = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
                  ->socket_context;
    r->after = d->requests;
    if (d->requests)
        d->requests->before = r;
    d->requests = r;
    return r;
}

static void close_request(request *r)
{
    if (r->before)
        r->before->after = r->after;
    else
        r->daemon->requests = r->after;
    if (r->after)
        r->after->before = r->before;
    if (r->response && r->response != r->daemon->empty)
        MHD_destroy_response(r->response);
    ce_free(r);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode code)
{
    ce_http_daemon *d = arg;
    request *r = *context;

    (void)c;
    (void)code;
    if (!r)
        return;
    *context = NULL;
    if (r->peer) {
        r->peer->busy = false;
        r->peer->since_ms = ce_loop_now_ms(d->loop);
    }
    d->config.ops->gone(d->config.arg, &r->face);
    close_request(r);
}

/* An early answer closes the connection, unless the rest of the request is
 * read first; for a small rest that is cheaper. */
static bool must_answer_now(const request *r)
{
    int64_t length = ce_http_content_length(&r->face);

    return r->close || length < 0 || length > DISCARD_MAX ||
           ce_http_header(&r->face, "Expect").ptr;
}

static enum MHD_Result send_answer(request *r)
{
    return MHD_queue_response(r->connection, r->status, r->response);
}

static void answer_problem(request *r, unsigned status, const char *detail)
{
    ce_slice body;
    char text[400];
    int len = snprintf(text, sizeof text,
                       "{\"title\":\"Request refused\",\"status\":%u,"
                       "\"detail\":\"%s\"}",
                       status, detail);

    body = (ce_slice){ text, (size_t)len };
    ce_http_reply(&r->face,
                  &(ce_http_answer){ .status = status,
                                     .content_type = "application/problem+json",
                                     .body = body,
                                     .close = true });
}

static enum MHD_Result begin(request *r, const char *version)
{
    ce_http_daemon *d = r->daemon;
    const char *defect = ce_http_guard(r->connection, version);

    if (defect)
        answer_problem(r, 400, defect);
    else if (d->config.ca && !ce_http_tls_verified(r->connection))
        answer_problem(r, 403, "a client certificate is required");
    else if (d->quiet)
        answer_problem(r, 503, "shutting down");
    else
        d->config.ops->begin(d->config.arg, &r->face);
    if (r->response && must_answer_now(r))
        return send_answer(r);
    return MHD_YES;
}

static enum MHD_Result take_body(request *r, const char *bytes, size_t *len)
{
    const ce_http_ops *ops = r->daemon->config.ops;
    ce_slice piece = { bytes, *len };

    *len = 0;
    if (!r->response && ops->body)
        ops->body(r->daemon->config.arg, &r->face, piece);
    if (!r->response)
        return MHD_YES;
    /* It cannot be answered before its end, nor may it go on for ever. */
    r->discarded += piece.len;
    return r->discarded > 16 * DISCARD_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result end(request *r)
{
    ce_http_daemon *d = r->daemon;

    if (!r->ended) {
        r->ended = true;
        if (r->peer)
            r->peer->busy = true;
        if (!r->response)
            d->config.ops->end(d->config.arg, &r->face);
    }
    if (r->response)
        return send_answer(r);
    r->suspended = true;
    MHD_suspend_connection(r->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_len, void **context)
{
    request *r = *context;

    if (!r) {
        *context = r = open_request(arg, c, url, method);
        if (!r)
            return MHD_NO;
        return begin(r, version);
    }
    return *upload_len ? take_body(r, upload, upload_len) : end(r);
}

/* --- answers --- */

static struct MHD_Response *new_response(const ce_http_answer *a)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        a->body.len, (void *)(uintptr_t)a->body.ptr, MHD_RESPMEM_MUST_COPY);

    if (!response)
        return NULL;
    if (a->content_type)
        MHD_add_response_header(response, "Content-Type", a->content_type);
    for (const ce_http_field *f = a->fields; f && f->name; f++)
        MHD_add_response_header(response, f->name, f->value);
    if (a->close)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

void ce_http_reply(ce_http_request *face, const ce_http_answer *a)
{
    request *r = (request *)face;
    ce_http_daemon *d = r->daemon;
    bool plain = !a->body.len && !a->content_type && !a->fields && !a->close;

    if (r->response)
        return;
    r->status = a->status;
    r->close = a->close;
    r->response = plain ? NULL : new_response(a);
    /* Also the answer when there is no memory for another. */
    if (!r->response)
        r->response = d->empty;
    if (r->suspended) {
        r->suspended = false;
        d->resumed = true;
        MHD_resume_connection(r->connection);
    }
}

/* --- what a request says --- */

ce_slice ce_http_header(const ce_http_request *face, const char *name)
{
    const request *r = (const request *)face;

    return ce_slice_of(
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

typedef struct walk {
    ce_http_header_fn *fn;
    void *arg;
} walk;

static enum MHD_Result show(void *arg, enum MHD_ValueKind kind,
                            const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    walk *w = arg;
    ce_slice text = { value, value_len };

    (void)kind;
    return w->fn(w->arg, (ce_slice){ name, name_len }, ce_slice_trim(text))
               ? MHD_YES
               : MHD_NO;
}

void ce_http_each_header(const ce_http_request *face, ce_http_header_fn *fn,
                         void *arg)
{
    const request *r = (const request *)face;
    walk w = { fn, arg };

    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, show, &w);
}

ce_slice ce_http_parameter(const ce_http_request *face, const char *name)
{
    const request *r = (const request *)face;

    return ce_slice_of(MHD_lookup_connection_value(
        r->connection, MHD_GET_ARGUMENT_KIND, name));
}

int64_t ce_http_content_length(const ce_http_request *face)
{
    ce_slice text = ce_http_header(face, "Content-Length");

    if (text.ptr)
        return strtoll(text.ptr, NULL, 10);
    return ce_http_header(face, "Transfer-Encoding").ptr ? -1 : 0;
}

/* --- life --- */

static int bind_to(const struct addrinfo *a, bool reuse_port)
{
    int one = 1;
    int fd =
        socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (reuse_port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

static ce_status listen_at(ce_http_daemon *d, ce_error *err)
{
    const ce_http_daemon_config *c = &d->config;
    bool any = !*c->host || !strcmp(c->host, "*");
    struct addrinfo hints = { .ai_flags = AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    char port[8];
    int rc;

    snprintf(port, sizeof port, "%u", c->port);
    rc = getaddrinfo(any ? NULL : c->host, port, &hints, &list);
    if (rc)
        return ce_fail(err, CE_EIO, "cannot listen on %s:%s: %s", c->host, port,
                       gai_strerror(rc));
    errno = 0;
    for (struct addrinfo *a = list; a && d->fd < 0; a = a->ai_next)
        d->fd = bind_to(a, c->reuse_port);
    rc = errno;
    freeaddrinfo(list);
    if (d->fd < 0)
        return ce_fail(err, CE_EIO, "cannot listen on %s:%s: %s",
                       any ? "*" : c->host, port, strerror(rc));
    return CE_OK;
}

static void read_port(ce_http_daemon *d)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    char port[8] = "0";

    if (getsockname(d->fd, (struct sockaddr *)&at, &len) == 0)
        getnameinfo((struct sockaddr *)&at, len, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV);
    d->port = (unsigned)strtoul(port, NULL, 10);
}

/* Each connection needs a descriptor; the soft limit is often 1024. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static ce_status start_mhd(ce_http_daemon *d, ce_error *err)
{
    const ce_http_daemon_config *c = &d->config;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem options[4];
    unsigned n = 0;

    if (c->cert) {
        flags |= MHD_USE_TLS;
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0,
                                                (void *)(uintptr_t)c->cert };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0,
                                                (void *)(uintptr_t)c->key };
        if (c->ca)
            options[n++] =
                (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                         (void *)(uintptr_t)c->ca };
    }
    options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    d->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, d, MHD_OPTION_LISTEN_SOCKET, d->fd,
        MHD_OPTION_CONNECTION_LIMIT, c->max_connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, c->max_header_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((c->idle_ms + 999) / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, d, MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
        MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return d->mhd
               ? CE_OK
               : ce_fail(err, CE_EIO, "cannot serve on %s:%u%s", c->host,
                         d->port,
                         c->cert ? ": certificate or key is not usable" : "");
}

static void join_loop(ce_http_daemon *d)
{
    uv_loop_t *uv = ce_loop_uv(d->loop);
    int fd = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    uv_poll_init(uv, &d->poll, fd);
    uv_prepare_init(uv, &d->prepare);
    d->poll.data = d->prepare.data = d;
    uv_poll_start(&d->poll, UV_READABLE, on_readable);
    uv_prepare_start(&d->prepare, on_prepare);
    set_timer(d);
}

static void free_unopened(ce_http_daemon *d)
{
    if (d->fd >= 0)
        close(d->fd);
    if (d->empty)
        MHD_destroy_response(d->empty);
    ce_free(d);
}

ce_status ce_http_daemon_open(ce_http_daemon **out, ce_loop *loop,
                              const ce_http_daemon_config *c, ce_error *err)
{
    ce_http_daemon *d = ce_alloc_zeroed(sizeof *d);
    ce_status status;

    if (!d)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    d->loop = loop;
    d->config = *c;
    d->fd = -1;
    d->timer.fire = on_timer;
    d->sweep.fire = on_sweep;
    raise_limit();
    d->empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    status =
        d->empty ? listen_at(d, err) : ce_fail(err, CE_ENOMEM, "out of memory");
    if (status == CE_OK) {
        read_port(d);
        status = start_mhd(d, err);
    }
    if (status != CE_OK) {
        free_unopened(d);
        return status;
    }
    join_loop(d);
    *out = d;
    return CE_OK;
}

unsigned ce_http_daemon_port(const ce_http_daemon *d)
{
    return d->port;
}

void ce_http_daemon_quiesce(ce_http_daemon *d)
{
    if (d->quiet)
        return;
    d->quiet = true;
    MHD_quiesce_daemon(d->mhd);
    close(d->fd);
    d->fd = -1;
}

static void on_closed(uv_handle_t *h)
{
    ce_http_daemon *d = h->data;

    if (--d->closing == 0)
        ce_free(d);
}

/* A connection that is still suspended would make the library abort. */
static void answer_all(ce_http_daemon *d)
{
    for (request *r = d->requests; r; r = r->after)
        if (!r->response)
            answer_problem(r, 503, "shutting down");
    for (unsigned i = 0; i < 3; i++)
        MHD_run(d->mhd);
}

void ce_http_daemon_close(ce_http_daemon *d)
{
    if (!d)
        return;
    ce_http_daemon_quiesce(d);
    uv_poll_stop(&d->poll);
    answer_all(d);
    MHD_stop_daemon(d->mhd);
    MHD_destroy_response(d->empty);
    ce_timer_stop(&d->timer);
    ce_timer_stop(&d->sweep);
    d->closing = 2;
    uv_close((uv_handle_t *)&d->poll, on_closed);
    uv_close((uv_handle_t *)&d->prepare, on_closed);
}
