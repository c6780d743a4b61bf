/* SPDX-License-Identifier: Apache-2.0 */
/* Events as requests, responses as results. */
#include "bindings/http/transfer.h"

#include <cloudevents/alloc.h>

#include "core/json/scan.h"
#include "bindings/http/field.h"

enum {
    REASON_BYTES = 512, /* of a body that only says why */
    /* Ten minutes. A target that asks for more has not seen how many events
     * wait for it. */
    RETRY_AFTER_MAX_S = 600
};

/* --- responses --- */

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    ce_http_transfer *t = arg;
    size_t len = size * count;
    size_t max =
        t->target->wants_reply ? t->target->max_reply_bytes : REASON_BYTES;
    size_t room = max > t->body.len ? max - t->body.len : 0;
    ce_slice piece = { bytes, len < room ? len : room };

    /* The rest is read and dropped: breaking off would make an error of a 2xx,
     * and the event would be sent again. */
    t->cut |= len > room;
    return ce_buf_append(&t->body, piece) == CE_OK ? len : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    ce_http_transfer *t = arg;
    ce_slice line = { bytes, size * count }, name, value;

    /* A new response begins, perhaps after an interim one (RFC 9110 15.2). */
    if (ce_slice_starts(line, CE_SLICE("HTTP/")))
        t->reader = (ce_http_reader){ .arena = t->arena };
    if (ce_http_split_line(line, &name, &value))
        ce_http_read_header(&t->reader, name, value);
    return size * count;
}

/* --- life --- */

ce_status ce_http_transfer_open(ce_http_transfer *t, ce_http_target *target)
{
    *t = (ce_http_transfer){ .target = target };
    t->arena = ce_arena_new();
    t->easy = t->arena ? curl_easy_init() : NULL;
    if (!t->easy || ce_http_target_apply(target, t->easy) != CE_OK) {
        ce_http_transfer_close(t);
        return CE_ENOMEM;
    }
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    if (target->wants_reply) {
        curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
        curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    }
    return CE_OK;
}

void ce_http_transfer_close(ce_http_transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    ce_arena_free(t->arena);
    ce_buf_free(&t->body);
    ce_buf_free(&t->packed);
}

/* --- requests --- */

/* A list for libcurl whose nodes are ours: it only reads them. */
static ce_status add_line(ce_http_transfer *t, const char *line)
{
    struct curl_slist *node = ce_arena_alloc(t->arena, sizeof *node);

    if (!node || !line)
        return CE_ENOMEM;
    *node = (struct curl_slist){ .data = (char *)(uintptr_t)line };
    if (t->last)
        t->last->next = node;
    else
        t->headers = node;
    t->last = node;
    return CE_OK;
}

/* libcurl's notation: "NAME:" keeps it from sending a header of its own,
 * "NAME;" is a header without a value. */
static const char *form_of(const char *value)
{
    if (!value)
        return "%s:";
    return *value ? "%s: %s" : "%s;";
}

static ce_status add_header(void *arg, const char *name, const char *value)
{
    ce_http_transfer *t = arg;
    ce_slice line = ce_arena_printf(t->arena, form_of(value), name, value);

    return add_line(t, line.ptr);
}

static ce_status add_headers(ce_http_transfer *t, const ce_message *m)
{
    /* libcurl would ask with "Expect: 100-continue" before larger bodies, and
     * wait a second where the target does not know that. */
    ce_status status = add_line(t, "Expect:");

    if (status != CE_OK)
        return status;
    status = ce_http_write_headers(m, t->arena, add_header, t);
    if (status != CE_OK)
        return status;
    if (t->target->bearer)
        status = add_line(t, t->target->bearer);
    for (const struct curl_slist *f = t->target->fixed; f && status == CE_OK;
         f = f->next)
        status = add_line(t, f->data);
    return status;
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
    return add_line(t, "Content-Encoding: gzip");
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

/* Forgets the request before. Its memory is kept. */
static void clear(ce_http_transfer *t)
{
    ce_arena_reset(t->arena);
    ce_buf_clear(&t->body);
    t->headers = t->last = NULL;
    t->error[0] = '\0';
    t->cut = false;
    t->reader = (ce_http_reader){ .arena = t->arena };
}

ce_status ce_http_transfer_begin(ce_http_transfer *t, ce_delivery *d)
{
    const ce_message *m;
    ce_message tmp;
    ce_status status;
    ce_slice body;

    clear(t);
    status = shape(t, &d->message, &tmp, &m);
    if (status != CE_OK)
        return status;
    status = add_headers(t, m);
    if (status != CE_OK)
        return status;
    body = m->body;
    status = pack(t, &body);
    if (status != CE_OK)
        return status;
    t->d = d;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    /* Without a body the pointer still has to be there: libcurl would read one
     * from stdin. */
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)body.len);
    return CE_OK;
}

/* --- results --- */

/* After these the request was not sent: the target is away, or it is not known
 * that it is the right one. After all others the event may have arrived. */
bool ce_http_is_connect_failure(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
        return true;
    default:
        return false;
    }
}

/* What a problem says for people (RFC 9457 3.1.4), or absent. */
static ce_slice problem_detail(const ce_http_transfer *t)
{
    ce_slice body = ce_buf_slice(&t->body), detail = { NULL, 0 };

    if (!ce_json_is_valid(body) ||
        ce_json_pointer(body, CE_SLICE("/detail"), &detail) != CE_OK ||
        *detail.ptr != '"' ||
        ce_json_unescape(detail, t->arena, &detail, NULL) != CE_OK)
        return (ce_slice){ NULL, 0 };
    return detail;
}

/* A problem's detail, else the first line of the response as far as it is
 * text, says why. */
static ce_result failed_with(const ce_http_transfer *t, int status)
{
    ce_slice detail = problem_detail(t);
    size_t len = 0;

    if (detail.len)
        return ce_result_http(status, "%.*s", CE_ARG(detail));
    while (len < t->body.len && len < CE_REASON_SIZE &&
           (unsigned char)t->body.ptr[len] >= ' ')
        len++;
    if (len == 0)
        return ce_result_http(status, "HTTP %d", status);
    return ce_result_http(status, "HTTP %d: %.*s", status, (int)len,
                          t->body.ptr);
}

/* Why it is dropped, or NULL. */
static const char *reply_defect(ce_http_transfer *t, const ce_message *reply)
{
    ce_event e = { .arena = t->arena };
    ce_error err = { CE_EINVAL, "" };
    ce_slice text;

    if (t->cut)
        return "the reply is larger than max_event_bytes";
    if (reply->mode != CE_MODE_BATCH &&
        ce_message_decode(reply, t->arena, &e, &err) == CE_OK)
        return NULL;
    text = ce_arena_printf(t->arena, "the reply is no event: %s",
                           *err.text ? err.text : "it is a batch");
    return text.ptr ? text.ptr : "the reply is no event";
}

/* The event has arrived, also when its reply cannot be read. */
static void read_reply(ce_http_transfer *t, ce_message *reply, ce_result *r)
{
    ce_slice body =
        t->body.len ? ce_buf_slice(&t->body) : (ce_slice){ NULL, 0 };
    ce_defect defect;

    if (ce_http_read_message(&t->reader, body, reply, &defect) != CE_OK) {
        ce_result_explain(r, "out of memory for the reply");
        return;
    }
    if (reply->mode != CE_MODE_NONE)
        defect.reason = reply_defect(t, reply);
    if (!defect.reason)
        r->reply = reply;
    else if (!defect.plain)
        ce_result_explain(r, "%s", defect.reason);
}

static bool is_success(long status)
{
    return status >= 200 && status <= 299;
}

/* The status of the final response, or 0. */
static long status_of(const ce_http_transfer *t)
{
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* No answer, or an answer that cannot be read to its end. */
static ce_result broken(ce_http_transfer *t, CURLcode code)
{
    const char *why = *t->error ? t->error : curl_easy_strerror(code);
    long status = status_of(t);
    ce_result r;

    if (code != CURLE_BAD_CONTENT_ENCODING || !is_success(status))
        return ce_result_make(CE_UNDELIVERED, "%s", why);
    /* The event has arrived; only the reply cannot be unpacked. */
    r = (ce_result){ .code = (int)status };
    ce_result_explain(&r, "the reply cannot be unpacked: %s", why);
    return r;
}

uint32_t ce_http_retry_after_ms(CURL *easy)
{
    /* RFC 9110 10.2.3: seconds or a date. libcurl makes seconds of both. */
    curl_off_t seconds = 0;

    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0)
        return 0;
    if (seconds > RETRY_AFTER_MAX_S)
        seconds = RETRY_AFTER_MAX_S;
    return (uint32_t)seconds * 1000;
}

ce_result ce_http_transfer_result(ce_http_transfer *t, CURLcode code,
                                  ce_message *reply)
{
    long status;
    ce_result r;

    if (code != CURLE_OK)
        return broken(t, code);
    status = status_of(t);
    if (is_success(status)) {
        r = (ce_result){ .code = (int)status };
        if (t->target->wants_reply)
            read_reply(t, reply, &r);
        return r;
    }
    r = failed_with(t, (int)status);
    if (r.verdict == CE_UNDELIVERED)
        r.retry_after_ms = ce_http_retry_after_ms(t->easy);
    return r;
}
