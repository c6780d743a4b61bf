/* SPDX-License-Identifier: Apache-2.0 */
/* A request is shown to the handler piece by piece and waits, suspended, for
 * its answer. An answer only marks what is to be done: the daemon runs
 * libmicrohttpd once for all answers of a turn of the loop.
 *
 * libmicrohttpd calls for each request, in this order:
 *     open_one    its target is here
 *     take        its head; then each piece of its body; then its end, and
 *                 once more after it was suspended and answered
 *     over        it is answered, or its connection is gone
 *                 (or neither: 0.9.75 forgets some connections, and peers.c
 *                 then says that they are closed)
 * It takes an answer only with the head or with the end. One that cannot wait
 * for the end is written past it (early.c), and the rest of the request is read
 * and dropped. */
#include "bindings/http/requests.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/early.h"
#include "bindings/http/form.h"
#include "bindings/http/guard.h"
#include "bindings/http/http.h"
#include "bindings/http/lines.h"
#include "bindings/http/open_request.h"
#include "bindings/http/tls.h"

enum {
    /* The rest of a refused request that is read and thrown away before it is
     * answered, so that the connection can go on: cheaper than to connect
     * again. */
    DISCARD_MAX = 64 << 10,
    /* The rest that is read after an early answer: enough for clients that
     * write first, such as many libraries do. Then the connection ends, and
     * the client may see a reset. */
    LINGER_MAX = 64 << 20
};

typedef ce_http_open_request request;

void *ce_http_requests_open_one(void *arg, const char *target,
                                struct MHD_Connection *c)
{
    ce_http_requests *q = arg;
    ce_http_peer *peer = ce_http_peer_of(c);
    request *r = peer ? ce_alloc_zeroed(sizeof *r) : NULL;

    q->moves++;
    if (!r)
        return NULL;
    r->behind_target = target + strlen(target) + 1;
    r->defect = ce_http_guard_target(target);
    r->parameters = ce_http_form_parameters(target);
    r->is_new = true;
    r->all = q;
    r->connection = c;
    r->peer = peer;
    r->after = q->first;
    if (q->first)
        q->first->before = r;
    q->first = r;
    q->heads++;
    ce_http_peer_request_begins(peer, r);
    return r;
}

static void close_request(request *r)
{
    ce_http_requests *q = r->all;

    if (r->before)
        r->before->after = r->after;
    else
        q->first = r->after;
    if (r->after)
        r->after->before = r->before;
    q->heads -= !r->offered;
    if (r->response && r->response != q->empty)
        MHD_destroy_response(r->response);
    ce_free(r);
}

static void tell_gone(request *r)
{
    const ce_http_daemon_config *c = r->all->config;

    if (r->begun)
        c->ops->gone(c->arg, &r->face);
    r->begun = false;
}

void ce_http_requests_lost(request *r)
{
    ce_http_peer_request_is_over(r->peer);
    tell_gone(r);
    close_request(r);
}

/* Where nobody else has answered, the status is the library's. */
static void count_own_answer(const request *r)
{
    const union MHD_ConnectionInfo *info;

    if (r->response || r->early)
        return;
    info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    if (info)
        ce_http_count(&r->face, info->http_status == 400 ? CE_HTTP_MALFORMED
                                                         : CE_HTTP_TOO_LARGE);
}

void ce_http_requests_over(void *arg, struct MHD_Connection *c, void **context,
                           enum MHD_RequestTerminationCode code)
{
    ce_http_requests *q = arg;
    request *r = *context;

    q->moves++;
    *context = NULL;
    if (!r)
        return;
    count_own_answer(r);
    /* The head of our answer did not fit into the connection's buffer. If a
     * write has failed instead, this one fails too. */
    if (r->response && code == MHD_REQUEST_TERMINATED_WITH_ERROR)
        ce_http_early_refuse(c, 502,
                             "the answer has more headers than fit into "
                             "max_header_bytes");
    ce_http_requests_lost(r);
}

/* A client that expects "100 Continue" sends no body after a refusal (RFC 9110
 * 10.1.1), so that there is no end to wait for. */
static bool expects(const request *r)
{
    return ce_http_header(&r->face, "Expect").ptr;
}

/* An answer with the head closes the connection, one with the end keeps it. */
static bool must_answer_now(const request *r)
{
    return r->close || expects(r);
}

/* Whether an answer can neither go with the head nor wait for the end. */
static bool is_early(const request *r, bool close)
{
    int64_t length;

    if (r->doomed)
        return true;
    if (!r->face.method.ptr || r->ended || (r->in_head && expects(r)))
        return false;
    length = ce_http_content_length(&r->face);
    if (length == 0 && r->in_head)
        return false;
    return close || length < 0 || length > DISCARD_MAX;
}

static enum MHD_Result send_answer(request *r)
{
    return MHD_queue_response(r->connection, r->status, r->response);
}

static void answer_problem(request *r, unsigned status, const char *detail)
{
    ce_arena *arena = ce_arena_new();
    ce_http_answer a = { .status = status,
                         .content_type = "application/problem+json",
                         .close = true };

    if (arena)
        a.body = ce_http_problem(arena, status, detail);
    ce_http_reply(&r->face, &a);
    ce_arena_free(arena);
}

void ce_http_request_refuse(request *r, unsigned status, const char *defect)
{
    ce_http_count(&r->face,
                  status == 400 ? CE_HTTP_MALFORMED : CE_HTTP_TOO_LARGE);
    answer_problem(r, status, defect);
}

static void refuse_head(request *r, const char *defect)
{
    ce_http_request_refuse(r, defect == ce_http_too_long ? 413 : 400, defect);
}

static const char *defect_of(request *r, const char *version)
{
    const char *defect = r->defect;

    if (!defect)
        defect = ce_http_guard(r->connection, r->face.method.ptr,
                               r->behind_target, version);
    return defect ? defect : ce_http_form_read(&r->face);
}

/* RFC 9110 10.1.1: "100-continue" is the only one that is known. */
static bool expects_too_much(const request *r)
{
    ce_slice text = ce_http_header(&r->face, "Expect");

    return text.ptr &&
           !ce_slice_eq_nocase(ce_slice_trim(text), CE_SLICE("100-continue"));
}

static void refuse_stranger(request *r)
{
    ce_http_count(&r->face, CE_HTTP_UNAUTHORIZED);
    answer_problem(r, 403, "a client certificate is required");
}

/* Shows the head to the handler, unless it is refused here. */
static void show_head(request *r, const char *version)
{
    const ce_http_daemon_config *c = r->all->config;
    const char *defect = defect_of(r, version);

    if (defect) {
        refuse_head(r, defect);
        return;
    }
    if (expects_too_much(r)) {
        answer_problem(r, 417, "Expect may only be \"100-continue\"");
        return;
    }
    r->is_last =
        ce_http_lines_end_with_chunks() && ce_http_content_length(&r->face) < 0;
    r->begun = true;
    if (c->tls && !ce_http_tls_admits(c->tls, &r->peer->client, r->connection))
        refuse_stranger(r);
    else if (r->all->quiet)
        answer_problem(r, 503, "shutting down");
    else
        c->ops->begin(c->arg, &r->face);
}

static enum MHD_Result begin(request *r, const char *version)
{
    ce_http_peer_enter(r->peer, CE_HTTP_IN_BODY);
    r->in_head = true;
    show_head(r, version);
    r->in_head = false;
    if (r->response && must_answer_now(r))
        return send_answer(r);
    return MHD_YES;
}

static enum MHD_Result take_body(request *r, const char *bytes, size_t *len)
{
    const ce_http_ops *ops = r->all->config->ops;
    ce_slice piece = { bytes, *len };

    *len = 0;
    r->peer->received += piece.len;
    r->peer->moved_ms = ce_loop_now_ms(r->peer->all->loop);
    ce_http_park_moved(r->peer);
    if (r->early) {
        r->dropped += piece.len;
        return r->dropped > LINGER_MAX ? MHD_NO : MHD_YES;
    }
    if (!r->response && ops->body)
        ops->body(r->all->config->arg, &r->face, piece);
    return MHD_YES;
}

/* RFC 9112 7.1.2: what is behind the chunks. */
static void show_end(request *r)
{
    const ce_http_daemon_config *c = r->all->config;
    const char *defect = ce_http_guard_trailer(r->connection);

    if (defect)
        refuse_head(r, defect);
    else
        c->ops->end(c->arg, &r->face);
}

static enum MHD_Result end(request *r)
{
    bool first = !r->ended;

    /* Nothing behind it is served: the client has seen the end. */
    if (r->early)
        return MHD_NO;
    r->ended = true;
    if (first) {
        ce_http_peer_enter(r->peer, CE_HTTP_BUSY);
        if (!r->response)
            show_end(r);
    } else {
        ce_http_peer_resumed(r->peer);
    }
    /* 0.9.75 comes too early where another request follows an expectation
     * without a body: it takes no answer yet, and comes again. */
    if (r->response)
        return send_answer(r) || first ? MHD_YES : MHD_NO;
    r->suspended = true;
    ce_http_peer_suspend(r->peer);
    return MHD_YES;
}

/* Whether this is a head or a piece of a body. */
static bool comes_in(const request *r, size_t upload_len)
{
    return !r->face.method.ptr || upload_len > 0;
}

static enum MHD_Result show(request *r, const char *url, const char *method,
                            const char *version, const char *upload,
                            size_t *upload_len)
{
    if (!r->face.method.ptr) {
        r->face.method = ce_slice_of(method);
        r->face.path = ce_slice_of(url);
        return begin(r, version);
    }
    if (*upload_len > 0)
        return take_body(r, upload, upload_len);
    return end(r);
}

enum MHD_Result ce_http_requests_take(void *arg, struct MHD_Connection *c,
                                      const char *url, const char *method,
                                      const char *version, const char *upload,
                                      size_t *upload_len, void **context)
{
    ce_http_requests *q = arg;
    request *r = *context;
    enum MHD_Result result;
    uint64_t begun_ns;

    (void)c;
    q->moves++;
    /* There was no memory for it in open_one. */
    if (!r)
        return MHD_NO;
    q->heads -= !r->offered;
    r->offered = true;
    if (comes_in(r, *upload_len) && !ce_http_turns_begin(r->peer))
        return MHD_YES;
    begun_ns = uv_hrtime();
    result = show(r, url, method, version, upload, upload_len);
    ce_http_turns_spend(r->peer, uv_hrtime() - begun_ns);
    return result;
}

/* --- answers --- */

/* False: the library refuses one of them. It takes none without a value. */
static bool add_fields(struct MHD_Response *response, const ce_http_field *f)
{
    for (; f && f->name; f++)
        if (f->value && !MHD_add_response_header(response, f->name, f->value))
            return false;
    return true;
}

static struct MHD_Response *new_response(const request *r,
                                         const ce_http_answer *a, bool close)
{
    const ce_http_field own[] = { { "Content-Type", a->content_type },
                                  { "Connection", close ? "close" : NULL },
                                  { NULL, NULL } };
    struct MHD_Response *response = MHD_create_response_from_buffer(
        a->body.len, (void *)(uintptr_t)a->body.ptr, MHD_RESPMEM_MUST_COPY);

    if (!response ||
        (add_fields(response, own) && add_fields(response, a->fields) &&
         add_fields(response, r->face.fields)))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

void ce_http_reply(ce_http_request *face, const ce_http_answer *a)
{
    request *r = (request *)face;
    bool close = a->close || r->is_last || r->all->quiet;
    bool plain = !a->body.len && !a->content_type && !a->fields &&
                 !r->face.fields && !close;

    if (r->response || r->early)
        return;
    if (is_early(r, a->close)) {
        r->early = true;
        ce_http_early_send(r->connection, &r->face, a);
        ce_http_peer_enter(r->peer, CE_HTTP_LINGERING);
        return;
    }
    r->status = a->status;
    r->close = a->close;
    r->response = plain ? NULL : new_response(r, a, close);
    /* Also the answer when another cannot be made. An event that is to go with
     * a success is missed then. */
    if (!r->response) {
        r->response = r->all->empty;
        r->status = plain || a->status > 200 ? a->status : 502;
    }
    /* A connection that is resumed twice, or was not suspended, crashes the
     * library. */
    if (r->suspended) {
        r->suspended = false;
        ce_http_peer_resume(r->peer);
    }
}

/* --- all of them --- */

ce_status ce_http_requests_open(ce_http_requests *q, ce_error *err)
{
    q->empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    return q->empty ? CE_OK : ce_no_memory(err);
}

void ce_http_requests_close(ce_http_requests *q)
{
    if (q->empty)
        MHD_destroy_response(q->empty);
}

static bool is_in_body(const request *r)
{
    return r->face.method.ptr && !r->ended && !r->early;
}

/* Also where an answer waits for the end of the request: there will be none. */
static void cut_off(request *r, unsigned status, const char *detail)
{
    if (!is_in_body(r))
        return;
    if (r->response && r->response != r->all->empty)
        MHD_destroy_response(r->response);
    r->response = NULL;
    answer_problem(r, status, detail);
    /* What the handler holds for it is not needed while the rest is dropped. */
    tell_gone(r);
}

void ce_http_requests_slow(request *r)
{
    if (is_in_body(r))
        ce_http_count(&r->face, CE_HTTP_SLOW_BODY);
    cut_off(r, 408, "the request takes too long");
}

void ce_http_requests_stop(ce_http_requests *q)
{
    q->quiet = true;
    for (request *r = q->first; r; r = r->after)
        cut_off(r, 503, "shutting down");
}

void ce_http_requests_refuse_of(ce_http_requests *q, const void *member)
{
    for (request *r = q->first; r; r = r->after)
        if (r->face.member == member)
            cut_off(r, 503, "shutting down");
}

void ce_http_requests_forget(ce_http_requests *q, const void *member)
{
    for (request *r = q->first; r; r = r->after) {
        if (r->face.member != member)
            continue;
        answer_problem(r, 503, "shutting down");
        tell_gone(r);
        r->face.fields = NULL;
        r->face.tally = NULL;
        r->face.member = NULL;
    }
}

void ce_http_requests_refuse(ce_http_requests *q)
{
    for (request *r = q->first; r; r = r->after)
        if (!r->response)
            answer_problem(r, 503, "shutting down");
}
