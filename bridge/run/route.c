/* SPDX-License-Identifier: Apache-2.0 */
/* One route: its endpoints, and the stages between them.
 *
 *   receiver                                  takes events from the source
 *     -> split -> report -> [reply] -> meter  FRONT: one event at a time
 *     -> [dead letter] -> check               GUARD: only valid events
 *     -> [trace] -> [upgrade] -> [filter]     WORK: as the user wants it
 *     -> [transform] -> [dedup] -> [limit] -> [view]
 *     -> [meter -> fan-out]                   to each of the sinks:
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
 * With several sinks each has an inbox receiver of its own, and two chains that
 * meet before it. The first one gets what no other of these receivers has had,
 * the second one the rest: what happens before a sink is told once.
 *
 *   inbox receiver -> FRONT -> GUARD -> WORK -> meter -> END
 *   inbox receiver -> split -> report -> check -> WORK -> END
 *   END: [dedup] -> arrival -> sink
 *
 * But a receiver that has to confirm at once writes the inbox itself. Chains
 * are built from the end to the beginning: read add_... functions upwards. */
#include "bridge/run/route.h"

#include <stdio.h>

#include <cloudevents/alloc.h>

#include "bridge/run/limit.h"
#include "bridge/run/reply.h"
#include "bridge/run/view.h"
#include "bridge/run/work.h"

/* So many events of one batch are out at once: as many as a receiver's pool
 * usually holds, enough for a sink with round trips of some milliseconds. */
enum { CHILDREN = 1024 };
/* Callers repeat within minutes what one of several sinks has not taken: so
 * many such events, of some 100 bytes each, while that sink is away. */
enum { REPEATS = 50000 };

static bool has_inbox(const br_route *r)
{
    return r->lines.inbox;
}

/* --- sinks --- */

static br_outlet_config outlet_config(br_route *r, br_readiness *board)
{
    return (br_outlet_config){
        .plan = r->plan,
        .loop = r->loop,
        .chain = &r->chain,
        .ordered = br_route_keeps_order(r->plan, r->receiver),
        .source_repeats = r->receiver->interactive && !has_inbox(r),
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

static void add_view(br_route *r)
{
    ce_chain *c = &r->chain;

    if (r->plan->view.render)
        ce_chain_add(c, br_view_stage(&c->made, c->top, &r->plan->view));
}

static void add_fanout(br_route *r)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, r->heads[0]);
    if (r->plan->sinks < 2)
        return;
    ce_chain_add(c, ce_fanout_stage(&c->made, r->heads, r->plan->sinks,
                                    r->receiver->interactive ? REPEATS : 0,
                                    &r->meter));
    ce_chain_add(c, ce_meter_stage(&c->made, c->top, &r->spread));
}

static void add_limit(br_route *r)
{
    const br_route_plan *p = r->plan;
    const br_limit_config limit = { p->limit, &r->tally, r->loop, r->enough };
    ce_chain *c = &r->chain;

    if (p->limit)
        ce_chain_add(c, br_limit_stage(&c->made, c->top, &limit));
}

/* Callers have their answers and inboxes no voice: what happens to their
 * events is said here. Other receivers say it themselves. */
static br_report_config report_config(br_route *r, bool behind_inbox)
{
    return (br_report_config){
        .loop = r->loop,
        .route = r->plan->name,
        .tally = &r->tally,
        .silent = !r->receiver->interactive && !has_inbox(r),
        .is_kept = behind_inbox,
    };
}

static void add_front(br_route *r, bool metered)
{
    br_report_config report = report_config(r, metered && has_inbox(r));
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
    add_view(r);
    add_limit(r);
    br_work_add_dedup(&r->chain, r->plan);
    br_work_add_edits(&r->chain, r->plan, &r->meter);
    br_work_add_guard(&r->chain, r->plan, r->letters.head);
    add_front(r, true);
    return ce_chain_finish(&r->chain, into, err);
}

/* --- several sinks behind an inbox --- */

static ce_status build_end(br_route *r, ce_stage *sink, ce_stage **into,
                           ce_error *err)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, sink);
    ce_chain_add(c, ce_arrival_stage(&c->made, c->top));
    br_work_add_dedup(c, r->plan);
    return ce_chain_finish(c, into, err);
}

static ce_status build_first(br_route *r, ce_stage *end, ce_stage **into,
                             ce_error *err)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, end);
    ce_chain_add(c, ce_meter_stage(&c->made, c->top, &r->spread));
    br_work_add_edits(c, r->plan, &r->meter);
    br_work_add_guard(c, r->plan, r->letters.head);
    add_front(r, true);
    return ce_chain_finish(c, into, err);
}

static ce_status build_again(br_route *r, ce_stage *end, ce_stage **into,
                             ce_error *err)
{
    br_report_config report = report_config(r, true);
    ce_chain *c = &r->chain;

    report.sinks_only = true;
    ce_chain_begin(c, end);
    br_work_add_edits(c, r->plan, NULL);
    br_work_add_check(c, r->plan);
    ce_chain_add(c, br_report_stage(&c->made, c->top, &report));
    ce_chain_add(c, ce_split_stage(&c->made, c->top, r->loop, CHILDREN));
    return ce_chain_finish(c, into, err);
}

static ce_status build_line(br_route *r, unsigned index, ce_error *err)
{
    br_line *line = &r->lines.at[index];
    ce_stage *end;
    ce_status status = build_end(r, r->heads[index], &end, err);

    if (status == CE_OK)
        status = build_first(r, end, &line->into, err);
    if (status == CE_OK)
        status = build_again(r, end, &line->again, err);
    return status;
}

static ce_status build_lines(br_route *r, ce_error *err)
{
    ce_status status = CE_OK;

    if (r->lines.count == 1)
        return build_chain(r, &r->lines.at[0].into, err);
    for (unsigned i = 0; i < r->lines.count && status == CE_OK; i++)
        status = build_line(r, i, err);
    return status;
}

/* The chain that ends in the inbox, for sources that do not write it
 * themselves. A caller hears at once that its message is no event. */
static ce_status build_intake(br_route *r, ce_stage **into, ce_error *err)
{
    ce_chain *c = &r->chain;

    ce_chain_begin(c, NULL);
    ce_chain_add(c, ce_inbox_stage(&c->made, r->lines.inbox, r->loop));
    /* An HTTP request is not kept with its headers. */
    if (r->receiver->interactive) {
        br_work_add_tracing(c, r->plan, &r->meter);
        br_work_add_check(c, r->plan);
    }
    add_front(r, false);
    return ce_chain_finish(c, into, err);
}

static ce_status build(br_route *r, ce_error *err)
{
    ce_status status;

    if (!has_inbox(r))
        return build_chain(r, &r->into, err);
    status = build_lines(r, err);
    r->into = r->lines.at[0].into;
    if (status != CE_OK || br_route_source_fills_inbox(r->plan))
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
        r->at.inbox = r->lines.inbox;
    status =
        br_route_blame(r->plan, from, open(&r->receiver, &r->at, err), err);
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

    if (status != CE_OK || !has_inbox(r))
        return status;
    return br_readiness_add(board, &inbox, &r->lines.at[0].receiver->health,
                            &r->replay_watch);
}

static ce_status open_source(br_route *r, br_readiness *board, ce_error *err)
{
    ce_status status = CE_OK;

    if (br_route_has_inbox(r->plan))
        status = br_lines_open(&r->lines, r->plan, r->loop, &r->stored, err);
    if (status != CE_OK)
        return br_route_blame(r->plan, NULL, status, err);
    if (has_inbox(r))
        r->lines.at[0].receiver->gauges = r->inbox_gauges;
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
    ce_status status = br_lines_start(&r->lines, err);

    if (status != CE_OK)
        return br_route_blame(r->plan, NULL, status, err);
    status = r->receiver->ops->start(r->receiver, r->into, err);
    return br_route_blame(r->plan, &r->plan->from, status, err);
}

unsigned br_route_in_flight(const br_route *r)
{
    const ce_receiver *from = r->receiver;
    unsigned out = from && from->pool ? ce_pool_out(from->pool) : 0;

    return out + br_lines_in_flight(&r->lines);
}

uint64_t br_route_kept(const br_route *r)
{
    return has_inbox(r) ? ce_inbox_count(r->lines.inbox) : r->kept;
}

void br_route_stop_stages(br_route *r)
{
    ce_chain_stop(&r->chain);
}

void br_route_close(br_route *r)
{
    if (r->receiver)
        r->receiver->ops->close(r->receiver);
    br_lines_close_receivers(&r->lines);
    ce_chain_close(&r->chain);
    for (unsigned i = 0; r->sinks && i < r->plan->sinks; i++)
        br_outlet_close(&r->sinks[i]);
    br_outlet_close(&r->letters);
    r->kept = br_route_kept(r);
    br_lines_close(&r->lines);
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
    br_lines_free(&r->lines);
    ce_gauges_free(r->gauges);
    ce_gauges_free(r->inbox_gauges);
}
