/* SPDX-License-Identifier: Apache-2.0 */
/* Takes events from HTTP requests and answers when they are settled.
 *
 * The life of a request, in the order of this file:
 *     begin        its head is here: it is refused (admission.c), or may bring
 *                  its body
 *     take_body    its bytes are kept apart (body.c): what a client only
 *                  announces takes neither credit nor memory
 *     end          it gets a delivery of the pool, which becomes a message
 *                  (codec.c) and goes into the route
 *     settled      the result becomes the answer (answer.c)
 * A request and its delivery know each other until one of them ends. Two things
 * may part them before: the deadline (on_deadline), and a client that leaves
 * (gone). Both drop the answer, never the event that is on its way; but it is
 * not tried again: its sender, who has heard no success, comes with it. */
#include "bindings/http/headers.h"
#include "bindings/http/http.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/admission.h"
#include "bindings/http/answer.h"
#include "bindings/http/body.h"
#include "bindings/http/credit.h"
#include "bindings/http/discreet.h"
#include "bindings/http/listener.h"
#include "core/base/log.h"

enum {
    /* What bodies may hold altogether that are on their way: 6 KiB for each of
     * 4096 connections. One body at least has room, however large it may be. */
    ROOM_BYTES = 24 << 20
};

typedef struct http_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    const ce_settings *settings;
    ce_http_member member;
    ce_stage *into; /* NULL: stopped */
    ce_http_admission admission;
    ce_http_bodies bodies;
    ce_http_credit credit; /* of the pool */
    uint64_t deadline_ms;  /* 0: none */
    bool details;          /* reasons are told as they are */
    uint64_t next_log_ms;
    bool lenient;
    ce_names names;
    bool assumes; /* that plain JSON is a structured event or a batch */
    unsigned max_attributes;
    ce_http_tls tls;
    ce_http_tally tally;
} http_receiver;

/* A delivery of the pool, and the request that has brought it. */
typedef struct incoming {
    ce_delivery d;
    http_receiver *owner;
    ce_http_request *request; /* NULL: nobody waits for the answer */
    ce_http_account *sender;  /* counts it */
    ce_buf body;              /* what the message's body points into */
    ce_timer deadline;
} incoming;

/* What is known of a request until it is gone: its user. */
typedef struct visit {
    ce_http_body body;
    ce_http_request *request;
    incoming *in; /* NULL: its event is not in the route */
} visit;

static void on_deadline(ce_timer *t);
static ce_settle_fn settled;

/* --- the head --- */

static void refuse_for_now(ce_http_request *r, const char *detail)
{
    ce_http_answer_problem(r, 503, detail, "Retry-After", "1");
}

static void begin(void *arg, ce_http_request *r)
{
    http_receiver *h = arg;
    visit *v;

    if (ce_http_admission_refuses(&h->admission, r))
        return;
    v = ce_alloc_zeroed(sizeof *v);
    if (!v) {
        refuse_for_now(r, "out of memory");
        return;
    }
    v->request = r;
    ce_http_body_begin(&v->body, &h->bodies, r);
    r->user = v;
}

/* --- the body --- */

/* 413 is for what is too large, also when it is unpacked; 400 for a body that
 * is not what Content-Encoding says. */
static void refuse_body(ce_http_request *r, const ce_error *err)
{
    if (err->status == CE_ENOMEM || err->status == CE_EAGAIN) {
        refuse_for_now(r, err->text);
    } else if (err->status == CE_ETOOBIG) {
        ce_http_count(r, CE_HTTP_TOO_LARGE);
        ce_http_answer_problem(r, 413, err->text, NULL, NULL);
    } else {
        ce_http_count(r, CE_HTTP_MALFORMED);
        ce_http_answer_problem(r, 400, err->text, NULL, NULL);
    }
}

static void take_body(void *arg, ce_http_request *r, ce_slice bytes)
{
    visit *v = r->user;
    ce_error err;

    ce_http_tally_change(&((http_receiver *)arg)->tally);
    if (ce_http_body_append(&v->body, bytes, &err) == CE_OK)
        return;
    if (err.status == CE_EAGAIN)
        ce_http_count(r, CE_HTTP_NO_ROOM);
    ce_http_body_drop(&v->body);
    refuse_body(r, &err);
}

/* It may happen with each piece of a body. */
static void warn_of_crowd(http_receiver *h)
{
    if (!ce_log_may_repeat(&h->next_log_ms, ce_loop_now_ms(h->loop)))
        return;
    ce_log(CE_WARN,
           "%s: unfinished bodies fill %zu MiB; the largest are refused",
           ce_settings_label(h->settings), h->bodies.room >> 20);
}

static void give_way(ce_http_body *b)
{
    ce_http_request *r = CE_OWNER(b, visit, body)->request;

    warn_of_crowd(CE_OWNER(b->all, http_receiver, bodies));
    ce_http_count(r, CE_HTTP_NO_ROOM);
    refuse_for_now(r, "too many bodies are on their way");
}

/* --- the message --- */

static bool take_header(void *arg, ce_slice name, ce_slice value)
{
    ce_http_read_header(arg, name, value);
    return true;
}

/* What is no event is read too: its defect goes along, and the route decides.
 * A format that is not known has the code 415 there. */
static ce_status read_request(incoming *in, ce_http_body *from, ce_error *err)
{
    ce_http_reader reader = { .arena = in->d.arena,
                              .lenient = in->owner->lenient,
                              .names = in->owner->names,
                              .max_attributes = in->owner->max_attributes };
    ce_slice body;
    ce_status status = ce_http_body_end(from, &in->d, &body, err);

    in->body = from->bytes;
    from->bytes = (ce_buf){ NULL, 0, 0 };
    if (status != CE_OK)
        return status;
    status = ce_arena_copy(in->d.arena, in->request->path, &in->d.origin.topic);
    if (status != CE_OK)
        return ce_no_memory(err);
    ce_http_each_header(in->request, take_header, &reader);
    status = ce_http_read_message(&reader, body, &in->d.message, &in->d.defect);
    if (status != CE_OK)
        return ce_no_memory(err);
    if ((in->owner->assumes && ce_http_assume(&in->d.message, &in->d.defect)) ||
        (reader.tolerated && in->d.message.mode == CE_MODE_BINARY))
        ce_receiver_tolerated(&in->owner->receiver);
    return CE_OK;
}

static ce_status all_headers(ce_delivery *d, ce_attrs *out)
{
    const incoming *in = CE_OWNER(d, incoming, d);

    /* Answered already: its sender comes again. */
    if (!in->request)
        return CE_EAGAIN;
    return ce_http_copy_headers(in->request, d->arena, out);
}

static void give_back(incoming *in)
{
    ce_buf_free(&in->body);
    ce_http_account_give(in->sender, in->d.charged);
    ce_pool_give(&in->d);
}

/* The pool holds what is whole only: see the head of this file. */
static incoming *take_delivery(http_receiver *h, visit *v, ce_error *err)
{
    incoming *in = (incoming *)ce_http_credit_take(&h->credit, v->request,
                                                   v->body.bytes.len);
    ce_status status;

    if (!in) {
        ce_http_count(v->request, CE_HTTP_NO_CREDIT);
        ce_fail(err, CE_EAGAIN, "too many events are in flight");
        return NULL;
    }
    in->owner = h;
    in->sender = ce_http_account_of(v->request);
    in->request = v->request;
    in->deadline.fire = on_deadline;
    in->d.headers = all_headers;
    status = read_request(in, &v->body, err);
    ce_http_account_charge(in->sender, in->d.charged);
    if (status == CE_OK)
        return in;
    give_back(in);
    return NULL;
}

static void end(void *arg, ce_http_request *r)
{
    http_receiver *h = arg;
    visit *v = r->user;
    incoming *in;
    ce_error err;

    /* Stopped while the body was on its way. */
    if (!h->into) {
        refuse_for_now(r, "shutting down");
        return;
    }
    in = take_delivery(h, v, &err);
    if (!in) {
        ce_http_body_drop(&v->body);
        refuse_body(r, &err);
        return;
    }
    v->in = in;
    in->d.interactive = true;
    in->d.unordered = true; /* HTTP has no order of requests */
    if (h->deadline_ms)
        ce_timer_start(h->loop, &in->deadline, h->deadline_ms);
    ce_delivery_hook(&in->d, settled, h, 0);
    ce_push(h->into, &in->d);
}

/* --- the answer --- */

/* Neither needs the other any more. */
static void part(incoming *in)
{
    ce_timer_stop(&in->deadline);
    if (in->request)
        ((visit *)in->request->user)->in = NULL;
    in->request = NULL;
}

static void abandon(incoming *in)
{
    part(in);
    in->d.abandoned = true;
}

static void on_deadline(ce_timer *t)
{
    incoming *in = CE_OWNER(t, incoming, deadline);

    ce_http_count(in->request, CE_HTTP_SLOW_SINK);
    ce_http_answer_problem(in->request, 504,
                           "the sink has not answered in time", NULL, NULL);
    abandon(in);
}

static bool is_overdue(const incoming *in)
{
    return in->deadline.loop &&
           in->deadline.due_ms <= ce_loop_now_ms(in->owner->loop);
}

/* What the query parameter access_token has opened must not be kept by a cache
 * for others, who see the same URL (Web Hooks 3.2, HOOK-35). */
static const char *cache_of(const incoming *in)
{
    if (ce_http_auth_is_by_query(&in->owner->admission.auth, in->request))
        return "private";
    return NULL;
}

/* A refusal speaks of the event. Why there is no answer speaks of our
 * network. */
static void answer(incoming *in, const ce_result *r)
{
    ce_result told;

    if (r->verdict == CE_UNDELIVERED && !in->owner->details) {
        told = *r;
        ce_http_hide_addresses(&told);
        r = &told;
    }
    ce_http_answer_result(in->request, in->d.arena, r, cache_of(in));
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    incoming *in = (incoming *)d;

    (void)h;
    /* A sender's timeout may be as long as the deadline, and its timer fire
     * first in the same turn. To the client that is the deadline: 504. */
    if (in->request && r->verdict == CE_UNDELIVERED && is_overdue(in))
        on_deadline(&in->deadline);
    else if (in->request)
        answer(in, r);
    part(in);
    give_back(in);
}

/* Called once per request that has begun, also when it was refused. */
static void gone(void *arg, ce_http_request *r)
{
    visit *v = r->user;

    if (!v)
        return;
    ce_http_tally_change(&((http_receiver *)arg)->tally);
    if (v->in)
        abandon(v->in);
    ce_http_body_drop(&v->body);
    ce_free(v);
}

static void moved(void *arg)
{
    ce_http_tally_change(&((http_receiver *)arg)->tally);
}

static const ce_http_ops http_ops = {
    .begin = begin,
    .body = take_body,
    .end = end,
    .gone = gone,
    .moved = moved,
};

/* --- life --- */

static void tell(ce_http_tally *t)
{
    const http_receiver *h = CE_OWNER(t, http_receiver, tally);
    const ce_http_levels now = {
        .connections = ce_http_member_connections(&h->member),
        .unfinished = h->bodies.held,
        .unsettled = ce_pool_bytes(h->receiver.pool),
    };

    ce_http_tally_publish(t, &now, h->receiver.gauges);
}

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    http_receiver *h = (http_receiver *)r;
    ce_status status;

    h->member = (ce_http_member){ .settings = h->settings,
                                  .path = h->admission.path,
                                  .health_path = h->admission.health_path,
                                  .tls = &h->tls,
                                  .tally = &h->tally,
                                  .ops = &http_ops,
                                  .arg = h };
    status = ce_http_listener_join(&h->member, h->loop, err);
    if (status != CE_OK)
        return status;
    h->into = into;
    r->port = ce_http_member_port(&h->member);
    tell(&h->tally);
    ce_health_up(&r->health);
    return CE_OK;
}

static void stop(ce_receiver *r)
{
    http_receiver *h = (http_receiver *)r;

    h->into = NULL;
    ce_http_member_stop(&h->member);
}

static void free_receiver(http_receiver *h)
{
    ce_http_admission_close(&h->admission);
    ce_http_bodies_close(&h->bodies);
    ce_http_tls_close(&h->tls);
    ce_http_tally_close(&h->tally);
    ce_pool_close(h->receiver.pool);
    ce_free(h);
}

static void close_receiver(ce_receiver *r)
{
    http_receiver *h = (http_receiver *)r;

    stop(r);
    ce_http_member_leave(&h->member);
    free_receiver(h);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

/* --- settings --- */

static bool is_ready(void *arg)
{
    http_receiver *h = arg;

    return h->into && ce_receiver_is_ready(&h->receiver);
}

static ce_status read_settings(http_receiver *h, ce_error *err)
{
    const ce_settings *s = h->settings;
    ce_status status = ce_http_admission_open(&h->admission, h->loop, s, err);

    if (status != CE_OK)
        return status;
    h->admission.is_ready = is_ready;
    h->admission.arg = h;
    h->bodies.max_bytes = h->admission.max_bytes;
    h->bodies.room = ROOM_BYTES;
    if (h->bodies.room < h->bodies.max_bytes)
        h->bodies.room = h->bodies.max_bytes;
    h->bodies.give_way = give_way;
    h->deadline_ms = ce_settings_ms(s, "deadline");
    h->details = ce_settings_boolean(s, "details");
    h->lenient = ce_settings_boolean(s, "lenient");
    h->names = ce_names_of(s);
    h->assumes = !strcmp(ce_settings_text(s, "assume"), "structured");
    h->max_attributes = (unsigned)ce_settings_integer(s, "max_attributes");
    return ce_http_tls_open(&h->tls, s, err);
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
    h->loop = h->credit.loop = at->loop;
    h->tally = (ce_http_tally){ .loop = at->loop, .tell = tell };
    h->settings = at->settings;
    ce_health_init(&h->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    status = read_settings(h, err);
    if (status == CE_OK)
        status =
            ce_http_credit_open(&h->credit, h->settings, sizeof(incoming), err);
    h->receiver.pool = h->credit.pool;
    if (status != CE_OK) {
        free_receiver(h);
        return status;
    }
    *out = &h->receiver;
    return CE_OK;
}
