/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a sender and the stages before it. */
#include "bridge/run/outlet.h"

#include "bridge/run/work.h"

static void count_late(ce_sender *s, void *arg)
{
    br_outlet *o = arg;

    (void)s;
    atomic_fetch_add_explicit(&o->meter.late_replies, 1, memory_order_relaxed);
}

static ce_status open_sender(br_outlet *o, const br_endpoint_plan *to,
                             ce_sender_open_fn *open, bool ordered,
                             const br_outlet_config *c, ce_error *err)
{
    ce_status status;

    o->at = (ce_endpoint){ .loop = c->loop,
                           .settings = to->settings,
                           .name = o->name,
                           .unordered = !ordered };
    o->to = to;
    o->plan = c->plan;
    status = br_route_blame(c->plan, to, open(&o->sender, &o->at, err), err);
    if (status != CE_OK)
        return status;
    o->sender->late = count_late;
    o->sender->late_arg = o;
    ce_chain_begin(c->chain, &o->sender->stage);
    return CE_OK;
}

/* Where no retry stands the source hears of each failure, and it is reported
 * there. */
static void open_breaker(br_outlet *o, const br_outlet_config *c, bool retries,
                         bool refusal_fails)
{
    const ce_breaker_config config = {
        .loop = c->loop,
        .sink = &o->sender->health,
        .cap_ms = c->plan->retry.cap_ms,
        .refusal_fails = refusal_fails,
        .quiet = !retries,
    };

    ce_breaker_init(&o->breaker, &config);
    br_readiness_follow(&o->watch, &o->breaker.flow);
}

static void add_gate(br_outlet *o, const br_outlet_config *c)
{
    ce_chain *chain = c->chain;

    ce_chain_add(chain, ce_gate_stage(&chain->made, chain->top, &o->breaker));
}

static void add_retry(br_outlet *o, const br_outlet_config *c,
                      const ce_retry_config *config)
{
    ce_chain *chain = c->chain;
    ce_retry_config full = *config;

    full.base_ms = c->plan->retry.base_ms;
    full.cap_ms = c->plan->retry.cap_ms;
    full.one_per_key = !o->sender->keeps_order;
    full.sink = &o->sender->health;
    full.breaker = &o->breaker;
    full.meter = &o->meter;
    ce_chain_add(chain,
                 ce_retry_stage(&chain->made, chain->top, c->loop, &full));
}

static void add_verdict(const br_outlet_config *c)
{
    ce_chain *chain = c->chain;

    ce_chain_add(chain, ce_verdict_stage(&chain->made, chain->top,
                                         c->plan->retry.rulings));
}

/* RETRY: NULL for none. */
static void add_attempts(br_outlet *o, const br_outlet_config *c,
                         const ce_retry_config *retry, bool refusal_fails)
{
    open_breaker(o, c, retry != NULL, refusal_fails);
    if (retry)
        add_retry(o, c, retry);
    else
        add_gate(o, c);
}

/* What a single sink does with its events, the route's own meter tells. */
static void add_meter(br_outlet *o, const br_outlet_config *c)
{
    ce_chain *chain = c->chain;

    ce_chain_add(chain, ce_meter_stage(&chain->made, chain->top, &o->meter));
}

/* People can see whether it is up. */
static ce_status list(br_outlet *o, const char *role, const br_outlet_config *c,
                      ce_error *err)
{
    const br_place place = { c->plan->name, role, o->sink };

    if (br_readiness_add(c->board, &place, &o->sender->health, &o->watch) !=
        CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

/* What stands in each function is added from the end to the beginning. */

ce_status br_outlet_open_sink(br_outlet *o, const br_endpoint_plan *to,
                              const br_outlet_config *c, ce_error *err)
{
    const br_route_plan *p = c->plan;
    const ce_transport *t = to->transport;
    const ce_retry_config retry = {
        .max_attempts = p->retry.max_attempts,
        .max_age_ms = p->retry.max_age_ms,
        .order = c->ordered ? CE_ORDER_KEY : CE_ORDER_NONE,
        .only_unsent = p->retry.only_unsent,
    };
    ce_status status = open_sender(
        o, to, p->requests ? t->requester : t->sender, c->ordered, c, err);

    if (status == CE_OK)
        status = list(o, "sink", c, err);
    if (status != CE_OK)
        return status;
    /* A source that repeats hears at once, unless the user wants retries. */
    if (p->retry.ruling_count)
        add_verdict(c);
    add_attempts(o, c, !c->source_repeats || p->retry.given ? &retry : NULL,
                 false);
    br_work_add_encode(c->chain, to);
    br_work_add_dead_letter(c->chain, p, ce_settings_label(to->settings),
                            c->letters);
    if (p->sinks > 1)
        add_meter(o, c);
    return ce_chain_finish(c->chain, &o->head, err);
}

/* The order of letters does not matter. They are tried for ever: a letter that
 * is given up would lose its event. What a refusal means the stage before it
 * decides (core/stages/dead_letter.c). */
ce_status br_outlet_open_letters(br_outlet *o, const br_endpoint_plan *to,
                                 const br_outlet_config *c, ce_error *err)
{
    const ce_retry_config retry = { .order = CE_ORDER_NONE };
    ce_status status = open_sender(o, to, to->transport->sender, false, c, err);

    if (status == CE_OK)
        status = list(o, "dead_letter", c, err);
    if (status != CE_OK)
        return status;
    add_attempts(o, c, c->source_repeats ? NULL : &retry, true);
    br_work_add_encode(c->chain, to);
    add_meter(o, c);
    return ce_chain_finish(c->chain, &o->head, err);
}

ce_status br_outlet_start(br_outlet *o, ce_error *err)
{
    ce_status status = o->sender->ops->start(o->sender, err);

    o->started = status == CE_OK;
    return br_route_blame(o->plan, o->to, status, err);
}

void br_outlet_close(br_outlet *o)
{
    if (!o->sender)
        return;
    if (o->breaker.config.sink)
        ce_breaker_close(&o->breaker);
    o->sender->stage.ops->close(&o->sender->stage);
}

void br_outlet_hurry(br_outlet *o)
{
    if (o->sender && o->sender->ops->hurry)
        o->sender->ops->hurry(o->sender);
}
