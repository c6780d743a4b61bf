/* SPDX-License-Identifier: Apache-2.0 */
/* From deliveries into a sender that is opened at the first of them. */
#include "core/client/uplink.h"

#include "core/stages/hold.h"
#include "core/stages/stages.h"

static const char closed[] = "the client is closed";

void ce_uplink_init(ce_uplink *u, const ce_uplink_config *c)
{
    *u = (ce_uplink){ .config = *c };
}

/* --- attempts --- */

static void tried(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    ce_call_tried(d, r);
    ce_settle(d, r);
}

static void try(ce_stage *s, ce_delivery *d)
{
    ce_call_tries(d);
    ce_delivery_hook(d, tried, s, 0);
    ce_push(s->next, d);
}

static const ce_stage_ops attempt_ops = {
    .name = "attempt",
    .push = try,
    .close = ce_stage_free,
};

static ce_status attempt_stage(ce_stage **out, ce_stage *next)
{
    *out = ce_stage_new(sizeof **out, &attempt_ops, next);
    return *out ? CE_OK : CE_ENOMEM;
}

/* --- opening --- */

static ce_retry_config retry_config(const ce_uplink *u)
{
    const ce_retry_policy *p = u->config.retry;

    return (ce_retry_config){
        .max_attempts = p->max_attempts,
        .base_ms = p->base_ms,
        .cap_ms = p->cap_ms,
        .max_age_ms = p->budget_ms,
        /* Calls do not wait for each other. */
        .order = CE_ORDER_NONE,
        .also = p->also,
        .never = p->never,
        .sink = &u->sender->health,
    };
}

static ce_status build(ce_uplink *u, ce_error *err)
{
    ce_chain *c = &u->chain;
    ce_loop *loop = u->config.at->loop;
    ce_hold_config hold = { .sink = &u->sender->health,
                            .wait_ms = u->config.connect_ms,
                            .closed = closed };

    ce_chain_begin(c, &u->sender->stage);
    if (u->config.retry) {
        ce_retry_config retry = retry_config(u);

        ce_chain_add(c, attempt_stage(&c->made, c->top));
        ce_chain_add(c, ce_retry_stage(&c->made, c->top, loop, &retry));
    }
    ce_chain_add(c, ce_hold_stage(&c->made, c->top, loop, &hold));
    return ce_chain_finish(c, &u->hold, err);
}

static void close_all(ce_uplink *u)
{
    ce_chain_close(&u->chain);
    if (u->sender)
        u->sender->stage.ops->close(&u->sender->stage);
    u->hold = NULL;
    u->sender = NULL;
}

static ce_status open_sender(ce_uplink *u, ce_error *err)
{
    const ce_transport *t = u->config.transport;
    bool replies = u->config.replies;
    ce_sender_open_fn *open = replies ? t->requester : t->sender;

    if (!open)
        return ce_fail(err, CE_ENOTSUP, "%s: %s is not supported", t->name,
                       replies ? "asking for replies" : "sending");
    return open(&u->sender, u->config.at, err);
}

static ce_status open_parts(ce_uplink *u, ce_error *err)
{
    ce_status status = open_sender(u, err);

    if (status != CE_OK)
        return status;
    status = build(u, err);
    if (status != CE_OK)
        return status;
    return u->sender->ops->start(u->sender, err);
}

static ce_status open_once(ce_uplink *u, ce_error *err)
{
    ce_status status;

    if (u->stopped)
        return ce_fail(err, CE_ECLOSED, "%s", closed);
    if (u->sender)
        return CE_OK;
    status = open_parts(u, err);
    if (status != CE_OK)
        close_all(u);
    return status;
}

/* --- deliveries --- */

/* Memory and the system may be better at another time, and another client may
 * be open: UNDELIVERED lets the application try again. Settings that are wrong
 * stay wrong. */
static void fail(ce_delivery *d, const ce_error *err)
{
    bool passing = err->status == CE_ENOMEM || err->status == CE_EIO ||
                   err->status == CE_ECLOSED;

    if (passing)
        ce_settle_undelivered(d, 0, 0, err->text);
    else
        ce_settle_nack(d, 0, err->text);
}

void ce_uplink_push(ce_uplink *u, ce_delivery *d)
{
    ce_error err = { CE_OK, "" };

    if (open_once(u, &err) == CE_OK)
        ce_push(u->hold, d);
    else
        fail(d, &err);
}

bool ce_uplink_give_up(ce_uplink *u, ce_delivery *d, const char *reason)
{
    return u->hold && ce_hold_give_up(u->hold, d, reason);
}

/* --- the end --- */

void ce_uplink_stop(ce_uplink *u, unsigned timeout_ms, void (*done)(void *arg),
                    void *arg)
{
    u->stopped = true;
    ce_chain_stop(&u->chain);
    if (u->sender)
        u->sender->ops->stop(u->sender, timeout_ms, done, arg);
    else
        done(arg);
}

void ce_uplink_close(ce_uplink *u)
{
    close_all(u);
}
