/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a route: start, run, drain, flush, close.
 *
 * Callbacks only make a note and post the step; the step looks at everything
 * and goes on when it can. That keeps settlements free of side effects. */
#include "bridge/run/worker.h"

#include <stdatomic.h>

#include <cloudevents/alloc.h>

#include "core/inbox/inbox.h"

typedef enum phase {
    RUNNING,
    DRAINING,         /* the intake is closed, what is in flight goes on */
    FLUSHING,         /* the sinks finish */
    FLUSHING_LETTERS, /* then the dead-letter target */
    SETTLING,         /* the last results are on their way */
    FINISHED
} phase;

enum {
    LAST_MS = 100,   /* after the grace: answers that are here already */
    STUCK_MS = 5000, /* results need no network any more: later is a defect */
};

struct br_worker {
    br_tenant tenant;
    br_thread *thread;
    ce_loop *loop, *owner;
    ce_task *changed;
    br_route route;
    phase phase;
    bool source_ended;
    bool expired;    /* the grace is over */
    bool hands_back; /* nothing waits for another attempt */
    unsigned flushing;
    atomic_uint_fast64_t grace_ms; /* a reload changes it */
    ce_task step, stop, enough, sink_gone;
    ce_timer timer;
    br_worker_end end; /* read by others once DONE */
    ce_task pulse, *answered;
    atomic_bool silent;        /* was asked, and has not answered */
    atomic_bool started;       /* all is open */
    atomic_bool settled, done; /* END is final; all is closed */
};

/* --- notes --- */

static void post_step(void *arg)
{
    br_worker *w = arg;

    ce_loop_post(w->loop, &w->step);
}

/* What waits for company at a sink would hold up the end. */
static void hurry_sinks(br_worker *w)
{
    for (unsigned i = 0; i < w->route.plan->sinks; i++)
        br_outlet_hurry(&w->route.sinks[i]);
    br_outlet_hurry(&w->route.letters);
}

static void source_ended(ce_receiver *receiver, void *arg)
{
    br_worker *w = arg;

    if (receiver == w->route.receiver) {
        w->source_ended = true;
        if (br_route_judge_end(w->route.plan, &receiver->health,
                               &w->end.error) != CE_OK)
            w->end.failed = true;
        hurry_sinks(w);
    } else {
        br_lines_note_end(&w->route.lines, receiver);
    }
    post_step(w);
}

static void flushed(void *arg)
{
    br_worker *w = arg;

    w->flushing--;
    post_step(w);
}

/* --- phases --- */

static unsigned out_of(const ce_receiver *receiver)
{
    return receiver->pool ? ce_pool_out(receiver->pool) : 0;
}

/* Whether the source is at its end and all of it has been dealt with. */
static bool is_at_end(br_worker *w)
{
    br_route *r = &w->route;

    if (!w->source_ended || out_of(r->receiver) > 0)
        return false;
    return br_lines_finish(&r->lines);
}

static void stop_intake(br_worker *w)
{
    br_route *r = &w->route;
    uint64_t lost = atomic_load(&r->lost);

    if (atomic_load(&w->started))
        r->receiver->ops->stop(r->receiver);
    /* What a source has read beyond its end is not missed. */
    if (w->end.is_at_end)
        atomic_store(&r->lost, lost);
    br_lines_stop(&r->lines);
    hurry_sinks(w);
    w->phase = DRAINING;
}

/* No answer comes for events on their way to a sink that is away. Where
 * another one still holds the event, the answer need not be waited for. */
static bool is_hopeless(const br_worker *w, const br_outlet *o)
{
    return w->hands_back && o->sender && !o->sender->health.up;
}

static void flush(br_worker *w, br_outlet *o)
{
    bool is_short = w->expired || is_hopeless(w, o);
    unsigned ms = is_short ? LAST_MS : (unsigned)atomic_load(&w->grace_ms);

    if (!o->sender || !o->started)
        return;
    o->started = false;
    w->flushing++;
    o->sender->ops->stop(o->sender, ms, flushed, w);
}

static void flush_sinks(br_worker *w)
{
    br_route *r = &w->route;

    w->phase = FLUSHING;
    ce_timer_stop(&w->timer);
    br_route_stop_stages(r);
    for (unsigned i = 0; i < r->plan->sinks; i++)
        flush(w, &r->sinks[i]);
}

static void flush_letters(br_worker *w)
{
    w->phase = FLUSHING_LETTERS;
    flush(w, &w->route.letters);
}

static void settle(br_worker *w)
{
    w->phase = SETTLING;
    ce_timer_start(w->loop, &w->timer, STUCK_MS);
}

static void finish(br_worker *w)
{
    w->phase = FINISHED;
    ce_timer_stop(&w->timer);
    w->end.tally = w->route.tally;
    atomic_store(&w->settled, true);
    ce_loop_post(w->owner, w->changed);
    br_thread_finish(w->thread);
}

static bool is_drained(const br_worker *w)
{
    const br_route *r = &w->route;

    if (w->expired || !br_route_in_flight(r) || is_hopeless(w, &r->letters))
        return true;
    for (unsigned i = 0; i < r->plan->sinks; i++)
        if (is_hopeless(w, &r->sinks[i]))
            return true;
    return false;
}

static void take_step(br_worker *w)
{
    if (w->phase == RUNNING && is_at_end(w)) {
        w->end.is_at_end = true;
        stop_intake(w);
    }
    if (w->phase == DRAINING && is_drained(w))
        flush_sinks(w);
    if (w->phase == FLUSHING && !w->flushing)
        flush_letters(w);
    if (w->phase == FLUSHING_LETTERS && !w->flushing)
        settle(w);
    if (w->phase == SETTLING &&
        (w->end.stuck || !br_route_in_flight(&w->route)))
        finish(w);
}

static void on_step(ce_task *t)
{
    take_step(CE_OWNER(t, br_worker, step));
}

static void on_timer(ce_timer *t)
{
    br_worker *w = CE_OWNER(t, br_worker, timer);

    w->expired = true;
    w->end.stuck = w->phase == SETTLING;
    take_step(w);
}

/* What waits for another attempt goes back at once; what is on its way to a
 * sink goes on. */
static void hand_back(br_worker *w)
{
    w->hands_back = true;
    br_route_stop_stages(&w->route);
}

static void begin_stop(br_worker *w)
{
    if (w->phase != RUNNING)
        return;
    w->route.tally.stopping = true;
    stop_intake(w);
    if (w->end.can_take_again)
        hand_back(w);
    ce_timer_start(w->loop, &w->timer, atomic_load(&w->grace_ms));
    post_step(w);
}

static void on_stop(ce_task *t)
{
    begin_stop(CE_OWNER(t, br_worker, stop));
}

/* The limit of events is reached: as if the source had ended. */
static void on_enough(ce_task *t)
{
    br_worker *w = CE_OWNER(t, br_worker, enough);

    if (w->phase != RUNNING)
        return;
    w->end.is_at_end = true;
    begin_stop(w);
}

/* It is like the end of the source, but that nothing is tried again. */
static void on_sink_gone(ce_task *t)
{
    br_worker *w = CE_OWNER(t, br_worker, sink_gone);

    if (w->phase > DRAINING)
        return;
    w->end.is_at_end = w->end.sink_gone = true;
    begin_stop(w);
    hand_back(w);
}

static void sink_ended(ce_sender *sender, void *arg)
{
    br_outlet *o = arg;
    br_worker *w = o->owner;

    (void)sender;
    /* So that what comes back now counts as handed back, and is no news. */
    ce_breaker_stop(&o->breaker);
    w->route.tally.stopping = true;
    ce_loop_post(w->loop, &w->sink_gone);
}

static void on_pulse(ce_task *t)
{
    br_worker *w = CE_OWNER(t, br_worker, pulse);

    atomic_store(&w->silent, false);
    ce_loop_post(w->owner, w->answered);
}

/* --- the thread --- */

static void watch_pool(br_worker *w, ce_receiver *receiver)
{
    receiver->ended = source_ended;
    receiver->ended_arg = w;
    if (receiver->pool)
        ce_pool_on_idle(receiver->pool, post_step, w);
}

static void health_changed(ce_watch *watch, const ce_health *h)
{
    (void)h;
    post_step(CE_OWNER(watch, br_outlet, away)->owner);
}

static void watch_sink(br_worker *w, br_outlet *o)
{
    if (!o->sender)
        return;
    o->owner = w;
    o->away.changed = health_changed;
    ce_health_watch(&o->sender->health, &o->away);
    o->sender->ended = sink_ended;
    o->sender->ended_arg = o;
}

static void watch_ends(br_worker *w)
{
    br_route *r = &w->route;

    watch_pool(w, r->receiver);
    for (unsigned i = 0; i < r->lines.count; i++)
        watch_pool(w, r->lines.at[i].receiver);
    for (unsigned i = 0; i < r->plan->sinks; i++)
        watch_sink(w, &r->sinks[i]);
    watch_sink(w, &r->letters);
}

static void fail(br_worker *w)
{
    w->end.failed = true;
    w->expired = true;
    begin_stop(w);
}

static void start_sinks(br_worker *w)
{
    watch_ends(w);
    if (br_route_start_sinks(&w->route, &w->end.error) != CE_OK)
        fail(w);
}

static void start_sources(br_worker *w)
{
    if (w->end.failed)
        return;
    /* Asked once: the name of a pipe may be gone in the end. */
    w->end.can_take_again = br_route_can_take_again(w->route.plan);
    if (br_route_start_sources(&w->route, &w->end.error) != CE_OK) {
        fail(w);
        return;
    }
    atomic_store(&w->started, true);
    ce_loop_post(w->owner, w->changed);
}

static void close_route(br_worker *w)
{
    if (w->end.stuck)
        return;
    ce_loop_unpost(w->loop, &w->step);
    ce_loop_unpost(w->loop, &w->enough);
    ce_loop_unpost(w->loop, &w->sink_gone);
    br_route_close(&w->route);
    ce_loop_unpost(w->loop, &w->step);
}

static void take_thread_step(br_tenant *t, br_thread_step step)
{
    br_worker *w = CE_OWNER(t, br_worker, tenant);

    switch (step) {
    case BR_START_SINKS:
        start_sinks(w);
        break;
    case BR_START_SOURCES:
        start_sources(w);
        break;
    case BR_CLOSE:
        close_route(w);
        break;
    case BR_DONE:
        atomic_store(&w->done, true);
        ce_loop_post(w->owner, w->changed);
        break;
    }
}

/* --- for the owner --- */

static ce_status enter_thread(br_worker *w, const br_worker_config *c,
                              ce_error *err)
{
    ce_status status = CE_OK;

    if (c->beside)
        w->thread = c->beside->thread;
    else
        status = br_thread_open(&w->thread, c->sinks_started, err);
    if (status != CE_OK)
        return br_route_blame(c->plan, NULL, status, err);
    w->tenant = (br_tenant){ .route = c->plan, .take_step = take_thread_step };
    w->loop = br_thread_loop(w->thread);
    br_thread_enter(w->thread, &w->tenant);
    return CE_OK;
}

ce_status br_worker_open(br_worker **out, const br_worker_config *c,
                         ce_error *err)
{
    br_worker *w = ce_alloc_zeroed(sizeof *w);
    ce_status status;

    if (!w)
        return ce_no_memory(err);
    w->owner = c->owner;
    w->changed = c->changed;
    atomic_init(&w->grace_ms, c->grace_ms);
    w->step.run = on_step;
    w->stop.run = on_stop;
    w->enough.run = on_enough;
    w->sink_gone.run = on_sink_gone;
    w->pulse.run = on_pulse;
    w->timer.fire = on_timer;
    w->route.enough = &w->enough;
    status = enter_thread(w, c, err);
    if (status != CE_OK) {
        ce_free(w);
        return status;
    }
    status =
        br_route_open(&w->route, c->plan, w->loop, c->number, c->board, err);
    if (status == CE_OK)
        *out = w;
    else
        br_worker_close(w);
    return status;
}

void br_worker_start(br_worker *w)
{
    br_thread_start(w->thread);
}

void br_worker_stop(br_worker *w)
{
    ce_loop_post(w->loop, &w->stop);
}

void br_worker_set_grace(br_worker *w, uint64_t ms)
{
    atomic_store(&w->grace_ms, ms);
}

bool br_worker_is_started(br_worker *w)
{
    return atomic_load(&w->started);
}

/* Endpoints that are being opened or closed may take their time. */
static bool is_running(br_worker *w)
{
    return atomic_load(&w->started) && !atomic_load(&w->settled);
}

void br_worker_ask(br_worker *w, ce_task *answered)
{
    if (!is_running(w) || atomic_load(&w->silent))
        return;
    w->answered = answered;
    atomic_store(&w->silent, true);
    ce_loop_post(w->loop, &w->pulse);
}

bool br_worker_is_silent(br_worker *w)
{
    return is_running(w) && atomic_load(&w->silent);
}

const br_worker_end *br_worker_result(br_worker *w)
{
    return atomic_load(&w->settled) ? &w->end : NULL;
}

bool br_worker_is_closed(br_worker *w)
{
    return atomic_load(&w->done);
}

void br_worker_close(br_worker *w)
{
    if (!br_thread_join(w->thread))
        br_route_close(&w->route);
    ce_loop_unpost(w->loop, &w->stop);
    ce_loop_unpost(w->loop, &w->pulse);
    br_route_free(&w->route);
    br_thread_leave(w->thread, &w->tenant);
    ce_free(w);
}

const br_route *br_worker_route(const br_worker *w)
{
    return &w->route;
}
