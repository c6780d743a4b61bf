/* SPDX-License-Identifier: Apache-2.0 */
/* Events as requests, responses as results. */
#include "bindings/http/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cloudevents/alloc.h>

#include "bindings/http/reason.h"
#include "core/json/scan.h"
#include "core/transport/tracing.h"

enum {
    REASON_BYTES = 8 << 10, /* of a body that only says why */
    /* More is read, so that the connection can be used again: cheaper than to
     * connect. */
    DISCARD_MAX = 64 << 10,
    /* Smaller bodies go with the head in one piece. */
    GATHER_MAX = 64 << 10,
    /* A target that refuses a larger body by its head is spared it (RFC 9110
     * 10.1.1). */
    EXPECT_MIN = 1 << 20,
    KEPT = 256 << 10, /* a larger buffer is given back */
    /* Ten minutes. A target that asks for more has not seen how many events
     * wait for it. */
    RETRY_AFTER_MAX_S = 600
};

/* --- responses --- */

static ce_http_transfer *transfer_of(void *exchange)
{
    return CE_OWNER(exchange, ce_http_transfer, exchange);
}

/* RFC 9110 10.2.3: seconds or a date. */
uint32_t ce_http_retry_after_ms(ce_slice value)
{
    char text[40];
    time_t date;
    long long s;
    char *end;

    snprintf(text, sizeof text, "%.*s", CE_ARG(value));
    s = strtoll(text, &end, 10);
    if (*end || end == text) {
        date = curl_getdate(text, NULL);
        s = date > 0 ? (long long)(date - time(NULL)) : 0;
    }
    if (s <= 0)
        return 0;
    return (uint32_t)(s < RETRY_AFTER_MAX_S ? s : RETRY_AFTER_MAX_S) * 1000;
}

static void begin_response(void *exchange)
{
    ce_http_transfer *t = transfer_of(exchange);

    t->reader = (ce_http_reader){ .arena = t->arena };
    t->coding = CE_HTTP_IDENTITY;
    t->retry_after_ms = 0;
}

static void take_field(void *exchange, ce_slice name, ce_slice value)
{
    ce_http_transfer *t = transfer_of(exchange);

    if (t->target->wants_reply ||
        ce_slice_eq_nocase(name, CE_SLICE("Content-Type")))
        ce_http_read_header(&t->reader, name, value);
    if (ce_slice_eq_nocase(name, CE_SLICE("Retry-After")))
        t->retry_after_ms = ce_http_retry_after_ms(value);
    else if (ce_slice_eq_nocase(name, CE_SLICE("Content-Encoding")))
        ce_http_coding_add(&t->coding, value);
}

/* A reply is wanted to its last byte, or not at all. */
static bool take_body(void *exchange, ce_slice piece)
{
    ce_http_transfer *t = transfer_of(exchange);
    bool replies = t->target->wants_reply;
    size_t max = replies ? t->target->max_reply_bytes : REASON_BYTES;
    size_t room = max > t->body.len ? max - t->body.len : 0;
    bool fits = piece.len <= room;

    t->cut |= !fits;
    t->discarded += fits ? 0 : piece.len - room;
    if (!fits)
        piece.len = room;
    if (ce_buf_append(&t->body, piece) != CE_OK)
        return false;
    return fits || (!replies && t->discarded < DISCARD_MAX);
}

static const ce_http_response_ops response_ops = {
    .begin = begin_response,
    .field = take_field,
    .body = take_body,
};

/* --- life --- */

ce_status ce_http_transfer_open(ce_http_transfer *t, ce_http_target *target)
{
    t->target = target;
    t->exchange.connection.target = target;
    t->exchange.ops = &response_ops;
    t->exchange.waits_for_body = target->wants_reply;
    t->arena = ce_arena_new();
    return t->arena ? CE_OK : CE_ENOMEM;
}

void ce_http_transfer_close(ce_http_transfer *t)
{
    ce_http_exchange_close(&t->exchange);
    ce_arena_free(t->arena);
    ce_buf_free(&t->body);
    ce_buf_free(&t->batch);
    ce_buf_free(&t->packed);
}

/* --- requests --- */

static void put(ce_buf *to, ce_slice text)
{
    memcpy(to->ptr + to->len, text.ptr, text.len);
    to->len += text.len;
}

static ce_status add_header(void *arg, const char *name, const char *value)
{
    ce_http_transfer *t = arg;
    ce_buf *head = &t->exchange.head;
    const ce_slice n = ce_slice_of(name), v = ce_slice_of(value);
    const ce_slice colon = CE_SLICE(": "), end = CE_SLICE("\r\n");

    if (!value)
        return CE_OK;
    if (ce_buf_reserve(head, n.len + colon.len + v.len + end.len) != CE_OK)
        return CE_ENOMEM;
    put(head, n);
    put(head, colon);
    put(head, v);
    put(head, end);
    return CE_OK;
}

/* As printf would, which costs as much as several other headers. */
static ce_status add_length(ce_http_transfer *t, size_t len)
{
    char text[24];
    char *digit = text + sizeof text - 1;

    *digit = '\0';
    do
        *--digit = (char)('0' + len % 10);
    while (len /= 10);
    return add_header(t, "Content-Length", digit);
}

/* Packs *BODY if that is wanted and makes it shorter. */
static ce_status pack(ce_http_transfer *t, ce_slice *body)
{
    ce_status status;

    if (!t->target->gzip || body->len == 0 || body->len < t->target->gzip_min)
        return CE_OK;
    status = ce_http_gzip_pack(&t->target->packer, *body, &t->packed);
    if (status != CE_OK || t->packed.len >= body->len)
        return status;
    *body = ce_buf_slice(&t->packed);
    return add_header(t, "Content-Encoding", "gzip");
}

/* A webhook's request always has a content type and a body (Web Hooks 2.1,
 * HOOK-03). An event without one of them has both in structured mode. */
static ce_status shape(ce_http_transfer *t, const ce_message *m,
                       ce_message *tmp, const ce_message **out)
{
    bool is_bare =
        m->mode == CE_MODE_BINARY && (m->body.len == 0 || !m->content_type.ptr);

    *out = m;
    if (!t->target->webhook_origin || !is_bare)
        return CE_OK;
    return ce_message_as(m, CE_MODE_STRUCTURED, &ce_format_json, t->arena, tmp,
                         out, NULL);
}

static ce_status add_member(ce_http_transfer *t, const ce_delivery *d)
{
    const ce_message *m;
    ce_message tmp;
    ce_status status = ce_message_as(&d->message, CE_MODE_STRUCTURED,
                                     &ce_format_json, t->arena, &tmp, &m, NULL);

    if (status != CE_OK)
        return status;
    status = ce_buf_byte(&t->batch, t->batch.len ? ',' : '[');
    if (status != CE_OK)
        return status;
    return ce_buf_append(&t->batch, ce_json_without_mark(m->body));
}

/* JSON Event Format 4: the texts of the events as they are, in one array. */
static ce_status gather(ce_http_transfer *t, ce_message *out)
{
    ce_status status = CE_OK;

    for (const ce_delivery *d = CE_QUEUE_FIRST(&t->events, ce_delivery, link);
         d && status == CE_OK; d = CE_QUEUE_NEXT(d, ce_delivery, link))
        status = add_member(t, d);
    if (status == CE_OK)
        status = ce_buf_byte(&t->batch, ']');
    *out = (ce_message){
        .mode = CE_MODE_BATCH,
        .format = &ce_format_json,
        .content_type = ce_slice_of(ce_format_json.batch_media_type),
        .body = ce_buf_slice(&t->batch),
    };
    return status;
}

/* What is a batch already goes as it is. */
static bool gathers(const ce_http_transfer *t, const ce_delivery *first)
{
    return t->target->batches && first->message.mode != CE_MODE_BATCH;
}

/* Forgets the request before. Its memory is kept. */
static void clear(ce_http_transfer *t)
{
    ce_arena_reset(t->arena);
    if (t->body.cap > KEPT)
        ce_buf_free(&t->body);
    if (t->batch.cap > KEPT)
        ce_buf_free(&t->batch);
    ce_buf_clear(&t->body);
    ce_buf_clear(&t->batch);
    ce_buf_clear(&t->exchange.head);
    t->discarded = 0;
    t->cut = false;
    begin_response(&t->exchange);
}

/* The last lines of the head, and the body behind them or apart. */
static ce_status add_body(ce_http_transfer *t, ce_slice body)
{
    ce_http_exchange *x = &t->exchange;
    ce_status status = CE_OK;

    x->expects = body.len >= EXPECT_MIN && !t->target->no_expect;
    if (x->expects)
        status = add_header(t, "Expect", "100-continue");
    if (status == CE_OK)
        status = add_length(t, body.len);
    if (status == CE_OK)
        status = ce_buf_append(&x->head, CE_SLICE("\r\n"));
    x->body = body;
    if (status != CE_OK || body.len > GATHER_MAX)
        return status;
    x->body.len = 0;
    return ce_buf_append(&x->head, body);
}

static ce_status add_path(ce_http_transfer *t, ce_delivery *d, ce_error *err)
{
    const char *path;
    ce_status status;

    if (!t->target->path)
        return CE_OK;
    status = ce_target_of(t->target->path, d, &path, err);
    if (status != CE_OK)
        return status;
    return ce_buf_printf(&t->exchange.head, " %s", path);
}

/* Several events may be of several traces: their request shows none. */
static ce_status add_trace(ce_http_transfer *t, ce_delivery *d)
{
    ce_attr fields[CE_TRACE_FIELDS];
    ce_status status = CE_OK;
    unsigned n = 0;

    if (t->target->traces && !t->target->batches)
        n = ce_trace_fields(d, fields);
    for (unsigned i = 0; i < n && status == CE_OK; i++)
        status = ce_buf_printf(&t->exchange.head, "%.*s: %.*s\r\n",
                               CE_ARG(fields[i].name), CE_ARG(fields[i].text));
    return status;
}

static ce_status write_request(ce_http_transfer *t, const ce_message *m,
                               ce_delivery *first)
{
    ce_buf *head = &t->exchange.head;
    ce_slice body = m->body;
    ce_status status = ce_buf_append(head, ce_buf_slice(&t->target->head));

    if (status == CE_OK)
        status = ce_http_write_headers(m, t->arena, add_header, t);
    if (status == CE_OK)
        status = add_trace(t, first);
    if (status == CE_OK)
        status = pack(t, &body);
    return status == CE_OK ? add_body(t, body) : status;
}

ce_status ce_http_transfer_begin(ce_http_transfer *t, ce_error *err)
{
    ce_delivery *first = CE_QUEUE_FIRST(&t->events, ce_delivery, link);
    const ce_message *m;
    ce_message tmp;
    ce_status status;

    clear(t);
    m = &tmp;
    status = gathers(t, first) ? gather(t, &tmp)
                               : shape(t, &first->message, &tmp, &m);
    if (status == CE_OK)
        status = ce_buf_append(&t->exchange.head, CE_SLICE("POST"));
    if (status == CE_OK)
        status = add_path(t, first, err);
    if (status == CE_OK)
        status = write_request(t, m, first);
    if (status == CE_OK)
        ce_http_exchange_begin(&t->exchange);
    return status;
}

/* --- results --- */

static ce_slice unpacked_body(ce_http_transfer *t, ce_error *err)
{
    ce_slice body = ce_buf_slice(&t->body);

    if (t->coding == CE_HTTP_IDENTITY || body.len == 0)
        return body;
    if (t->coding == CE_HTTP_UNKNOWN)
        ce_fail(err, CE_ENOTSUP, "its Content-Encoding is not gzip");
    else if (ce_http_gzip_unpack(&t->target->packer, body,
                                 t->target->max_reply_bytes, &t->packed,
                                 err) == CE_OK)
        return ce_buf_slice(&t->packed);
    return (ce_slice){ NULL, 0 };
}

/* Whether something in the response wants to be a reply. */
static bool is_claimed(const ce_http_transfer *t)
{
    return t->body.len > 0 || t->reader.has_attribute ||
           ce_mode_of(t->reader.content_type) != CE_MODE_BINARY;
}

/* Sets *REPLY, or returns why there is none. */
static const char *reply_defect(ce_http_transfer *t, ce_http_end end,
                                ce_message *reply, ce_error *err)
{
    ce_event e = { .arena = t->arena };
    ce_defect defect;
    ce_slice body;

    if (t->cut)
        return "it is larger than max_event_bytes";
    if (end != CE_HTTP_ANSWERED)
        return t->exchange.failure;
    body = unpacked_body(t, err);
    if (t->body.len > 0 && !body.ptr)
        return err->text;
    if (body.len == 0)
        body = (ce_slice){ NULL, 0 };
    if (ce_http_read_message(&t->reader, body, reply, &defect) != CE_OK)
        return "out of memory";
    if (defect.reason)
        return defect.reason;
    if (reply->mode == CE_MODE_BATCH)
        return "it is a batch";
    if (ce_message_decode(reply, t->arena, &e, err) != CE_OK)
        return err->text;
    return NULL;
}

/* The event has arrived and is not sent again, but whoever has asked waits for
 * nothing. */
static ce_result lost_reply(const ce_result *r, const char *why)
{
    ce_result lost = ce_result_make(
        CE_UNDELIVERED, "HTTP %d, but the reply is no event: %s", r->code, why);

    lost.code = 502;
    lost.exhausted = true;
    return lost;
}

/* Any response with a body may carry a reply, whatever its status says
 * (HTTP-09). */
static void read_reply(ce_http_transfer *t, ce_http_end end, ce_message *reply,
                       ce_result *r)
{
    ce_error err = { CE_OK, "" };
    const char *defect;

    if (!is_claimed(t) && end == CE_HTTP_ANSWERED)
        return;
    defect = reply_defect(t, end, reply, &err);
    if (!defect)
        r->reply = reply;
    else if (r->verdict == CE_ACK)
        *r = lost_reply(r, defect);
}

/* Our credentials are refused, not the event: another event would fare no
 * better, and this one will once they are right. */
static bool is_about_credentials(int status)
{
    return status == 401 || status == 403;
}

/* The next request does without (RFC 9110 10.1.1). */
static bool is_about_expect(ce_http_transfer *t, int status)
{
    if (status != 417 || !t->exchange.expects)
        return false;
    t->target->no_expect = true;
    return true;
}

/* Whoever says yes to the head of a request alone may never read the event. A
 * server that says it before a body that is held knows no "Expect". */
static ce_result unread(ce_http_transfer *t, int status)
{
    t->target->no_expect |= t->exchange.held;
    return ce_result_make(CE_UNDELIVERED,
                          "HTTP %d came before the whole request was sent",
                          status);
}

static ce_result result_of(ce_http_transfer *t, int status)
{
    ce_slice why;
    ce_result r;

    if (status >= 200 && status <= 299)
        return (ce_result){ .code = status };
    why = ce_http_reason(t->arena, (unsigned)status, t->reader.content_type,
                         ce_buf_slice(&t->body));
    r = ce_result_http(status, "%.*s", CE_ARG(why));
    if (is_about_credentials(status) || is_about_expect(t, status))
        r.verdict = CE_UNDELIVERED;
    /* Also of a refusal: a ruling may make that "not now". */
    r.retry_after_ms = t->retry_after_ms;
    return r;
}

ce_result ce_http_transfer_result(ce_http_transfer *t, ce_http_end end,
                                  ce_message *reply)
{
    unsigned status = t->exchange.response.status;
    ce_result r;

    if (end == CE_HTTP_NOT_CONNECTED || end == CE_HTTP_NO_MEMORY)
        return ce_result_unsent("%s", t->exchange.failure);
    if (!status)
        return ce_result_make(CE_UNDELIVERED, "%s", t->exchange.failure);
    if (status / 100 == 2 && !ce_http_exchange_is_sent(&t->exchange))
        return unread(t, (int)status);
    r = result_of(t, (int)status);
    if (t->target->wants_reply)
        read_reply(t, end, reply, &r);
    return r;
}
