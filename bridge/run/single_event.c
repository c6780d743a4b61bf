/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver with one event: with it a command sends through the same chain
 * that a route has. */
#include "bridge/run/single_event.h"
#include "bridge/run/built_in.h"

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

typedef struct single {
    ce_receiver receiver;
    ce_loop *loop;
    ce_stage *into;
    ce_task task;
} single;

/* Transports have no argument of their own, and a process sends one event. */
static const ce_event *event;

void br_single_event_set(const ce_event *e)
{
    event = e;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    if (r->verdict != CE_ACK)
        ce_log(CE_WARN, "the event was %s: %s",
               r->verdict == CE_NACK ? "refused" : "not delivered",
               r->reason[0] ? r->reason : "no reason was given");
    ce_pool_give(d);
}

static ce_status fill(ce_delivery *d)
{
    d->origin.topic = CE_SLICE("the event");
    return ce_message_encode(event, CE_MODE_BINARY, NULL, d->arena,
                             &d->message);
}

static void push_event(ce_task *t)
{
    single *s = CE_OWNER(t, single, task);
    ce_delivery *d = ce_pool_take(s->receiver.pool);

    if (s->receiver.ended)
        s->receiver.ended(&s->receiver, s->receiver.ended_arg);
    if (!d)
        return;
    ce_delivery_hook(d, settled, s, 0);
    if (fill(d) == CE_OK)
        ce_push(s->into, d);
    else
        ce_settle_undelivered(d, 0, 0, "out of memory");
}

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    single *s = (single *)r;

    (void)err;
    s->into = into;
    ce_health_up(&r->health);
    ce_loop_post(s->loop, &s->task);
    return CE_OK;
}

static void stop(ce_receiver *r)
{
    single *s = (single *)r;

    ce_loop_unpost(s->loop, &s->task);
}

static void close_receiver(ce_receiver *r)
{
    stop(r);
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
    single *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return ce_no_memory(err);
    /* One delivery, and an event of any size. */
    if (ce_pool_open(&s->receiver.pool, 1, sizeof(ce_delivery), SIZE_MAX) !=
        CE_OK) {
        ce_free(s);
        return ce_no_memory(err);
    }
    s->receiver.ops = &ops;
    s->loop = at->loop;
    s->task.run = push_event;
    ce_health_init(&s->receiver.health, at->loop, "the event");
    *out = &s->receiver;
    return CE_OK;
}

/* The command line is not read again. */
static ce_promise promise(ce_role role, const ce_settings *settings)
{
    (void)role;
    (void)settings;
    return (ce_promise){ .level = CE_UNLESS_KEPT };
}

const ce_transport br_single_event_transport = {
    .abi = CE_TRANSPORT_ABI,
    .name = "event",
    .schemes = br_no_schemes,
    .receiver_options = br_no_options,
    .receiver = open_receiver,
    .promise = promise,
};
