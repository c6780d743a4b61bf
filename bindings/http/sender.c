/* SPDX-License-Identifier: Apache-2.0 */
/* Sends events as POST requests.
 *
 * The way of a delivery, in the order of this file:
 *     push            it is answered without sending (is_answered), or waits
 *                     (waiting.c says which events share a request)
 *     send_waiting    the first that waits gets a transfer (transfer.c)
 *     finish          the response is the result; the transfer is free again,
 *                     and keeps its connection
 * The target counts as connected until a request cannot connect. Then a probe
 * (probe.c) tries a bare connection now and then, and everything pushed
 * meanwhile is settled at once. A webhook's target counts as connected while
 * it consents (consent.c). */
#include <cloudevents/alloc.h>

#include "bindings/http/consent.h"
#include "bindings/http/multi.h"
#include "bindings/http/probe.h"
#include "bindings/http/transfer.h"
#include "bindings/http/waiting.h"

typedef struct http_sender http_sender;

struct http_sender {
    ce_sender sender;
    ce_loop *loop;
    const ce_settings *settings;
    ce_http_target target;
    ce_http_multi multi;
    ce_http_transfer *transfers; /* COUNT of them, of which MADE are opened */
    unsigned count, made;
    unsigned busy;           /* transfers that are under way */
    ce_queue unused;         /* transfers that were */
    ce_http_waiting waiting; /* deliveries for a transfer */
    ce_http_probe probe;
    ce_http_consent consent;  /* used by webhooks */
    ce_timer pace_timer;      /* until a webhook's rate has room */
    uint64_t paused_until_ms; /* by a webhook's 429 */
    bool direct; /* every event tries to connect, or to have consent */
    bool stopped;
    ce_timer stop_timer;
    void (*done)(void *arg); /* NULL: not stopped, or called */
    void *done_arg;
};

static void check_done(http_sender *s);
static void send_waiting(http_sender *s);

/* --- the target is away --- */

static void give_up_waiting(http_sender *s, const char *reason)
{
    ce_result r = ce_result_unsent("%s", reason);

    ce_http_waiting_settle(&s->waiting, &r);
}

static void go_down(http_sender *s, const char *reason)
{
    ce_health_down(&s->sender.health, "%s", reason);
    if (!s->stopped)
        ce_http_probe_start(&s->probe);
}

/* --- webhooks --- */

static bool is_webhook(const http_sender *s)
{
    return s->target.webhook_origin != NULL;
}

static ce_result retired(const http_sender *s)
{
    return ce_result_http(410, "%s", s->consent.reason);
}

/* A retired target counts as connected: it refuses events, which is an answer
 * too. */
static void on_consent(void *arg)
{
    http_sender *s = arg;
    ce_result r = retired(s);

    if (s->consent.standing == CE_HTTP_NO_CONSENT) {
        ce_health_down(&s->sender.health, "%s", s->consent.reason);
        give_up_waiting(s, s->consent.reason);
        return;
    }
    ce_health_up(&s->sender.health);
    if (s->consent.standing == CE_HTTP_RETIRED)
        ce_http_waiting_settle(&s->waiting, &r);
    else
        send_waiting(s);
}

/* What is pushed while the target wants no requests (HOOK-07). */
static ce_result paused(const http_sender *s)
{
    uint64_t now = ce_loop_now_ms(s->loop);
    ce_result r = ce_result_http(429, "the target has asked to wait");

    r.retry_after_ms = (uint32_t)(s->paused_until_ms - now);
    return r;
}

static bool is_paused(const http_sender *s)
{
    return s->paused_until_ms > ce_loop_now_ms(s->loop);
}

/* 410 ends sending for good, 429 until Retry-After is over (Web Hooks 2.2,
 * HOOK-06 and HOOK-07). */
static void obey(http_sender *s, const ce_result *r)
{
    if (r->code == 410) {
        ce_http_consent_retire(&s->consent);
    } else if (r->code == 429 && r->retry_after_ms) {
        s->paused_until_ms = ce_loop_now_ms(s->loop) + r->retry_after_ms;
        ce_http_waiting_settle(&s->waiting, r);
    }
}

/* Whether the next event has to wait for the rate that the target allows (Web
 * Hooks 4.2.2). If not, it is counted. */
static bool must_wait(http_sender *s)
{
    uint64_t ms;

    if (!is_webhook(s))
        return false;
    ms = ce_http_rate_take(&s->consent.rate, ce_loop_now_ms(s->loop));
    if (ms == 0)
        return false;
    ce_timer_start(s->loop, &s->pace_timer, ms);
    return true;
}

/* --- events come --- */

/* The answer to the question is on its way: it decides. Where a caller waits
 * for this one event, the question is asked at once. */
static bool waits_for_consent(http_sender *s)
{
    if (!is_webhook(s) || s->consent.standing != CE_HTTP_NO_CONSENT)
        return false;
    if (s->direct)
        ce_http_consent_hurry(&s->consent);
    return s->direct || s->consent.asking;
}

/* Whether there is an answer without sending. */
static bool is_answered(http_sender *s, ce_result *out)
{
    if (s->stopped)
        *out = ce_result_make(CE_UNDELIVERED, "shutting down");
    else if (s->consent.standing == CE_HTTP_RETIRED)
        *out = retired(s);
    else if (!s->sender.health.up && !waits_for_consent(s))
        *out = ce_result_unsent("%s", s->sender.health.reason);
    else if (is_paused(s))
        *out = paused(s);
    else
        return false;
    return true;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    http_sender *s = (http_sender *)stage;
    ce_result r;

    if (is_answered(s, &r)) {
        ce_settle(d, &r);
        return;
    }
    ce_http_waiting_add(&s->waiting, d);
    send_waiting(s);
}

/* --- transfers --- */

static void finish(ce_http_exchange *x, ce_http_end end);

static ce_http_transfer *open_transfer(http_sender *s)
{
    ce_http_transfer *t = &s->transfers[s->made];

    if (ce_http_transfer_open(t, &s->target) != CE_OK)
        return NULL;
    t->exchange.connection.multi = &s->multi;
    t->exchange.done = finish;
    t->sender = s;
    s->made++;
    return t;
}

/* The one used last comes first: its memory is still in the cache. */
static ce_http_transfer *take_transfer(http_sender *s)
{
    ce_http_transfer *t = CE_QUEUE_TAKE(&s->unused, ce_http_transfer, link);

    if (t || s->made == s->count)
        return t;
    return open_transfer(s);
}

/* Those with a connection come before those without. */
static void release(http_sender *s, ce_http_transfer *t)
{
    t->count = 0;
    if (ce_http_connection_is_open(&t->exchange.connection))
        ce_queue_put_back(&s->unused, &t->link);
    else
        ce_queue_add(&s->unused, &t->link);
}

/* A batch that is refused says nothing of each of its events: each is sent by
 * itself, and then has an answer of its own. What else a batch is told the
 * stages may take for a refusal: they send its events once more. */
static void settle_events(http_sender *s, ce_http_transfer *t, ce_result *r)
{
    ce_queue events = ce_queue_take_all(&t->events);
    ce_delivery *d;
    bool split;

    r->shared = t->count > 1;
    split = r->shared && r->verdict == CE_NACK;
    while ((d = CE_QUEUE_TAKE(&events, ce_delivery, link))) {
        d->alone = split;
        if (split && s->stopped)
            ce_settle_undelivered(d, 0, 0, "shutting down");
        else if (split)
            ce_http_waiting_add(&s->waiting, d);
        else
            ce_settle(d, r);
    }
}

static void begin(http_sender *s, ce_http_transfer *t)
{
    ce_error err = { CE_EINVAL, "the event cannot be written as a request" };
    ce_status status = ce_http_transfer_begin(t, &err);
    ce_result r;

    if (status == CE_OK) {
        s->busy++;
        return;
    }
    if (status == CE_ENOMEM || status == CE_EIO)
        r = ce_result_make(CE_UNDELIVERED, "out of memory");
    else
        r = ce_result_make(CE_NACK, "%s", err.text);
    settle_events(s, t, &r);
    release(s, t);
}

static bool has_next(http_sender *s)
{
    ce_http_waiting_drop_abandoned(&s->waiting);
    return ce_http_waiting_has(&s->waiting) && s->sender.health.up;
}

static void send_waiting(http_sender *s)
{
    while (has_next(s)) {
        ce_http_transfer *t = take_transfer(s);

        if (!t && s->busy > 0)
            return; /* one of those will end, and then it goes on */
        if (!t) {
            give_up_waiting(s, "out of memory");
            return;
        }
        if (must_wait(s)) {
            release(s, t);
            return;
        }
        t->count = ce_http_waiting_take(&s->waiting, &t->events);
        begin(s, t);
    }
}

static void on_due(ce_http_waiting *w)
{
    send_waiting(CE_OWNER(w, http_sender, waiting));
}

static void on_pace(ce_timer *t)
{
    send_waiting(CE_OWNER(t, http_sender, pace_timer));
}

static void finish(ce_http_exchange *x, ce_http_end end)
{
    ce_http_transfer *t = CE_OWNER(x, ce_http_transfer, exchange);
    http_sender *s = t->sender;
    ce_message reply;
    ce_result r = ce_http_transfer_result(t, end, &reply);

    s->busy--;
    if (end == CE_HTTP_NOT_CONNECTED && !s->direct) {
        go_down(s, r.reason);
        give_up_waiting(s, r.reason);
    }
    if (is_webhook(s))
        obey(s, &r);
    /* The result borrows from the transfer, which is free only afterwards. */
    settle_events(s, t, &r);
    release(s, t);
    send_waiting(s);
    check_done(s);
}

static void on_probe(ce_http_probe *p, const char *failure)
{
    http_sender *s = CE_OWNER(p, http_sender, probe);

    if (failure)
        go_down(s, failure);
    else
        ce_health_up(&s->sender.health);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    http_sender *s = (http_sender *)sender;

    if (is_webhook(s))
        return ce_http_consent_start(&s->consent, err);
    ce_health_up(&sender->health);
    return CE_OK;
}

static void hurry(ce_sender *sender)
{
    ce_http_waiting_hurry(&((http_sender *)sender)->waiting);
}

static void check_done(http_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!done || s->busy > 0 || !ce_http_waiting_is_empty(&s->waiting))
        return;
    s->done = NULL;
    ce_timer_stop(&s->stop_timer);
    done(s->done_arg);
}

static void break_off(http_sender *s, ce_http_transfer *t)
{
    ce_result r =
        ce_result_make(CE_UNDELIVERED, "no answer before the shutdown");

    ce_http_exchange_break(&t->exchange);
    s->busy--;
    settle_events(s, t, &r);
    release(s, t);
}

static void on_stop_timer(ce_timer *t)
{
    http_sender *s = CE_OWNER(t, http_sender, stop_timer);

    for (unsigned i = 0; i < s->made; i++)
        if (s->transfers[i].count > 0)
            break_off(s, &s->transfers[i]);
    check_done(s);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    http_sender *s = (http_sender *)sender;

    s->stopped = true;
    s->done = done;
    s->done_arg = arg;
    ce_timer_stop(&s->pace_timer);
    ce_http_probe_stop(&s->probe);
    ce_http_consent_stop(&s->consent);
    give_up_waiting(s, "shutting down");
    ce_timer_start(s->loop, &s->stop_timer, timeout_ms);
    check_done(s);
}

static void close_sender(ce_stage *stage)
{
    http_sender *s = (http_sender *)stage;

    ce_timer_stop(&s->pace_timer);
    ce_timer_stop(&s->stop_timer);
    ce_timer_stop(&s->waiting.timer);
    ce_http_probe_stop(&s->probe);
    ce_http_consent_close(&s->consent);
    for (unsigned i = 0; i < s->made; i++)
        ce_http_transfer_close(&s->transfers[i]);
    ce_http_multi_close(&s->multi);
    ce_http_target_close(&s->target);
    ce_free(s->transfers);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "http",
    .push = push,
    .close = close_sender,
};

static const ce_sender_ops sender_ops = {
    .start = start,
    .stop = stop,
    .hurry = hurry,
};

static ce_status open_transfers(http_sender *s, ce_error *err)
{
    s->count = (unsigned)ce_settings_integer(s->settings, "max_in_flight");
    s->transfers = ce_alloc_zeroed(s->count * sizeof *s->transfers);
    if (!s->transfers || ce_http_multi_open(&s->multi, s->loop) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status open_sender(ce_sender **out, const ce_endpoint *at,
                             bool wants_reply, ce_error *err)
{
    http_sender *s = ce_alloc_zeroed(sizeof *s);
    ce_status status;

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &sender_ops;
    s->loop = at->loop;
    s->settings = at->settings;
    s->direct = at->direct;
    s->stop_timer.fire = on_stop_timer;
    s->pace_timer.fire = on_pace;
    s->waiting.loop = at->loop;
    s->waiting.due = on_due;
    ce_http_waiting_open(&s->waiting, at->settings);
    s->probe = (ce_http_probe){
        .connection = { .multi = &s->multi, .target = &s->target },
        .found = on_probe,
    };
    s->consent = (ce_http_consent){
        .exchange.connection = { .multi = &s->multi, .target = &s->target },
        .changed = on_consent,
        .arg = s,
    };
    ce_health_init(&s->sender.health, at->loop,
                   ce_settings_label(at->settings));
    status = ce_http_target_open(&s->target, at->settings, wants_reply, err);
    if (status == CE_OK)
        status = open_transfers(s, err);
    if (status != CE_OK) {
        close_sender(&s->sender.stage);
        return status;
    }
    *out = &s->sender;
    return CE_OK;
}

ce_status ce_http_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err)
{
    return open_sender(out, at, false, err);
}

ce_status ce_http_requester_open(ce_sender **out, const ce_endpoint *at,
                                 ce_error *err)
{
    return open_sender(out, at, true, err);
}
