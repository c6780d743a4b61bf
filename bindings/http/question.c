/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS changes nothing (RFC 9110 9.2.1), and shows whether the way to a
 * target is open, and our login good. */
#include "bindings/http/exchange.h"
#include "bindings/http/http.h"
#include "core/pipeline/health.h"

typedef struct question {
    ce_health health;
    ce_http_target target;
    ce_http_multi multi;
    ce_http_exchange exchange;
} question;

/* What a server says of OPTIONS at a path of its own is no fault. */
static const char *fault_of(unsigned status)
{
    switch (status) {
    case 401:
    case 403:
        return "login refused (HTTP %u); look at token, user and password";
    case 407:
        return "the proxy refuses our login (HTTP %u); look at proxy";
    case 502:
    case 503:
    case 504:
        return "the target is not available (HTTP %u)";
    default:
        return NULL;
    }
}

/* The status says all. */
static const ce_http_response_ops response_ops = { .body = NULL };

static void on_done(ce_http_exchange *x, ce_http_end end)
{
    question *q = CE_OWNER(x, question, exchange);
    const char *fault = fault_of(x->response.status);

    if (end != CE_HTTP_ANSWERED && !x->response.status)
        ce_health_down(&q->health, "%s", x->failure);
    else if (fault)
        ce_health_down(&q->health, fault, x->response.status);
    else
        ce_health_up(&q->health);
}

/* The target of a path with placeholders is not known: its root is asked. */
static ce_status write_request(question *q)
{
    return ce_buf_printf(&q->exchange.head, "OPTIONS%s%.*s\r\n",
                         q->target.path ? " /" : "",
                         CE_ARG(ce_buf_slice(&q->target.head)));
}

static ce_status begin(question *q, const ce_endpoint *at, bool wants_reply,
                       ce_error *err)
{
    ce_status status =
        ce_http_target_open(&q->target, at->settings, wants_reply, err);

    if (status != CE_OK)
        return status;
    q->exchange.connection.multi = &q->multi;
    q->exchange.connection.target = &q->target;
    q->exchange.ops = &response_ops;
    q->exchange.done = on_done;
    if (ce_http_multi_open(&q->multi, at->loop) != CE_OK ||
        write_request(q) != CE_OK)
        return ce_no_memory(err);
    ce_http_exchange_begin(&q->exchange);
    return CE_OK;
}

ce_status ce_http_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err)
{
    question q = { .exchange.step = CE_HTTP_IDLE };
    ce_status status;

    /* A source waits to be asked itself. */
    if (role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER)
        return CE_ENOTSUP;
    ce_health_init(&q.health, at->loop, ce_settings_label(at->settings));
    status = begin(&q, at, role == CE_ROLE_REQUESTER, err);
    if (status == CE_OK)
        status = ce_health_await(&q.health, timeout_ms, err);
    ce_http_exchange_close(&q.exchange);
    ce_http_multi_close(&q.multi);
    ce_http_target_close(&q.target);
    return status;
}
