/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the target with OPTIONS, and hears the answer at once or, where a
 * callback is offered, later. */
#include "bindings/http/consent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bindings/http/transfer.h"

enum {
    /* A target that starts with us is asked again at once; one whose owner
     * still has to agree, twice a minute. */
    PAUSE_FIRST_MS = 100,
    PAUSE_LAST_MS = 30000,
    /* The target may have to ask a person before it calls back. */
    CALLBACK_MS = 60000
};

static ce_loop *loop_of(const ce_http_consent *c)
{
    return c->exchange.connection.multi->loop;
}

static const ce_http_target *target_of(const ce_http_consent *c)
{
    return c->exchange.connection.target;
}

static void tell(ce_http_consent *c, ce_http_standing standing,
                 const char *reason)
{
    c->standing = standing;
    snprintf(c->reason, sizeof c->reason, "%s", reason);
    c->changed(c->arg);
}

/* --- outcomes --- */

static void ask_again(ce_http_consent *c, uint64_t wait_ms)
{
    ce_timer_start(loop_of(c), &c->again, wait_ms);
}

/* Asks again after the pause, which grows, or after WAIT_MS if that is
 * longer. */
static void refuse(ce_http_consent *c, const char *reason, uint64_t wait_ms)
{
    uint64_t pause = c->pause_ms;

    c->pause_ms = pause * 2 < PAUSE_LAST_MS ? pause * 2 : PAUSE_LAST_MS;
    ask_again(c, wait_ms > pause ? wait_ms : pause);
    tell(c, CE_HTTP_NO_CONSENT, reason);
}

/* The target's rate, and no more than we have asked for; false: RATE is none
 * (Web Hooks 4.2.2, HOOK-14). A callback may leave it out
 * (4.1.3): then it is what was asked for. */
static bool grant(ce_http_consent *c, ce_slice rate)
{
    uint64_t asked = target_of(c)->webhook_rate, granted = 0;

    if (rate.ptr && !ce_http_rate_parse(rate, &granted))
        return false;
    if (granted == 0 || (asked && asked < granted))
        granted = asked;
    c->rate = (ce_http_rate){ .per_minute = granted, .burst = 1 };
    ce_timer_stop(&c->again);
    tell(c, CE_HTTP_CONSENT, "");
    return true;
}

static bool on_callback(void *arg, ce_slice rate)
{
    ce_http_consent *c = arg;

    /* A call on its way while the target answers 410: 410 is for good. */
    if (c->standing == CE_HTTP_RETIRED)
        return true;
    return grant(c, rate);
}

void ce_http_consent_retire(ce_http_consent *c)
{
    ce_timer_stop(&c->again);
    tell(c, CE_HTTP_RETIRED, "the target has retired (HTTP 410)");
}

/* --- the response --- */

static void keep(ce_slice value, char *out, size_t size, bool *has)
{
    snprintf(out, size, "%.*s", CE_ARG(value));
    *has = true;
}

static ce_http_consent *consent_of(void *exchange)
{
    return CE_OWNER(exchange, ce_http_consent, exchange);
}

static void begin_response(void *exchange)
{
    ce_http_consent *c = consent_of(exchange);

    c->has_origin = c->has_rate = false;
    c->wait_ms = 0;
}

static void take_field(void *exchange, ce_slice name, ce_slice value)
{
    ce_http_consent *c = consent_of(exchange);

    if (ce_slice_eq_nocase(name, CE_SLICE("WebHook-Allowed-Origin")))
        keep(value, c->origin, sizeof c->origin, &c->has_origin);
    else if (ce_slice_eq_nocase(name, CE_SLICE("WebHook-Allowed-Rate")))
        keep(value, c->allowed_rate, sizeof c->allowed_rate, &c->has_rate);
    else if (ce_slice_eq_nocase(name, CE_SLICE("Retry-After")))
        c->wait_ms = ce_http_retry_after_ms(value);
}

static const ce_http_response_ops response_ops = {
    .begin = begin_response,
    .field = take_field,
};

/* RFC 4343: names of hosts do not differ by case. */
static bool is_for_us(const ce_http_consent *c)
{
    return !strcmp(c->origin, "*") ||
           !strcasecmp(c->origin, target_of(c)->webhook_origin);
}

static void refuse_status(ce_http_consent *c, unsigned status)
{
    char reason[sizeof c->reason];

    snprintf(reason, sizeof reason,
             "the target has not consented to webhooks (HTTP %u)", status);
    refuse(c, reason, c->wait_ms);
}

/* The answer has to name us: a success alone means nothing, for many servers
 * answer OPTIONS with 200 (Web Hooks 4.2.1, HOOK-13). */
static void judge(ce_http_consent *c, unsigned status)
{
    ce_slice rate = { NULL, 0 };
    char reason[sizeof c->reason];

    if (status < 200 || status > 299) {
        refuse_status(c, status);
        return;
    }
    if (!c->has_origin && c->callback) {
        refuse(c, "the target has not called back yet", CALLBACK_MS);
        return;
    }
    if (!c->has_origin) {
        refuse_status(c, status);
        return;
    }
    if (!is_for_us(c)) {
        snprintf(reason, sizeof reason,
                 "the target has consented to another origin: %.100s",
                 c->origin);
        refuse(c, reason, c->wait_ms);
        return;
    }
    if (c->has_rate)
        rate = ce_slice_of(c->allowed_rate);
    if (grant(c, rate))
        return;
    snprintf(reason, sizeof reason,
             "the target's WebHook-Allowed-Rate is no rate: %s",
             c->allowed_rate);
    refuse(c, reason, c->wait_ms);
}

static void on_done(ce_http_exchange *x, ce_http_end end)
{
    ce_http_consent *c = consent_of(x);
    unsigned status = x->response.status;

    (void)end;
    c->asking = false;
    /* A callback was faster. */
    if (c->standing != CE_HTTP_NO_CONSENT)
        return;
    if (!status)
        refuse(c, x->failure, 0);
    else if (status == 410)
        ce_http_consent_retire(c);
    else
        judge(c, status);
}

/* --- the request --- */

/* The handshake of Web Hooks 4.1.2 to 4.1.4 (HOOK-12). The origin is one of the
 * target's headers, since every event carries it too. */
static ce_status write_request(ce_http_consent *c)
{
    const ce_http_target *t = target_of(c);
    ce_buf *head = &c->exchange.head;
    ce_status status = CE_OK;

    ce_buf_clear(head);
    status = ce_buf_printf(head, "OPTIONS%.*s", CE_ARG(ce_buf_slice(&t->head)));
    if (status == CE_OK && t->webhook_rate)
        status = ce_buf_printf(head, "WebHook-Request-Rate: %" PRIu64 "\r\n",
                               t->webhook_rate);
    if (status == CE_OK && c->callback)
        status = ce_buf_printf(head, "WebHook-Request-Callback: %s\r\n",
                               ce_http_callback_url(c->callback));
    if (status == CE_OK)
        status = ce_buf_append(head, CE_SLICE("\r\n"));
    return status;
}

static void ask(ce_timer *t)
{
    ce_http_consent *c = CE_OWNER(t, ce_http_consent, again);

    if (c->asking)
        return;
    if (write_request(c) != CE_OK) {
        refuse(c, "out of memory", 0);
        return;
    }
    c->asking = true;
    ce_http_exchange_begin(&c->exchange);
}

/* --- life --- */

ce_status ce_http_consent_start(ce_http_consent *c, ce_error *err)
{
    const ce_settings *s = target_of(c)->settings;
    const ce_http_callback_config config = {
        .url = ce_settings_text(s, "webhook_callback"),
        .listen = ce_settings_text(s, "webhook_listen"),
        .heard = on_callback,
        .arg = c,
    };
    ce_status status = CE_OK;

    c->exchange.ops = &response_ops;
    c->exchange.done = on_done;
    c->again.fire = ask;
    c->pause_ms = PAUSE_FIRST_MS;
    if (config.url)
        status = ce_http_callback_open(&c->callback, loop_of(c), &config, err);
    if (status != CE_OK)
        return status;
    ask(&c->again);
    return CE_OK;
}

void ce_http_consent_hurry(ce_http_consent *c)
{
    if (!c->asking)
        ask_again(c, 0);
}

void ce_http_consent_stop(ce_http_consent *c)
{
    ce_timer_stop(&c->again);
    ce_http_exchange_break(&c->exchange);
    c->asking = false;
}

void ce_http_consent_close(ce_http_consent *c)
{
    ce_http_consent_stop(c);
    ce_http_callback_close(c->callback);
    ce_http_exchange_close(&c->exchange);
}
