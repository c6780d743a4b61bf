/* SPDX-License-Identifier: Apache-2.0 */
/* Tries again what was not delivered, and keeps the order of each key.
 *
 * Every key has a lane while something of it is here. As long as all goes
 * well a lane lets its events through (one at a time, where the sink cannot
 * keep the order). After a failure it waits for its events in flight, then
 * tries the oldest alone, with growing pauses, until that one is settled:
 * nothing newer overtakes it. Lanes do not wait for each other. Without an
 * order every event has a lane of its own. When what waits in lanes takes the
 * credit of others, the source takes it back. */
#include "core/stages/stages.h"

#include <stdatomic.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "core/base/jitter.h"
#include "core/pipeline/health.h"
#include "core/stages/crowd.h"
#include "core/stages/pause.h"
#include "core/stages/turns.h"

enum {
    /* How soon a waiting event is given back after its source has given it up:
     * until then it holds memory of a source that may have no more. */
    LOOK_MS = 500,
    /* What waits longer tells nobody soon whether the sink is well again. */
    SOON_MS = 30000
};

typedef struct lane lane;
typedef struct retry retry;

/* One event, in its delivery's arena. */
typedef struct item {
    ce_waiter w;
    lane *lane;
    ce_arena_mark mark; /* what an attempt leaves behind goes after it */
    const ce_event *event;
} item;

struct lane {
    ce_lane lane;
    retry *stage;
    bool busy;     /* on the call stack: its caller lets the next one go */
    bool troubled; /* one failed while others are still in flight */
    ce_pause pause;
    unsigned failures;
    uint64_t due_ms; /* the end of the pause */
    ce_timer timer;  /* runs during a pause */
    ce_turn turn;    /* waits while it is the breaker alone that holds it */
};

struct retry {
    ce_stage stage;
    ce_loop *loop;
    ce_retry_config config;
    ce_lanes lanes;
    ce_turns turns; /* of lanes that the breaker holds: the first one probes */
    uint64_t random;
    bool stopped;
    ce_watch watch, flow_watch;
    ce_task kick;
    ce_crowd crowd;
};

/* --- lanes --- */

static void on_timer(ce_timer *t);

static lane *lane_for(retry *s, uint64_t key)
{
    lane *l;

    if (s->config.order == CE_ORDER_NONE)
        l = (lane *)ce_lanes_for_one(&s->lanes);
    else
        l = (lane *)ce_lanes_for_key(&s->lanes, key);
    if (!l)
        return NULL;
    l->stage = s;
    l->timer.fire = on_timer;
    return l;
}

static void free_lane(lane *l)
{
    ce_timer_stop(&l->timer);
    ce_turns_leave(&l->stage->turns, &l->turn);
    ce_lanes_give(&l->stage->lanes, &l->lane);
}

static item *take_item(lane *l)
{
    ce_place *p = ce_lane_take(&l->lane);

    return p ? CE_OWNER(p, item, w.place) : NULL;
}

/* --- time --- */

/* Until the pause is over, or until it is time to look for what is abandoned.
 */
static void wait_on(lane *l)
{
    uint64_t now = ce_loop_now_ms(l->stage->loop);
    uint64_t left = l->due_ms > now ? l->due_ms - now : 0;

    if (l->stage->config.breaker && left <= SOON_MS)
        ce_breaker_waits(l->stage->config.breaker);
    ce_timer_start(l->stage->loop, &l->timer, left < LOOK_MS ? left : LOOK_MS);
}

static void look_soon(lane *l)
{
    l->due_ms = 0;
    wait_on(l);
}

static void look_later(lane *l, uint64_t ms)
{
    l->due_ms = ce_loop_now_ms(l->stage->loop) + ms;
    wait_on(l);
}

static void pause_lane(lane *l)
{
    retry *s = l->stage;
    uint64_t ms = ce_jitter_full(&s->random, s->config.base_ms,
                                 s->config.cap_ms, l->failures++);

    look_later(l, ce_pause_ms(&l->pause, ms, ce_loop_now_ms(s->loop)));
}

/* --- sending --- */

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r);

/* Returns whether it is a probe. */
static bool note_attempt(retry *s)
{
    return s->config.breaker && ce_breaker_sent(s->config.breaker);
}

static void send_item(lane *l, item *i)
{
    if (ce_delivery_is_abandoned(i->w.d)) {
        ce_settle_undelivered(i->w.d, 0, 0, "abandoned");
        return;
    }
    l->lane.in_flight++;
    l->pause = (ce_pause){ 0 };
    i->w.attempts++;
    i->mark = ce_arena_marked(i->w.d->arena);
    i->event = i->w.d->event;
    ce_delivery_hook(i->w.d, settled, i, note_attempt(l->stage));
    ce_push(l->stage->stage.next, i->w.d);
}

static bool may_send(const lane *l)
{
    if (l->timer.loop || l->troubled)
        return false;
    if (l->failures > 0 || l->stage->config.one_per_key)
        return l->lane.in_flight == 0;
    return true;
}

/* While the sink connects for the first time nothing is an attempt: events that
 * may have only a few would be given up before it was asked. */
static bool is_early(const retry *s)
{
    return s->config.sink && ce_health_is_new(s->config.sink);
}

/* What has failed goes behind what has not: an event that the sink never takes
 * says nothing of others. */
static bool may_probe(lane *l)
{
    ce_turns *turns = &l->stage->turns;

    ce_turns_wait(turns, &l->turn, l->failures > 0);
    return turns->first == &l->turn &&
           !ce_breaker_wait_ms(l->stage->config.breaker);
}

static void hold(lane *l)
{
    uint64_t ms = ce_breaker_wait_ms(l->stage->config.breaker);

    if (!ms)
        look_soon(CE_OWNER(l->stage->turns.first, lane, turn));
    l->pause.asked_ms = 0;
    look_later(l, ms ? ms : LOOK_MS);
}

/* A sink that nothing gets through to is left in peace: the lane comes again
 * when it is its turn. One that may send has no timer, one that is held has. */
static bool is_held(lane *l)
{
    const ce_breaker *b = l->stage->config.breaker;
    bool waits = !ce_lane_is_empty(&l->lane);

    if (waits && is_early(l->stage))
        look_later(l, LOOK_MS);
    else if (waits && b && b->open && !may_probe(l))
        hold(l);
    else
        ce_turns_leave(&l->stage->turns, &l->turn);
    return l->timer.loop;
}

static void run(lane *l)
{
    l->busy = true;
    while (may_send(l) && !is_held(l)) {
        item *i = take_item(l);

        if (!i)
            break;
        send_item(l, i);
    }
    l->busy = false;
    if (l->lane.in_flight == 0 && ce_lane_is_empty(&l->lane))
        free_lane(l);
}

static void give_back_abandoned(ce_queue *q)
{
    for (item *i = CE_QUEUE_FIRST(q, item, w.place.link), *next; i; i = next) {
        next = CE_QUEUE_NEXT(i, item, w.place.link);
        if (!ce_delivery_is_abandoned(i->w.d))
            continue;
        ce_queue_remove(q, &i->w.place.link);
        ce_settle_undelivered(i->w.d, 0, 0, "abandoned");
    }
}

static void on_timer(ce_timer *t)
{
    lane *l = CE_OWNER(t, lane, timer);

    l->busy = true;
    give_back_abandoned(&l->lane.again);
    give_back_abandoned(&l->lane.waiting);
    l->busy = false;
    if (ce_loop_now_ms(l->stage->loop) < l->due_ms &&
        !ce_lane_is_empty(&l->lane))
        wait_on(l);
    else
        run(l);
}

/* --- results --- */

static bool holds(const int *codes, int code)
{
    while (codes && *codes && *codes != code)
        codes++;
    return codes && *codes;
}

/* What a sink has seen it may have done, and some things are done once. */
static bool is_seen(const retry *s, const ce_result *r)
{
    return s->config.only_unsent && !r->unsent;
}

static bool is_retryable(const retry *s, const ce_delivery *d,
                         const ce_result *r)
{
    const ce_retry_config *c = &s->config;

    if (ce_delivery_is_abandoned(d) || is_seen(s, r))
        return false;
    if (r->verdict == CE_UNDELIVERED)
        return !r->exhausted && !holds(c->never, r->code);
    return r->verdict == CE_NACK && (d->insists || holds(c->also, r->code));
}

/* A peer that says when to come again may ask for more time than is left. */
static bool is_exhausted(const retry *s, const item *i, const ce_result *r)
{
    const ce_retry_config *c = &s->config;
    uint64_t age =
        ce_loop_now_ms(s->loop) + ce_pause_asked_ms(c, r) - i->w.first_ms;

    return (c->max_attempts && i->w.attempts >= c->max_attempts) ||
           (c->max_age_ms && age >= c->max_age_ms);
}

/* The delivery is as it was before the attempt. */
static void keep_for_later(lane *l, item *i)
{
    retry *s = l->stage;

    ce_arena_rewind(i->w.d->arena, i->mark);
    i->w.d->event = i->event;
    ce_lane_add_again(&l->lane, &i->w.place);
    if (s->config.meter)
        atomic_fetch_add_explicit(&s->config.meter->retries, 1,
                                  memory_order_relaxed);
}

static void pass_result(lane *l, item *i, const ce_result *r, bool exhausted)
{
    ce_result out = *r;
    bool was_busy = l->busy;

    out.attempts = i->w.attempts;
    out.exhausted = r->verdict == CE_UNDELIVERED &&
                    (r->exhausted || exhausted || is_seen(l->stage, r));
    /* Nothing may free the lane meanwhile. */
    l->busy = true;
    ce_settle(i->w.d, &out);
    l->busy = was_busy;
}

/* The pause begins when the last one in flight is back: what they all met is
 * one failure of the sink. */
static void note_outcome(lane *l, const item *i, const ce_result *r,
                         bool failed)
{
    l->lane.in_flight--;
    if (failed) {
        l->troubled = true;
        ce_turns_leave(&l->stage->turns, &l->turn);
        ce_pause_note(&l->pause, &l->stage->config, r, i->w.first_ms);
    }
    if (l->lane.in_flight > 0)
        return;
    if (l->troubled)
        pause_lane(l);
    else
        l->failures = 0;
    l->troubled = false;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    item *i = h->self;
    lane *l = i->lane;
    retry *s = l->stage;
    bool failed = is_retryable(s, d, r);
    bool is_last = failed && is_exhausted(s, i, r);
    /* One of those that were sent together may have failed the others. */
    bool exhausted = is_last && !r->shared;

    if (s->config.breaker)
        ce_breaker_heard(s->config.breaker, h->state, r);
    note_outcome(l, i, r, failed && !s->stopped);
    d->alone |= is_last && r->shared;
    if (failed && !exhausted && !s->stopped)
        keep_for_later(l, i);
    else
        pass_result(l, i, r, exhausted && !s->stopped);
    if (!l->busy)
        run(l);
}

static void arrive(retry *s, ce_delivery *d, uint64_t key)
{
    item *i = ce_arena_alloc(d->arena, sizeof *i);
    lane *l = i ? lane_for(s, key) : NULL;

    if (!l) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    *i = (item){ .lane = l };
    ce_crowd_add(&s->crowd, &l->lane, &i->w, d);
    if (!l->busy)
        run(l);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    retry *s = (retry *)stage;
    bool is_ordered = s->config.order == CE_ORDER_KEY;
    uint64_t key = is_ordered ? ce_lane_key(d) : 0;

    if (s->stopped)
        ce_settle_undelivered(d, 0, 0, "shutting down");
    else if (!is_ordered || !ce_crowd_turns_away(&s->crowd, d, key))
        arrive(s, d, key);
}

/* --- the sink is back --- */

static void kick(ce_task *t)
{
    retry *s = CE_OWNER(t, retry, kick);

    for (ce_lane *at = s->lanes.first; at; at = at->next) {
        lane *l = (lane *)at;

        /* Sending from here might free the lane that is walked. */
        if (!l->timer.loop || l->pause.asked_ms)
            continue;
        look_soon(l);
    }
}

static void sink_changed(ce_watch *w, const ce_health *h)
{
    retry *s = CE_OWNER(w, retry, watch);

    if (h->up && s->lanes.first)
        ce_loop_post(s->loop, &s->kick);
}

/* A flow that is up while its breaker is open asks for events that do not wait
 * yet. */
static void flow_changed(ce_watch *w, const ce_health *h)
{
    retry *s = CE_OWNER(w, retry, flow_watch);

    if (!s->config.breaker->open)
        sink_changed(&s->watch, h);
}

/* --- life --- */

static void give_up(lane *l)
{
    item *i;

    ce_timer_stop(&l->timer);
    l->troubled = false;
    l->busy = true;
    while ((i = take_item(l)))
        ce_settle(i->w.d, &(ce_result){ .verdict = CE_UNDELIVERED,
                                        .attempts = i->w.attempts,
                                        .reason = "shutting down" });
    l->busy = false;
    if (l->lane.in_flight == 0)
        free_lane(l);
}

static void stop(ce_stage *stage)
{
    retry *s = (retry *)stage;

    s->stopped = true;
    ce_crowd_stop(&s->crowd);
    if (s->config.breaker)
        ce_breaker_stop(s->config.breaker);
    for (ce_lane *at = s->lanes.first, *next; at; at = next) {
        next = at->next;
        give_up((lane *)at);
    }
}

static void close_stage(ce_stage *stage)
{
    retry *s = (retry *)stage;

    if (s->config.sink)
        ce_health_unwatch(s->config.sink, &s->watch);
    if (s->config.breaker)
        ce_health_unwatch(&s->config.breaker->flow, &s->flow_watch);
    ce_loop_unpost(s->loop, &s->kick);
    ce_crowd_stop(&s->crowd);
    ce_lanes_free(&s->lanes);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "retry",
    .push = push,
    .stop = stop,
    .close = close_stage,
};

ce_status ce_retry_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                         const ce_retry_config *c)
{
    retry *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->loop = loop;
    s->config = *c;
    ce_lanes_init(&s->lanes, sizeof(lane));
    ce_crowd_init(&s->crowd, loop, &s->lanes);
    /* A xorshift must not begin with 0. */
    s->random = c->seed ? c->seed : uv_hrtime() | 1;
    s->kick.run = kick;
    s->watch.changed = sink_changed;
    if (c->sink)
        ce_health_watch(c->sink, &s->watch);
    s->flow_watch.changed = flow_changed;
    if (c->breaker)
        ce_health_watch(&c->breaker->flow, &s->flow_watch);
    *out = &s->stage;
    return CE_OK;
}
