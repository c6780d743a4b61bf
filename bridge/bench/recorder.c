/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bench/recorder.h"
#include "bridge/run/built_in.h"

#include <cloudevents/alloc.h>

enum { LOOK_MS = 10 };

typedef struct recorder {
    ce_sender sender;
    ce_loop *loop;
    br_trial *trial;
    ce_timer look;
    bool is_stopped;
} recorder;

/* Transports have no argument of their own, and a process has one trial. */
static br_trial *given;

void br_recorder_set(br_trial *t)
{
    given = t;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    recorder *s = (recorder *)stage;
    const ce_event *e = ce_delivery_event(d, NULL);

    if (!e || s->is_stopped) {
        ce_settle_undelivered(d, 0, 0, e ? "shutting down" : "out of memory");
        return;
    }
    br_trial_arrive(s->trial, ce_event_text(e, "source"),
                    ce_event_text(e, "id"));
    /* The load alone counts as delivered. */
    ce_settle_ack(d, CE_FILTERED);
}

static void on_look(ce_timer *t)
{
    recorder *s = CE_OWNER(t, recorder, look);

    if (!br_trial_is_over(s->trial))
        ce_timer_start(s->loop, t, LOOK_MS);
    else if (s->sender.ended)
        s->sender.ended(&s->sender, s->sender.ended_arg);
}

static ce_status start(ce_sender *sender, ce_error *err)
{
    recorder *s = (recorder *)sender;

    (void)err;
    ce_health_up(&sender->health);
    ce_timer_start(s->loop, &s->look, LOOK_MS);
    return CE_OK;
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    recorder *s = (recorder *)sender;

    (void)timeout_ms;
    s->is_stopped = true;
    ce_timer_stop(&s->look);
    done(arg);
}

static void close_sender(ce_stage *stage)
{
    ce_timer_stop(&((recorder *)stage)->look);
    ce_free(stage);
}

static const ce_stage_ops stage_ops = {
    .name = "recorder",
    .push = push,
    .close = close_sender,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

static ce_status open_sender(ce_sender **out, const ce_endpoint *at,
                             ce_error *err)
{
    recorder *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->sender.keeps_order = true;
    s->loop = at->loop;
    s->trial = given;
    s->look.fire = on_look;
    ce_health_init(&s->sender.health, at->loop, "the recorder");
    *out = &s->sender;
    return CE_OK;
}

const ce_transport br_recorder_transport = {
    .abi = CE_TRANSPORT_ABI,
    .name = "recorder",
    .schemes = br_no_schemes,
    .sender_options = br_no_options,
    .sender = open_sender,
};
