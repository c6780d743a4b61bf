/* SPDX-License-Identifier: Apache-2.0 */
/* The load: events at a rate, or as fast as they are confirmed.
 *
 * At a rate an event's time begins when it was due, whether it could go then or
 * not: a sink that stalls holds up those behind it, and their times say so. */
#include "bridge/bench/generator.h"

#include <inttypes.h>
#include <uv.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bridge/bench/pace.h"
#include "bridge/run/built_in.h"

enum {
    LOOK_MS = 5, /* between two looks whether all is ready */
    BURST = 256  /* events of one turn: a sink that confirms at once must not
                    keep the loop from its sockets */
};

typedef struct generator {
    ce_receiver receiver;
    ce_loop *loop;
    br_trial *trial;
    ce_stage *into;
    ce_task go;
    ce_timer look;
    br_pace *pace;
    uint64_t opened_ms, begun_ns, answered_ns;
    uint64_t next;  /* event */
    bool is_vain;   /* nothing gets through any more */
    bool has_ended; /* ... or all is sent */
    bool is_stopped;
} generator;

/* Transports have no argument of their own, and a process has one trial. */
static br_trial *given;

void br_generator_set(br_trial *t)
{
    given = t;
}

/* --- one event --- */

/* The first of each kind says why; the rest is counted. */
static void say(const br_trial *t, uint64_t number, const ce_result *r)
{
    if (r->verdict == CE_NACK && t->refused == 1)
        ce_log(CE_WARN, "event %" PRIu64 " was refused: %s", number + 1,
               r->reason);
    if (r->verdict == CE_UNDELIVERED && t->undelivered == 1)
        ce_log(CE_WARN, "event %" PRIu64 " was not delivered: %s", number + 1,
               r->reason);
}

/* A sink that is away for good would cost the timeout of each event. */
static void look_at_sink(generator *g, ce_verdict verdict)
{
    uint64_t now = uv_hrtime();

    if (verdict != CE_UNDELIVERED)
        g->answered_ns = now;
    else if (now - g->answered_ns > g->trial->config.timeout_ms * 1000000)
        g->is_vain = true;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    generator *g = h->self;

    /* What a stop gives back might have been delivered. */
    if (!g->is_stopped || r->verdict != CE_UNDELIVERED) {
        br_trial_settle(g->trial, h->state, r->verdict);
        say(g->trial, h->state, r);
        look_at_sink(g, r->verdict);
    }
    ce_pool_give(d);
}

static ce_status add(ce_delivery *d, ce_slice name, ce_slice text)
{
    const ce_attr attr = { name, text, CE_STRING };

    return text.ptr ? ce_attrs_add(&d->message.attrs, d->arena, attr)
                    : CE_ENOMEM;
}

static ce_status add_number(ce_delivery *d, ce_slice name, uint64_t number)
{
    return add(d, name, ce_arena_printf(d->arena, "%" PRIu64, number));
}

static ce_status fill(ce_delivery *d, const br_trial *t, uint64_t number)
{
    ce_status status = add(d, CE_SLICE("specversion"), CE_SLICE("1.0"));

    d->origin.topic = CE_SLICE("the load");
    d->message.mode = CE_MODE_BINARY;
    d->message.content_type = CE_SLICE("text/plain");
    d->message.body = (ce_slice){ t->data, t->config.bytes };
    if (status == CE_OK)
        status = add(d, CE_SLICE("type"), CE_SLICE("cebridge.bench"));
    if (status == CE_OK)
        status = add(d, CE_SLICE("source"), ce_slice_of(t->source));
    if (status == CE_OK)
        status = add_number(d, CE_SLICE("id"), number + 1);
    if (status == CE_OK && t->config.keys)
        status =
            add_number(d, CE_SLICE("partitionkey"), number % t->config.keys);
    return status;
}

static void send_next(generator *g, ce_delivery *d, uint64_t ns)
{
    uint64_t number = g->next++;

    ce_delivery_hook(d, settled, g, number);
    br_trial_send(g->trial, number, ns);
    if (fill(d, g->trial, number) == CE_OK)
        ce_push(g->into, d);
    else
        ce_settle_undelivered(d, 0, 0, "out of memory");
}

/* --- the load --- */

static bool is_done(const generator *g)
{
    return g->next == g->trial->config.count || g->is_vain;
}

/* When the next event is to go; 0: at once. */
static uint64_t due_ns(const generator *g)
{
    uint64_t rate = g->trial->config.rate;

    return rate ? g->begun_ns + g->next * 1000000000 / rate : 0;
}

static void end(generator *g)
{
    g->has_ended = true;
    if (g->is_vain)
        ce_log(CE_ERROR, "nothing gets through: no more events are sent");
    if (g->receiver.ended)
        g->receiver.ended(&g->receiver, g->receiver.ended_arg);
}

/* What is due. A pool that refuses, and the pace, call again. */
static void send_some(generator *g)
{
    for (unsigned i = 0; i < BURST; i++) {
        uint64_t now = uv_hrtime(), due = due_ns(g);
        ce_delivery *d;

        if (is_done(g)) {
            end(g);
            return;
        }
        if (due > now) {
            br_pace_at(g->pace, due);
            return;
        }
        d = ce_pool_take(g->receiver.pool);
        if (!d)
            return;
        send_next(g, d, due ? due : now);
    }
    ce_loop_post(g->loop, &g->go);
}

static void go_on(generator *g)
{
    if (!g->has_ended && !g->is_stopped)
        send_some(g);
}

static void on_go(ce_task *t)
{
    go_on(CE_OWNER(t, generator, go));
}

static void on_due(void *arg)
{
    go_on(arg);
}

static void on_refilled(void *arg)
{
    generator *g = arg;

    ce_loop_post(g->loop, &g->go);
}

/* --- its life --- */

static void give_up(generator *g)
{
    ce_log(CE_ERROR, "nothing was sent: not everything is connected");
    g->trial->gave_up = true;
    end(g);
}

static void on_look(ce_timer *t)
{
    generator *g = CE_OWNER(t, generator, look);
    uint64_t waited = ce_loop_now_ms(g->loop) - g->opened_ms;

    if (ce_receiver_is_ready(&g->receiver)) {
        g->begun_ns = g->answered_ns = uv_hrtime();
        go_on(g);
    } else if (waited >= g->trial->config.timeout_ms) {
        give_up(g);
    } else {
        ce_timer_start(g->loop, t, LOOK_MS);
    }
}

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    generator *g = (generator *)r;

    g->into = into;
    g->opened_ms = ce_loop_now_ms(g->loop);
    ce_health_up(&r->health);
    ce_timer_start(g->loop, &g->look, 0);
    return br_pace_open(&g->pace, g->loop, on_due, g, err);
}

static void stop(ce_receiver *r)
{
    generator *g = (generator *)r;

    g->is_stopped = true;
    atomic_store(&g->trial->is_sent, true);
    ce_timer_stop(&g->look);
    ce_loop_unpost(g->loop, &g->go);
}

static void close_receiver(ce_receiver *r)
{
    generator *g = (generator *)r;

    stop(r);
    br_pace_close(g->pace);
    ce_pool_close(r->pool);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    generator *g = ce_alloc_zeroed(sizeof *g);

    if (!g)
        return ce_no_memory(err);
    if (ce_pool_open(&g->receiver.pool, (unsigned)given->config.in_flight,
                     sizeof(ce_delivery), SIZE_MAX) != CE_OK) {
        ce_free(g);
        return ce_no_memory(err);
    }
    g->receiver.ops = &ops;
    g->loop = at->loop;
    g->trial = given;
    g->go.run = on_go;
    g->look.fire = on_look;
    ce_pool_on_refilled(g->receiver.pool, on_refilled, g);
    ce_health_init(&g->receiver.health, at->loop, "the load");
    *out = &g->receiver;
    return CE_OK;
}

const ce_transport br_generator_transport = {
    .abi = CE_TRANSPORT_ABI,
    .name = "load",
    .schemes = br_no_schemes,
    .receiver_options = br_no_options,
    .receiver = open_receiver,
};
