/* SPDX-License-Identifier: Apache-2.0 */
/* One route: its endpoints, and the stages between them.
 *
 *   receiver                                        takes events from the source
 *     -> split -> report -> [reply] -> meter        FRONT: one event at a time
 *     -> [dead letter] -> check                     GUARD: only valid events
 *     -> [trace] -> [upgrade] -> [filter]           WORK: as the user wants it
 *     -> [transform] -> [dedup] -> [limit]
 *     -> [meter -> fan-out]                         to each of the sinks:
 *        -> [meter] -> [dead letter] -> [encode] -> retry or gate
 *            -> [verdict] -> sender
 *
 *   dead letters -> meter -> [encode] -> retry or gate
 *     -> sender of the dead-letter target
 *
 * What is in brackets stands there only if the route asks for it. With an inbox
 * there are two chains:
 *
 *   receiver -> split -> report -> [reply] -> [check -> [trace]] -> inbox
 *   inbox receiver -> FRONT -> GUARD -> WORK -> sinks
 *
 * but a receiver that has to confirm at once writes the inbox itself. Chains
 * are built from the end to the beginning: read add_... functions upwards. */
#include "bridge/run/route.h"

#include <stdio.h>

#include <cloudevents/alloc.h>

#include "bridge/run/limit.h"
#include "bridge/run/reply.h"
#include "core/inbox/inbox.h"

/* So many events of one batch are out at once, and so many records of an
 * inbox: as many as a receiver's pool usually holds, enough to keep a sink with
 * round trips of some milliseconds busy. */
enum { CHILDREN = 1024, IN_FLIGHT = 1024 };
/* Callers repeat within minutes what one of several sinks has not taken: so
 * many such events, of some 100 bytes each, while that sink is away. */
enum { REPEATS = 50000 };
/* The high mark of an inbox: hours of a device fleet's events while a sink is
 * away, and still a small part of a disk. */
static const uint64_t inbox_bytes = (uint64_t)1 << 30;

/* --- sinks --- */

static br_outlet_config outlet_config(br_route *r, br_readiness *board)
{
    return (br_outlet_config){
        .plan = r->plan,
        .loop = r->loop,
        .chain = &r->chain,
        .ordered = r->plan->order == CE_ORDER_KEY &&
                   (r->replay || r->receiver->ordered),
        .source_repeats = r->receiver->interactive && !r->inbox,
        .board = board,
    };
}

/* The dead-letter target first: the ways to the sinks lead there. */
static ce_status open_sinks(br_route *r, br_readiness *board, ce_error *err)
{
    const br_route_plan *p = r->plan;
    br_outlet_config c = outlet_config(r, board);
    ce_status status = CE_OK;

    if (p->dead_letter.transport) {
        snprintf(r->letters.name, sizeof r->letters.name, "%s-dead-letter",
                 r->name);
        snprintf(r->letters.sink, sizeof r->letters.sink, "dead_letter");
        status = br_outlet_open_letters(&r->letters, &p->dead_letter, &c, err);
        c.letters = r->letters.head;
    }
    for (unsigned i = 0; i < p->sinks && status == CE_OK; i++) {
        br_outlet *o = &r->sinks[i];

        snprintf(o->name, sizeof o->name, "%s-sink-%u", r->name, i + 1);
        br_sink_name(o->sink, p, i);
        status = br_outlet_open_sink(o, &p->to[i], &c, err);
        r->heads[i] = o->head;
    }
    return status;
}

/* --- the chain, from its end to its beginning --- */

static void add_fanout(br_route *r)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, r->heads[0]);
    if (r->plan->sinks < 2)
        return;
    ce_chain_add(c, ce_fanout_stage(&c->made, r->heads, r->plan->sinks,
                                    r->receiver->interactive ? REPEATS : 0));
    ce_chain_add(c, ce_meter_stage(&c->made, c->top, &r->spread));
}

static void add_tracing(br_route *r)
{
    ce_chain *c = &r->chain;

    if (r->plan->traces)
        ce_chain_add(c, ce_tracing_stage(&c->made, c->top, &r->meter));
}

static void add_work(br_route *r)
{
    const br_route_plan *p = r->plan;
    const br_limit_config limit = { p->limit, &r->tally, r->loop, r->enough };
    ce_chain *c = &r->chain;

    if (p->limit)
        ce_chain_add(c, br_limit_stage(&c->made, c->top, &limit));
    if (p->dedup)
        ce_chain_add(c, ce_dedup_stage(&c->made, c->top, p->dedup));
    if (p->edits.len)
        ce_chain_add(c, ce_transform_stage(&c->made, c->top, &p->edits));
    if (p->filter)
        ce_chain_add(c, ce_filter_stage(&c->made, c->top, p->filter));
    if (p->upgrades)
        ce_chain_add(c, ce_upgrade_stage(&c->made, c->top));
    add_tracing(r);
}

/* Behind an inbox nothing is wrapped again: it is an event already. */
static void add_check(br_route *r)
{
    const ce_wrap *wrap = r->plan->wraps ? &r->plan->wrap : NULL;
    ce_chain *c = &r->chain;

    ce_chain_add(c, ce_check_stage(&c->made, c->top, wrap));
}

static void add_guard(br_route *r)
{
    ce_chain *c = &r->chain;
    const ce_dead_letter_config letters = { .route = r->plan->name,
                                            .target = "route",
                                            .letters = r->letters.head };

    add_check(r);
    if (letters.letters)
        ce_chain_add(c, ce_dead_letter_stage(&c->made, c->top, &letters));
}

/* Callers have their answers and inboxes no voice: what happens to their
 * events is said here. Other receivers say it themselves. */
static br_report_config report_config(br_route *r, bool behind_inbox)
{
    return (br_report_config){
        .loop = r->loop,
        .route = r->plan->name,
        .tally = &r->tally,
        .silent = !r->receiver->interactive && !r->replay,
        .is_kept = behind_inbox,
    };
}

static void add_front(br_route *r, bool metered)
{
    br_report_config report = report_config(r, metered && r->replay);
    ce_chain *c = &r->chain;

    if (metered)
        ce_chain_add(c, ce_meter_stage(&c->made, c->top, &r->meter));
    if (r->plan->replied)
        ce_chain_add(c, br_reply_stage(&c->made, c->top, r->plan->replied));
    ce_chain_add(c, br_report_stage(&c->made, c->top, &report));
    ce_chain_add(c, ce_split_stage(&c->made, c->top, r->loop, CHILDREN));
}

static ce_status build_chain(br_route *r, ce_stage **into, ce_error *err)
{
    add_fanout(r);
    add_work(r);
    add_guard(r);
    add_front(r, true);
    return ce_chain_finish(&r->chain, into, err);
}

/* The chain that ends in the inbox, for sources that do not write it
 * themselves. A caller hears at once that its message is no event. */
static ce_status build_intake(br_route *r, ce_stage **into, ce_error *err)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, NULL);
    ce_chain_add(c, ce_inbox_stage(&c->made, r->inbox, r->loop));
    /* An HTTP request is not kept with its headers. */
    if (r->receiver->interactive) {
        add_tracing(r);
        add_check(r);
    }
    add_front(r, false);
    return ce_chain_finish(c, into, err);
}

static ce_status build(br_route *r, ce_error *err)
{
    ce_status status = build_chain(r, &r->into, err);

    r->replay_into = r->into;
    if (status != CE_OK || !r->replay || br_route_source_fills_inbox(r->plan))
        return status;
    return build_intake(r, &r->into, err);
}

/* --- sources --- */

static void count_tolerated(ce_receiver *receiver, void *arg)
{
    br_route *r = arg;

    (void)receiver;
    atomic_fetch_add_explicit(&r->meter.tolerated, 1, memory_order_relaxed);
}

static bool is_ready(ce_receiver *receiver, void *board)
{
    (void)receiver;
    return br_readiness_is_ready(board);
}

static void count_lost(ce_receiver *receiver, uint64_t count, void *arg)
{
    br_route *r = arg;

    (void)receiver;
    atomic_fetch_add(&r->lost, count);
}

static ce_status open_inbox(br_route *r, ce_error *err)
{
    ce_inbox_config c = { .route = r->plan->name,
                          .max_bytes = inbox_bytes,
                          .max_refused_bytes = r->plan->max_refused_bytes,
                          .salvage = r->plan->salvages,
                          .sync = br_route_flushes_inbox(r->plan),
                          .added = &r->stored };
    ce_status status;

    status = br_route_inbox_dir(r->plan, &r->inbox_dir, err);
    if (status != CE_OK)
        return status;
    c.dir = r->inbox_dir;
    status = ce_inbox_open(&r->inbox, &c, err);
    if (status == CE_OK)
        status = ce_inbox_receiver(&r->replay, r->inbox, r->loop, IN_FLIGHT);
    if (status == CE_OK)
        r->replay->gauges = r->inbox_gauges;
    return status;
}

static ce_status open_receiver(br_route *r, br_readiness *board, ce_error *err)
{
    const br_endpoint_plan *from = &r->plan->from;
    const ce_transport *t = from->transport;
    bool answers = r->plan->requests && !r->plan->replied;
    ce_receiver_open_fn *open = answers ? t->responder : t->receiver;
    ce_status status;

    r->at = (ce_endpoint){ .loop = r->loop,
                           .settings = from->settings,
                           .name = r->name };
    if (br_route_source_fills_inbox(r->plan))
        r->at.inbox = r->inbox;
    status = open(&r->receiver, &r->at, err);
    if (status != CE_OK)
        return status;
    r->receiver->tolerated = count_tolerated;
    r->receiver->tolerated_arg = r;
    r->receiver->gauges = r->gauges;
    r->receiver->ready = is_ready;
    r->receiver->ready_arg = board;
    r->receiver->lost = count_lost;
    r->receiver->lost_arg = r;
    return CE_OK;
}

static ce_status watch_source(br_route *r, br_readiness *board)
{
    const br_place source = { r->plan->name, "source", "" };
    const br_place inbox = { r->plan->name, "inbox", "" };
    ce_status status =
        br_readiness_add(board, &source, &r->receiver->health, &r->watch);

    if (status != CE_OK || !r->replay)
        return status;
    return br_readiness_add(board, &inbox, &r->replay->health,
                            &r->replay_watch);
}

static ce_status open_source(br_route *r, br_readiness *board, ce_error *err)
{
    ce_status status = CE_OK;

    if (br_route_has_inbox(r->plan))
        status = open_inbox(r, err);
    if (status != CE_OK)
        return status;
    status = open_receiver(r, board, err);
    if (status != CE_OK)
        return status;
    return watch_source(r, board) == CE_OK ? CE_OK : ce_no_memory(err);
}

static void name_route(br_route *r, unsigned number)
{
    if (r->plan->workers > 1)
        snprintf(r->name, sizeof r->name, "%s-%u", r->plan->name, number + 1);
    else
        snprintf(r->name, sizeof r->name, "%s", r->plan->name);
}

ce_status br_route_open(br_route *r, const br_route_plan *plan, ce_loop *loop,
                        unsigned number, br_readiness *board, ce_error *err)
{
    ce_status status;

    r->gauges = ce_gauges_new();
    r->inbox_gauges = ce_gauges_new();
    r->plan = plan;
    r->loop = loop;
    name_route(r, number);
    r->sinks = ce_alloc_zeroed(plan->sinks * sizeof *r->sinks);
    r->heads = ce_alloc_zeroed(plan->sinks * sizeof *r->heads);
    if (!r->sinks || !r->heads)
        return ce_no_memory(err);
    status = open_source(r, board, err);
    if (status != CE_OK)
        return status;
    status = open_sinks(r, board, err);
    if (status != CE_OK)
        return status;
    return build(r, err);
}

/* --- life --- */

ce_status br_route_start_sinks(br_route *r, ce_error *err)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < r->plan->sinks && status == CE_OK; i++)
        status = br_outlet_start(&r->sinks[i], err);
    if (status == CE_OK && r->letters.sender)
        status = br_outlet_start(&r->letters, err);
    return status;
}

ce_status br_route_start_sources(br_route *r, ce_error *err)
{
    ce_status status;

    if (r->replay) {
        status = r->replay->ops->start(r->replay, r->replay_into, err);
        if (status != CE_OK)
            return status;
    }
    return r->receiver->ops->start(r->receiver, r->into, err);
}

static unsigned out_of(const ce_receiver *receiver)
{
    return receiver && receiver->pool ? ce_pool_out(receiver->pool) : 0;
}

unsigned br_route_in_flight(const br_route *r)
{
    return out_of(r->receiver) + out_of(r->replay);
}

uint64_t br_route_kept(const br_route *r)
{
    return r->inbox ? ce_inbox_count(r->inbox) : r->kept;
}

void br_route_stop_stages(br_route *r)
{
    ce_chain_stop(&r->chain);
}

static void close_receiver(ce_receiver *receiver)
{
    if (receiver)
        receiver->ops->close(receiver);
}

void br_route_close(br_route *r)
{
    close_receiver(r->receiver);
    close_receiver(r->replay);
    ce_chain_close(&r->chain);
    for (unsigned i = 0; r->sinks && i < r->plan->sinks; i++)
        br_outlet_close(&r->sinks[i]);
    br_outlet_close(&r->letters);
    r->kept = br_route_kept(r);
    if (r->inbox)
        ce_inbox_close(r->inbox);
    r->inbox = NULL;
}

/* Not before: a route that could not start must not look as if all were
 * well. */
static void leave_board(br_route *r)
{
    br_readiness_leave(&r->watch);
    br_readiness_leave(&r->replay_watch);
    br_readiness_leave(&r->letters.watch);
    for (unsigned i = 0; r->sinks && i < r->plan->sinks; i++)
        br_readiness_leave(&r->sinks[i].watch);
}

void br_route_free(br_route *r)
{
    leave_board(r);
    ce_free(r->sinks);
    ce_free(r->heads);
    ce_free(r->inbox_dir);
    ce_gauges_free(r->gauges);
    ce_gauges_free(r->inbox_gauges);
}
