/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the chain of a route from its end to its beginning:
 *
 *   receiver -> [split -> report -> check -> inbox], replay -> split -> report
 *     -> meter -> dead letters -> check -> filter -> transform -> dedup
 *     -> limit -> fan-out -> each sink: dead letters -> encode -> retry
 *     -> sender
 */
#include "bridge/run/route.h"

#include <stdio.h>

#include <cloudevents/alloc.h>

#include "core/inbox/inbox.h"

/* Batches are split into at most so many events at once. */
enum { CHILDREN = 1024, IN_FLIGHT = 1024 };
static const uint64_t inbox_bytes = (uint64_t)1 << 30;

/* --- small steps --- */

/* Takes the stage that an open function has made, or its failure. */
static ce_status keep(br_route *r, ce_status status, ce_stage *const *made,
                      ce_stage **top, ce_error *err)
{
    if (status != CE_OK)
        return ce_fail(err, status, "route %s: out of memory", r->name);
    if (r->count == r->cap) {
        unsigned cap = r->cap ? r->cap * 2 : 16;
        ce_stage **grown = ce_realloc(r->stages, cap * sizeof *grown);

        if (!grown) {
            (*made)->ops->close(*made);
            return ce_no_memory(err);
        }
        r->stages = grown;
        r->cap = cap;
    }
    r->stages[r->count++] = *made;
    *top = *made;
    return CE_OK;
}

static bool waits_for_answer(const br_route *r)
{
    return r->receiver->interactive && !r->inbox;
}

static ce_status add_dead_letter(br_route *r, const char *target,
                                 ce_stage **top, ce_error *err)
{
    ce_dead_letter_config c = {
        .route = r->plan->name,
        .target = target,
        .letters = r->letters.head,
        .meter = &r->meter,
    };
    ce_stage *made = NULL;

    if (!r->letters.sender)
        return CE_OK;
    return keep(r, ce_dead_letter_stage(&made, *top, &c), &made, top, err);
}

/* --- sinks --- */

/* Nobody counts on the order of dead letters. */
static bool is_ordered(const br_route *r, bool letters)
{
    return !letters && r->plan->order == CE_ORDER_KEY &&
           (r->replay || r->receiver->ordered);
}

static ce_status add_retry(br_route *r, br_outlet *o, bool letters,
                           ce_stage **top, ce_error *err)
{
    const br_retry_plan *p = &r->plan->retry;
    ce_retry_config c = {
        .max_attempts = letters ? 0 : p->max_attempts,
        .base_ms = p->base_ms,
        .cap_ms = p->cap_ms,
        .max_age_ms = letters ? 0 : p->max_age_ms,
        .order = is_ordered(r, letters) ? CE_ORDER_KEY : CE_ORDER_NONE,
        .one_per_key = !o->sender->keeps_order,
        .nack_too = letters,
        .sink = &o->sender->health,
        .meter = &o->meter,
    };
    ce_stage *made = NULL;

    /* Somebody waits who can repeat: it hears at once. */
    if (waits_for_answer(r) && (letters || !p->given))
        return CE_OK;
    return keep(r, ce_retry_stage(&made, *top, r->loop, &c), &made, top, err);
}

static void count_late(ce_sender *s, void *arg)
{
    br_outlet *o = arg;

    (void)s;
    atomic_fetch_add_explicit(&o->meter.late_replies, 1, memory_order_relaxed);
}

static void count_tolerated(ce_receiver *receiver, void *arg)
{
    br_route *r = arg;

    (void)receiver;
    atomic_fetch_add_explicit(&r->meter.tolerated, 1, memory_order_relaxed);
}

static ce_status open_sender(br_route *r, br_outlet *o,
                             const br_endpoint_plan *to, br_readiness *board,
                             ce_error *err)
{
    bool letters = o == &r->letters;
    ce_status status;

    o->at = (ce_endpoint){ .loop = r->loop,
                           .settings = to->settings,
                           .name = o->name,
                           .unordered = !is_ordered(r, letters) };
    status = r->plan->requests && !letters
                 ? to->transport->requester(&o->sender, &o->at, err)
                 : to->transport->sender(&o->sender, &o->at, err);
    if (status != CE_OK)
        return status;
    o->sender->late = count_late;
    o->sender->late_arg = o;
    status =
        br_readiness_add(board, r->plan->name, letters ? "dead_letter" : "sink",
                         &o->sender->health, &o->watch);
    if (status != CE_OK)
        ce_fail(err, status, "out of memory");
    return status;
}

static ce_status open_outlet(br_route *r, br_outlet *o,
                             const br_endpoint_plan *to, br_readiness *board,
                             ce_error *err)
{
    bool letters = o == &r->letters;
    ce_stage *top, *made = NULL;
    ce_status status = open_sender(r, o, to, board, err);

    if (status != CE_OK)
        return status;
    top = &o->sender->stage;
    status = add_retry(r, o, letters, &top, err);
    if (status == CE_OK && to->content.mode != CE_MODE_NONE)
        status = keep(
            r,
            ce_encode_stage(&made, top, to->content.mode, to->content.format),
            &made, &top, err);
    if (status == CE_OK && !letters)
        status = add_dead_letter(r, ce_settings_label(to->settings), &top, err);
    o->head = top;
    return status;
}

static ce_status open_sinks(br_route *r, br_readiness *board, ce_error *err)
{
    const br_route_plan *p = r->plan;
    ce_status status = CE_OK;

    if (p->dead_letter.transport) {
        snprintf(r->letters.name, sizeof r->letters.name, "%s-dead-letter",
                 r->name);
        status = open_outlet(r, &r->letters, &p->dead_letter, board, err);
    }
    for (unsigned i = 0; i < p->sinks && status == CE_OK; i++) {
        br_outlet *o = &r->sinks[i];

        snprintf(o->name, sizeof o->name, "%s-sink-%u", r->name, i + 1);
        status = open_outlet(r, o, &p->to[i], board, err);
        r->heads[i] = o->head;
    }
    return status;
}

/* --- the chain --- */

static ce_status add_work(br_route *r, ce_stage **top, ce_error *err)
{
    const br_route_plan *p = r->plan;
    ce_stage *s = NULL;
    ce_status status = CE_OK;

    if (p->limit)
        status = keep(
            r,
            br_limit_stage(&s, *top, p->limit, &r->tally, r->enough, r->loop),
            &s, top, err);
    if (status == CE_OK && p->dedup)
        status = keep(r, ce_dedup_stage(&s, *top, p->dedup), &s, top, err);
    if (status == CE_OK && p->edits.len)
        status = keep(r, ce_transform_stage(&s, *top, &p->edits), &s, top, err);
    if (status == CE_OK && p->filter)
        status = keep(r, ce_filter_stage(&s, *top, p->filter), &s, top, err);
    if (status == CE_OK && p->upgrades)
        status = keep(r, ce_upgrade_stage(&s, *top), &s, top, err);
    return status;
}

/* What stands before an inbox does not wrap again what is behind it: there it
 * is an event already. */
static ce_status add_check(br_route *r, ce_stage **top, ce_error *err)
{
    const ce_wrap *wrap = r->plan->wraps ? &r->plan->wrap : NULL;
    ce_stage *s = NULL;

    return keep(r, ce_check_stage(&s, *top, wrap), &s, top, err);
}

/* Callers have their answers and inboxes no voice: what happens to their
 * events is said here. Other receivers say it themselves. */
static br_report_config report_config(br_route *r)
{
    return (br_report_config){
        .loop = r->loop,
        .route = r->plan->name,
        .tally = &r->tally,
        .silent = !r->receiver->interactive && !r->replay,
    };
}

static ce_status add_front(br_route *r, bool metered, ce_stage **top,
                           ce_error *err)
{
    br_report_config c = report_config(r);
    ce_stage *s = NULL;
    ce_status status = CE_OK;

    if (metered)
        status = keep(r, ce_meter_stage(&s, *top, &r->meter), &s, top, err);
    if (status == CE_OK && r->plan->replied)
        status =
            keep(r, br_reply_stage(&s, *top, r->plan->replied), &s, top, err);
    if (status == CE_OK)
        status = keep(r, br_report_stage(&s, *top, &c), &s, top, err);
    if (status == CE_OK)
        status =
            keep(r, ce_split_stage(&s, *top, r->loop, CHILDREN), &s, top, err);
    return status;
}

static ce_status build_chain(br_route *r, ce_stage **top, ce_error *err)
{
    const br_route_plan *p = r->plan;
    ce_stage *s = NULL;
    ce_status status = CE_OK;

    *top = r->heads[0];
    if (p->sinks > 1)
        status = keep(r, ce_fanout_stage(&s, r->heads, p->sinks), &s, top, err);
    if (status == CE_OK)
        status = add_work(r, top, err);
    if (status == CE_OK)
        status = add_check(r, top, err);
    if (status == CE_OK)
        status = add_dead_letter(r, "route", top, err);
    return status == CE_OK ? add_front(r, true, top, err) : status;
}

/* The chain that ends in the inbox, for sources that do not write it
 * themselves. */
static ce_status build_intake(br_route *r, ce_stage **top, ce_error *err)
{
    ce_stage *s = NULL;
    ce_status status;

    status = keep(r, ce_inbox_stage(&s, r->inbox, r->loop), &s, top, err);
    if (status == CE_OK && r->receiver->interactive)
        status = add_check(r, top, err);
    return status == CE_OK ? add_front(r, false, top, err) : status;
}

static ce_status build(br_route *r, ce_error *err)
{
    ce_stage *top = NULL;
    ce_status status = build_chain(r, &top, err);

    if (status != CE_OK)
        return status;
    r->into = r->replay_into = top;
    if (r->replay && !br_route_source_fills_inbox(r->plan))
        status = build_intake(r, &r->into, err);
    return status;
}

/* --- sources --- */

static ce_status open_inbox(br_route *r, ce_error *err)
{
    ce_inbox_config c = { .route = r->plan->name,
                          .max_bytes = inbox_bytes,
                          .sync = br_route_flushes_inbox(r->plan) };
    ce_status status;
    char *dir = NULL;

    status = br_route_inbox_dir(r->plan, &dir, err);
    if (status != CE_OK)
        return status;
    c.dir = dir;
    status = ce_inbox_open(&r->inbox, &c, err);
    ce_free(dir);
    if (status == CE_OK)
        status = ce_inbox_receiver(&r->replay, r->inbox, r->loop, IN_FLIGHT);
    return status;
}

static ce_status open_source(br_route *r, br_readiness *board, ce_error *err)
{
    const br_endpoint_plan *from = &r->plan->from;
    ce_status status = CE_OK;

    if (br_route_has_inbox(r->plan))
        status = open_inbox(r, err);
    r->at = (ce_endpoint){ .loop = r->loop,
                           .settings = from->settings,
                           .name = r->name };
    if (br_route_source_fills_inbox(r->plan))
        r->at.inbox = r->inbox;
    if (status == CE_OK)
        status = (r->plan->requests && !r->plan->replied
                      ? from->transport->responder
                      : from->transport->receiver)(&r->receiver, &r->at, err);
    if (status != CE_OK)
        return status;
    r->receiver->tolerated = count_tolerated;
    r->receiver->tolerated_arg = r;
    status = br_readiness_add(board, r->plan->name, "source",
                              &r->receiver->health, &r->watch);
    if (status == CE_OK && r->replay)
        status = br_readiness_add(board, r->plan->name, "inbox",
                                  &r->replay->health, &r->replay_watch);
    return status == CE_OK ? CE_OK : ce_fail(err, status, "out of memory");
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

    r->plan = plan;
    r->loop = loop;
    name_route(r, number);
    r->sinks = ce_alloc_zeroed(plan->sinks * sizeof *r->sinks);
    r->heads = ce_alloc_zeroed(plan->sinks * sizeof *r->heads);
    if (!r->sinks || !r->heads)
        return ce_no_memory(err);
    status = open_source(r, board, err);
    if (status == CE_OK)
        status = open_sinks(r, board, err);
    return status == CE_OK ? build(r, err) : status;
}

/* --- life --- */

static ce_status start_outlet(br_outlet *o, ce_error *err)
{
    ce_status status = o->sender->ops->start(o->sender, err);

    o->started = status == CE_OK;
    return status;
}

ce_status br_route_start_sinks(br_route *r, ce_error *err)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < r->plan->sinks && status == CE_OK; i++)
        status = start_outlet(&r->sinks[i], err);
    if (status == CE_OK && r->letters.sender)
        status = start_outlet(&r->letters, err);
    return status;
}

ce_status br_route_start_sources(br_route *r, ce_error *err)
{
    ce_status status = CE_OK;

    if (r->replay)
        status = r->replay->ops->start(r->replay, r->replay_into, err);
    if (status == CE_OK)
        status = r->receiver->ops->start(r->receiver, r->into, err);
    return status;
}

static unsigned out_of(const ce_receiver *receiver)
{
    return receiver && receiver->pool ? ce_pool_out(receiver->pool) : 0;
}

unsigned br_route_in_flight(const br_route *r)
{
    return out_of(r->receiver) + out_of(r->replay);
}

void br_route_stop_stages(br_route *r)
{
    for (unsigned i = r->count; i-- > 0;)
        if (r->stages[i]->ops->stop)
            r->stages[i]->ops->stop(r->stages[i]);
}

static void close_outlet(br_outlet *o)
{
    if (o->sender)
        o->sender->stage.ops->close(&o->sender->stage);
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
    while (r->count) {
        ce_stage *s = r->stages[--r->count];

        s->ops->close(s);
    }
    for (unsigned i = 0; r->sinks && i < r->plan->sinks; i++)
        close_outlet(&r->sinks[i]);
    close_outlet(&r->letters);
    if (r->inbox)
        ce_inbox_close(r->inbox);
}

void br_route_free(br_route *r)
{
    ce_free(r->stages);
    ce_free(r->sinks);
    ce_free(r->heads);
}
