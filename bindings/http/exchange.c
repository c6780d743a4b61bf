/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a request, reads the response, and decides what becomes of the
 * connection.
 *
 * A request is sent twice only if the connection had served before and ends
 * without a byte of an answer: a server may close a kept connection at any
 * time, and that is how it shows (RFC 9112 9.3.1). What its system has
 * acknowledged says nothing, for that is done for unread bytes, too. The second
 * one goes over a new connection, so that there is no third.
 *
 * A server may answer before it has read the request. A success then means that
 * it goes on to read, and the request is written to its end; what else it says
 * holds at once. */
#include "bindings/http/exchange.h"

#include <string.h>

#include <cloudevents/alloc.h>

enum {
    READ_BYTES = 32 << 10,
    KEPT = 256 << 10, /* a larger buffer is given back: large bodies are rare */
    /* A server that does not know "Expect" waits for the body. */
    EXPECT_MS = 1000,
    /* The rest of a response whose status says it all. */
    BODY_MS = 1000,
    /* Balancers and firewalls forget connections that are silent for a minute,
     * some without a word. */
    IDLE_MS = 55000
};

static ce_loop *loop_of(const ce_http_exchange *x)
{
    return x->connection.multi->loop;
}

static void arm(ce_http_exchange *x, uint64_t most_ms)
{
    uint64_t now = ce_loop_now_ms(loop_of(x));
    uint64_t left = x->deadline_ms > now ? x->deadline_ms - now : 0;

    ce_timer_start(loop_of(x), &x->timer, left < most_ms ? left : most_ms);
}

bool ce_http_exchange_is_sent(const ce_http_exchange *x)
{
    return x->head_left.len == 0 && x->body_left.len == 0;
}

/* RFC 9110 10.1.1: a body that is held goes behind a final status only if the
 * server has said before that it will read it. */
static bool must_write(const ce_http_exchange *x)
{
    return x->response.status / 100 == 2 && !ce_http_exchange_is_sent(x) &&
           (!x->held || x->response.goes_on);
}

/* --- the end --- */

static void finish(ce_http_exchange *x, ce_http_end end, const char *failure)
{
    bool keeps = end == CE_HTTP_ANSWERED && x->response.keeps &&
                 ce_http_exchange_is_sent(x) && !x->connection.ended;

    ce_timer_stop(&x->timer);
    if (!keeps)
        ce_http_connection_close(&x->connection);
    x->step = CE_HTTP_IDLE;
    x->idle_since_ms = ce_loop_now_ms(loop_of(x));
    x->failure = failure;
    if (x->head.cap > KEPT)
        ce_buf_free(&x->head);
    x->done(x, end);
}

static void connect_anew(ce_http_exchange *x)
{
    x->reused = x->held = false;
    x->step = CE_HTTP_CONNECTING;
    /* Without memory the timer tells: DONE is not called from begin. */
    arm(x, ce_http_connection_open(&x->connection) == CE_OK ? UINT64_MAX : 0);
}

/* With TLS 1.3 a server tells only now that it wants a certificate. */
static const char *why_cut(const ce_http_exchange *x)
{
    const char *error = ce_http_connection_error(&x->connection);

    if (x->heard)
        return x->response.defect;
    return error ? error : "the connection ended without an answer";
}

/* The connection has ended, perhaps before the response. An error that writing
 * has met is an end without an error for reading. */
static void lose(ce_http_exchange *x, ce_http_progress how)
{
    ce_http_connection_close(&x->connection);
    if (x->reused && !x->heard) {
        connect_anew(x);
        return;
    }
    if (how == CE_HTTP_ENDED && ce_http_exchange_is_sent(x))
        ce_http_response_close(&x->response);
    else
        ce_http_response_cut(&x->response);
    if (x->response.part == CE_HTTP_COMPLETE)
        finish(x, CE_HTTP_ANSWERED, NULL);
    else
        finish(x, CE_HTTP_CUT, why_cut(x));
}

/* Returns whether the exchange is over: the response is, and the request. */
static bool end_if_over(ce_http_exchange *x)
{
    bool is_whole = x->response.part == CE_HTTP_COMPLETE;

    if (!ce_http_response_is_over(&x->response) || must_write(x))
        return false;
    finish(x, is_whole ? CE_HTTP_ANSWERED : CE_HTTP_CUT, x->response.defect);
    return true;
}

/* --- reading --- */

/* The status of a response says it all, unless a reply is wanted: its body may
 * be slow, or never end. */
static void wait_for_rest(ce_http_exchange *x)
{
    bool is_short = !x->waits_for_body && !must_write(x);

    arm(x, is_short ? BODY_MS : UINT64_MAX);
}

static void take(ce_http_exchange *x, ce_slice in)
{
    bool had_head = x->response.has_head;

    x->heard = true;
    in = ce_slice_skip(in, ce_http_response_take(&x->response, in));
    /* What is behind a response belongs to no request. */
    x->response.keeps &= in.len == 0;
    if (!had_head && x->response.has_head &&
        !ce_http_response_is_over(&x->response))
        wait_for_rest(x);
}

/* Returns whether the exchange is over, one way or the other. What comes while
 * the request is still written only shows whether the connection stands. */
static bool read_all(ce_http_exchange *x)
{
    char bytes[READ_BYTES];

    for (;;) {
        bool was_over = ce_http_response_is_over(&x->response);
        size_t len = sizeof bytes;
        ce_http_progress p =
            ce_http_connection_recv(&x->connection, bytes, &len);

        if (p == CE_HTTP_WAIT)
            return false;
        if (p != CE_HTTP_DONE) {
            lose(x, p);
            return true;
        }
        take(x, (ce_slice){ bytes, len });
        if (end_if_over(x))
            return true;
        if (was_over)
            return false;
    }
}

/* --- writing --- */

static ce_http_progress write_some(ce_http_exchange *x)
{
    ce_http_progress p = ce_http_connection_send(&x->connection, &x->head_left);

    if (p == CE_HTTP_DONE && !x->held)
        p = ce_http_connection_send(&x->connection, &x->body_left);
    return p;
}

static void write_all(ce_http_exchange *x)
{
    switch (write_some(x)) {
    case CE_HTTP_WAIT:
        break;
    case CE_HTTP_DONE:
        x->step = CE_HTTP_READING;
        if (x->response.has_head)
            wait_for_rest(x);
        break;
    default:
        /* Reading shows it too, and before that the answer, if one has come:
         * "too large", perhaps. */
        x->step = CE_HTTP_READING;
        ce_http_connection_watch(&x->connection, false);
        break;
    }
}

/* RFC 9110 10.1.1: behind a final status a server need not read the body, and
 * then takes it for the next request. */
static bool may_send_held(const ce_http_exchange *x)
{
    return x->held && (!x->response.has_head || must_write(x));
}

static void send_held(ce_http_exchange *x)
{
    x->held = false;
    x->step = CE_HTTP_SENDING;
    arm(x, UINT64_MAX);
    write_all(x);
}

static void send_request(ce_http_exchange *x)
{
    x->step = CE_HTTP_SENDING;
    x->head_left = ce_buf_slice(&x->head);
    x->body_left = x->body;
    x->held = x->expects;
    arm(x, x->held ? EXPECT_MS : UINT64_MAX);
    write_all(x);
}

/* --- events --- */

static void on_connected(ce_http_connection *c, const char *failure)
{
    ce_http_exchange *x = CE_OWNER(c, ce_http_exchange, connection);

    if (failure)
        finish(x, CE_HTTP_NOT_CONNECTED, failure);
    else
        send_request(x);
}

/* Between two exchanges a server says nothing but that it closes. TLS has words
 * of its own, which libcurl reads. */
static void on_ready_idle(ce_http_exchange *x)
{
    char byte;
    size_t len = 1;

    if (ce_http_connection_recv(&x->connection, &byte, &len) != CE_HTTP_WAIT)
        ce_http_connection_close(&x->connection);
}

static void on_ready(ce_http_connection *c)
{
    ce_http_exchange *x = CE_OWNER(c, ce_http_exchange, connection);

    if (x->step == CE_HTTP_IDLE) {
        on_ready_idle(x);
        return;
    }
    if (read_all(x))
        return;
    if (may_send_held(x) && x->response.goes_on)
        send_held(x);
    else if (x->step == CE_HTTP_SENDING)
        write_all(x);
    end_if_over(x);
}

static void on_timer(ce_timer *t)
{
    ce_http_exchange *x = CE_OWNER(t, ce_http_exchange, timer);
    bool is_late = ce_loop_now_ms(loop_of(x)) >= x->deadline_ms;

    if (x->step == CE_HTTP_CONNECTING && !x->connection.easy) {
        finish(x, CE_HTTP_NO_MEMORY, "out of memory");
        return;
    }
    if (may_send_held(x) && !is_late) {
        send_held(x);
        return;
    }
    ce_http_connection_close(&x->connection);
    if (x->step == CE_HTTP_CONNECTING)
        finish(x, CE_HTTP_NOT_CONNECTED, "no connection within the timeout");
    else
        finish(x, CE_HTTP_CUT, "no answer within the timeout");
}

/* --- life --- */

static void drop_old(ce_http_exchange *x)
{
    if (ce_loop_now_ms(loop_of(x)) - x->idle_since_ms > IDLE_MS)
        ce_http_connection_close(&x->connection);
}

void ce_http_exchange_begin(ce_http_exchange *x)
{
    x->timer.fire = on_timer;
    x->connection.connected = on_connected;
    x->connection.ready = on_ready;
    x->deadline_ms =
        ce_loop_now_ms(loop_of(x)) + x->connection.target->timeout_ms;
    x->heard = false;
    ce_http_response_begin(&x->response, x->ops, x);
    drop_old(x);
    if (!ce_http_connection_is_open(&x->connection)) {
        connect_anew(x);
        return;
    }
    x->reused = true;
    send_request(x);
}

void ce_http_exchange_break(ce_http_exchange *x)
{
    ce_timer_stop(&x->timer);
    ce_http_connection_close(&x->connection);
    x->step = CE_HTTP_IDLE;
}

void ce_http_exchange_close(ce_http_exchange *x)
{
    ce_http_exchange_break(x);
    ce_http_response_free(&x->response);
    ce_buf_free(&x->head);
}
