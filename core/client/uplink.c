/* SPDX-License-Identifier: Apache-2.0 */
/* From calls into a sender: opened at the first call, with retry between.
 *
 * A broker takes a moment to connect, so that a call waits for the connection
 * for a while; a sender itself would refuse it at once. */
#include "core/client/client.h"

#include "core/stages/stages.h"

static void on_up(ce_task *t);

static void changed(ce_watch *w, const ce_health *h)
{
    ce_uplink *u = CE_OWNER(w, ce_uplink, watch);

    if (h->up)
        ce_loop_post(u->client->driver.loop, &u->up);
}

void ce_uplink_init(ce_uplink *u, ce_client *c, bool replies)
{
    u->client = c;
    u->replies = replies;
    u->watch.changed = changed;
    u->up.run = on_up;
}

/* --- opening --- */

static ce_status add_retry(ce_uplink *u, ce_error *err)
{
    const ce_client *c = u->client;
    const ce_retry_policy *p = &c->retry;
    ce_retry_config config = {
        .max_attempts = p->max_attempts,
        .base_ms = p->base_ms,
        .cap_ms = p->cap_ms,
        .max_age_ms = p->budget_ms,
        .order = CE_ORDER_NONE,
        .also = p->also,
        .never = p->never,
        .sink = &u->sender->health,
    };

    if (!c->options.retry)
        return CE_OK;
    if (ce_retry_stage(&u->retry, &u->sender->stage, c->driver.loop, &config) !=
        CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static void close_ends(ce_uplink *u)
{
    if (u->retry)
        u->retry->ops->close(u->retry);
    if (u->sender)
        u->sender->stage.ops->close(&u->sender->stage);
    u->retry = NULL;
    u->sender = NULL;
}

static ce_status open_sender(ce_uplink *u, ce_error *err)
{
    ce_client *c = u->client;
    const ce_transport *t = c->transport;
    ce_sender_open_fn *open = u->replies ? t->requester : t->sender;
    ce_status status;

    if (!open)
        return ce_fail(err, CE_ENOTSUP, "%s: %s is not supported", t->name,
                       u->replies ? "asking for replies" : "sending");
    status = open(&u->sender, &c->at, err);
    if (status != CE_OK)
        return status;
    status = add_retry(u, err);
    if (status == CE_OK)
        status = u->sender->ops->start(u->sender, err);
    if (status != CE_OK) {
        close_ends(u);
        return status;
    }
    ce_health_watch(&u->sender->health, &u->watch);
    return CE_OK;
}

/* --- calls --- */

static ce_stage *head(ce_uplink *u)
{
    return u->retry ? u->retry : &u->sender->stage;
}

static void enqueue(ce_uplink *u, call *k)
{
    *ce_call_next(k) = NULL;
    if (u->last)
        *ce_call_next(u->last) = k;
    else
        u->first = k;
    u->last = k;
}

static call *dequeue(ce_uplink *u)
{
    call *k = u->first;

    if (!k)
        return NULL;
    u->first = *ce_call_next(k);
    if (!u->first)
        u->last = NULL;
    return k;
}

static void on_up(ce_task *t)
{
    ce_uplink *u = CE_OWNER(t, ce_uplink, up);

    while (u->first && u->sender->health.up)
        ce_call_push(dequeue(u), head(u));
}

static void fail(call *k, const ce_error *err)
{
    bool passing = err->status == CE_ENOMEM || err->status == CE_EIO;
    ce_result r =
        ce_result_make(passing ? CE_UNDELIVERED : CE_NACK, "%s", err->text);

    ce_call_fail(k, &r);
}

void ce_uplink_send(ce_uplink *u, call *k)
{
    ce_error err = { CE_ECLOSED, "the client is closed" };

    if (u->stopped || (!u->sender && open_sender(u, &err) != CE_OK)) {
        fail(k, &err);
    } else if (u->sender->health.up && !u->first) {
        ce_call_push(k, head(u));
    } else {
        ce_call_wait_for_connection(k);
        enqueue(u, k);
    }
}

void ce_uplink_take_back(ce_uplink *u, call *k)
{
    call *before = NULL;

    for (call *i = u->first; i != k; i = *ce_call_next(i))
        before = i;
    if (before)
        *ce_call_next(before) = *ce_call_next(k);
    else
        u->first = *ce_call_next(k);
    if (u->last == k)
        u->last = before;
}

const char *ce_uplink_reason(const ce_uplink *u)
{
    return u->sender && u->sender->health.reason[0] ? u->sender->health.reason
                                                    : "no connection";
}

/* --- the end --- */

void ce_uplink_stop(ce_uplink *u, unsigned timeout_ms, void (*done)(void *arg),
                    void *arg)
{
    ce_result r = ce_result_make(CE_UNDELIVERED, "the client is closed");
    call *k;

    u->stopped = true;
    while ((k = dequeue(u)))
        ce_call_fail(k, &r);
    if (u->retry)
        u->retry->ops->stop(u->retry);
    if (u->sender)
        u->sender->ops->stop(u->sender, timeout_ms, done, arg);
    else
        done(arg);
}

void ce_uplink_close(ce_uplink *u)
{
    if (u->sender)
        ce_health_unwatch(&u->sender->health, &u->watch);
    ce_loop_unpost(u->client->driver.loop, &u->up);
    close_ends(u);
}
