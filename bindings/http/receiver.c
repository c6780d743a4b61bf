/* SPDX-License-Identifier: Apache-2.0 */
/* Takes events from HTTP requests and answers when they are settled.
 *
 * A request and its delivery know each other until one of them ends: a client
 * that leaves, or the deadline, drops the answer, never the event. */
#include "bindings/http/http.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/auth.h"
#include "bindings/http/file_text.h"
#include "bindings/http/gzip.h"
#include "bindings/http/webhook.h"

enum { POOL_BYTES = 24 << 20 };

typedef struct http_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    const ce_settings *settings;
    ce_http_daemon *daemon;
    ce_stage *into; /* NULL: stopped */
    ce_slice path;
    size_t max_bytes;
    uint64_t deadline_ms;
    bool lenient;
    ce_http_auth auth;
    ce_http_webhook *webhook; /* NULL: no webhooks */
    ce_http_gzip gzip;
    ce_buf unpacked; /* one body at a time */
    char *cert, *key, *ca;
} http_receiver;

/* A delivery of the pool. */
typedef struct incoming {
    ce_delivery d;
    http_receiver *owner;
    ce_http_request *request; /* NULL: nobody waits for the answer */
    char *body;               /* in the arena */
    ce_http_coding coding;
    size_t len, cap;
    bool pushed;
    ce_timer deadline;
} incoming;

/* --- answers --- */

static void forget(incoming *in)
{
    ce_timer_stop(&in->deadline);
    if (in->request)
        in->request->user = NULL;
    in->request = NULL;
}

static void refuse_for_now(ce_http_request *r, const char *detail)
{
    ce_http_answer_problem(r, 503, detail, "Retry-After", "1");
}

/* HOOK-35: what a query parameter has opened is for its sender alone. */
static const char *cache_of(const incoming *in)
{
    return ce_http_auth_is_by_query(&in->owner->auth, in->request) ? "private"
                                                                   : NULL;
}

static void on_deadline(ce_timer *t)
{
    incoming *in = CE_OWNER(t, incoming, deadline);

    ce_http_answer_problem(in->request, 504,
                           "the sink has not answered in time", NULL, NULL);
    forget(in);
}

/* Whether the deadline's timer is about to fire. */
static bool is_overdue(const incoming *in)
{
    return in->deadline.loop &&
           in->deadline.due_ms <= ce_loop_now_ms(in->owner->loop);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    incoming *in = (incoming *)d;

    (void)h;
    /* Of two timers for the same time the other one was first. */
    if (in->request && r->verdict == CE_UNDELIVERED && is_overdue(in))
        on_deadline(&in->deadline);
    else if (in->request)
        ce_http_answer_result(in->request, d->arena, r, cache_of(in));
    forget(in);
    ce_pool_give(d);
}

/* --- requests --- */

static bool is_wanted(http_receiver *h, ce_http_request *r,
                      ce_http_coding coding)
{
    int64_t length = ce_http_content_length(r);

    if (h->path.len > 1 && !ce_slice_eq(r->path, h->path))
        ce_http_answer_problem(r, 404, "events are taken at another path", NULL,
                               NULL);
    else if (h->webhook && ce_slice_eq(r->method, CE_SLICE("OPTIONS")))
        ce_http_webhook_consent(h->webhook, r);
    else if (!ce_http_auth_allows(&h->auth, r))
        ce_http_answer_problem(r, 401, "a valid token or password is required",
                               "WWW-Authenticate",
                               ce_http_auth_challenge(&h->auth));
    else if (!ce_slice_eq(r->method, CE_SLICE("POST")))
        ce_http_answer_problem(r, 405, "events are taken with POST", "Allow",
                               "POST");
    else if (coding == CE_HTTP_UNKNOWN)
        ce_http_answer_problem(
            r, 415, "Content-Encoding may only be gzip, x-gzip or identity",
            "Accept-Encoding", "gzip");
    else if (length > (int64_t)h->max_bytes)
        ce_http_answer_problem(
            r, 413, "the body is larger than max_event_bytes", NULL, NULL);
    else if (!h->into)
        refuse_for_now(r, "shutting down");
    else
        return !h->webhook || ce_http_webhook_admits(h->webhook, r);
    return false;
}

static void begin(void *arg, ce_http_request *r)
{
    http_receiver *h = arg;
    ce_http_coding coding = ce_http_coding_of(r);
    incoming *in;

    if (!is_wanted(h, r, coding))
        return;
    in = (incoming *)ce_pool_take(h->receiver.pool);
    if (!in) {
        refuse_for_now(r, "too many events are in flight");
        return;
    }
    in->owner = h;
    in->request = r;
    in->coding = coding;
    in->deadline.fire = on_deadline;
    r->user = in;
}

static bool reserve(incoming *in, size_t extra)
{
    int64_t length = ce_http_content_length(in->request);
    size_t cap = length > 0 ? (size_t)length : in->cap * 2;
    char *bytes;

    if (in->cap - in->len >= extra)
        return true;
    if (cap < in->len + extra)
        cap = in->len + extra;
    bytes = ce_arena_alloc(in->d.arena, cap);
    if (!bytes)
        return false;
    if (in->len)
        memcpy(bytes, in->body, in->len);
    ce_pool_charge(in->d.pool, &in->d, cap - in->cap);
    in->body = bytes;
    in->cap = cap;
    return true;
}

static void take_body(void *arg, ce_http_request *r, ce_slice bytes)
{
    http_receiver *h = arg;
    incoming *in = r->user;

    if (bytes.len > h->max_bytes - in->len) {
        ce_http_answer_problem(
            r, 413, "the body is larger than max_event_bytes", NULL, NULL);
        return;
    }
    if (!reserve(in, bytes.len)) {
        refuse_for_now(r, "out of memory");
        return;
    }
    memcpy(in->body + in->len, bytes.ptr, bytes.len);
    in->len += bytes.len;
}

static bool take_header(void *arg, ce_slice name, ce_slice value)
{
    ce_http_read_header(arg, name, value);
    return true;
}

static ce_status unpack(http_receiver *h, incoming *in, ce_slice *body,
                        ce_error *err)
{
    ce_status status =
        ce_http_gzip_unpack(&h->gzip, *body, h->max_bytes, &h->unpacked, err);

    if (status != CE_OK)
        return status;
    ce_pool_charge(in->d.pool, &in->d, h->unpacked.len);
    return ce_arena_copy(in->d.arena, ce_buf_slice(&h->unpacked), body) == CE_OK
               ? CE_OK
               : ce_no_memory(err);
}

static ce_status read_request(http_receiver *h, incoming *in, ce_error *err)
{
    ce_http_reader reader = { .arena = in->d.arena, .lenient = h->lenient };
    ce_slice body = { in->len ? in->body : NULL, in->len };

    if (in->coding == CE_HTTP_GZIPPED && body.len > 0) {
        ce_status status = unpack(h, in, &body, err);

        if (status != CE_OK)
            return status;
    }
    /* Without bytes there is no data (HTTP-29). */
    if (body.len == 0)
        body.ptr = NULL;
    ce_http_each_header(in->request, take_header, &reader);
    if (ce_arena_copy(in->d.arena, in->request->path, &in->d.origin.topic) !=
            CE_OK ||
        ce_http_read_message(&reader, body, &in->d.message, &in->d.defect) !=
            CE_OK)
        return ce_no_memory(err);
    if (reader.tolerated && in->d.message.mode == CE_MODE_BINARY)
        ce_receiver_tolerated(&h->receiver);
    return CE_OK;
}

static void refuse_body(ce_http_request *r, const ce_error *err)
{
    if (err->status == CE_ENOMEM)
        refuse_for_now(r, err->text);
    else
        ce_http_answer_problem(r, err->status == CE_ETOOBIG ? 413 : 400,
                               err->text, NULL, NULL);
}

static void end(void *arg, ce_http_request *r)
{
    http_receiver *h = arg;
    incoming *in = r->user;
    ce_error err;

    if (!h->into) {
        refuse_for_now(r, "shutting down");
        return;
    }
    if (read_request(h, in, &err) != CE_OK) {
        refuse_body(r, &err);
        return;
    }
    in->d.interactive = true;
    in->pushed = true;
    if (h->deadline_ms)
        ce_timer_start(h->loop, &in->deadline, h->deadline_ms);
    ce_delivery_hook(&in->d, settled, h, 0);
    ce_push(h->into, &in->d);
}

static void gone(void *arg, ce_http_request *r)
{
    incoming *in = r->user;

    (void)arg;
    if (!in)
        return;
    forget(in);
    if (!in->pushed)
        ce_pool_give(&in->d);
}

static const ce_http_ops http_ops = {
    .begin = begin,
    .body = take_body,
    .end = end,
    .gone = gone,
};

/* --- life --- */

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    http_receiver *h = (http_receiver *)r;
    const ce_settings *s = h->settings;
    ce_http_daemon_config c = {
        .host = ce_settings_host(s),
        .port = ce_settings_port(s, h->cert ? 443 : 80),
        .reuse_port = ce_settings_boolean(s, "reuse_port"),
        .max_connections = (unsigned)ce_settings_integer(s, "max_connections"),
        .max_header_bytes = ce_settings_bytes(s, "max_header_bytes"),
        .idle_ms = ce_settings_ms(s, "idle_timeout"),
        .request_ms = ce_settings_ms(s, "request_timeout"),
        .cert = h->cert,
        .key = h->key,
        .ca = h->ca,
        .ops = &http_ops,
        .arg = h,
    };
    ce_status status = ce_http_daemon_open(&h->daemon, h->loop, &c, err);

    if (status != CE_OK)
        return status;
    h->into = into;
    r->port = ce_http_daemon_port(h->daemon);
    ce_health_up(&r->health);
    return CE_OK;
}

static void stop(ce_receiver *r)
{
    http_receiver *h = (http_receiver *)r;

    h->into = NULL;
    if (h->daemon)
        ce_http_daemon_quiesce(h->daemon);
}

static void free_receiver(http_receiver *h)
{
    ce_http_webhook_close(h->webhook);
    ce_http_auth_close(&h->auth);
    ce_http_gzip_close(&h->gzip);
    ce_buf_free(&h->unpacked);
    ce_free((void *)(uintptr_t)h->path.ptr);
    ce_free(h->cert);
    ce_free(h->key);
    ce_free(h->ca);
    ce_pool_close(h->receiver.pool);
    ce_free(h);
}

static void close_receiver(ce_receiver *r)
{
    http_receiver *h = (http_receiver *)r;

    stop(r);
    ce_http_daemon_close(h->daemon);
    free_receiver(h);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

static ce_status read_tls(http_receiver *h, ce_error *err)
{
    const ce_settings *s = h->settings;
    bool is_tls = !strcmp(ce_settings_scheme(s), "https");
    ce_status status;

    if (!is_tls)
        return ce_settings_text(s, "cert") || ce_settings_text(s, "ca")
                   ? ce_fail(err, CE_EINVAL,
                             "cert and ca belong to https://, not to http://")
                   : CE_OK;
    if (!ce_settings_text(s, "cert") || !ce_settings_text(s, "key_file"))
        return ce_fail(err, CE_EINVAL, "https:// needs cert and key_file");
    status = ce_http_file_text(ce_settings_text(s, "cert"), &h->cert, err);
    if (status == CE_OK)
        status =
            ce_http_file_text(ce_settings_text(s, "key_file"), &h->key, err);
    if (status == CE_OK && ce_settings_text(s, "ca"))
        status = ce_http_file_text(ce_settings_text(s, "ca"), &h->ca, err);
    return status;
}

static ce_status read_path(http_receiver *h, ce_error *err)
{
    const char *path = ce_settings_path(h->settings);
    size_t len = strlen(path);
    char *text = ce_alloc(len + 2);

    if (!text)
        return ce_no_memory(err);
    text[0] = '/';
    memcpy(text + 1, path, len + 1);
    h->path = (ce_slice){ text, len + 1 };
    return CE_OK;
}

static ce_status read_settings(http_receiver *h, ce_error *err)
{
    const ce_settings *s = h->settings;
    ce_status status = read_path(h, err);

    h->max_bytes = ce_settings_bytes(s, "max_event_bytes");
    h->deadline_ms = ce_settings_ms(s, "deadline");
    h->lenient = ce_settings_boolean(s, "lenient");
    if (status == CE_OK)
        status = ce_http_auth_open(&h->auth, s, err);
    if (status == CE_OK)
        status = ce_http_webhook_open(&h->webhook, h->loop, s, err);
    return status == CE_OK ? read_tls(h, err) : status;
}

ce_status ce_http_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err)
{
    http_receiver *h = ce_alloc_zeroed(sizeof *h);
    ce_status status;

    if (!h)
        return ce_no_memory(err);
    h->receiver.ops = &ops;
    h->receiver.interactive = true;
    h->loop = at->loop;
    h->settings = at->settings;
    ce_health_init(&h->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    status = read_settings(h, err);
    if (status == CE_OK && ce_pool_open(&h->receiver.pool,
                                        (unsigned)ce_settings_integer(
                                            at->settings, "max_in_flight"),
                                        sizeof(incoming), POOL_BYTES) != CE_OK)
        status = ce_no_memory(err);
    if (status != CE_OK) {
        free_receiver(h);
        return status;
    }
    *out = &h->receiver;
    return CE_OK;
}
