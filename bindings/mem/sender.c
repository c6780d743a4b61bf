/* SPDX-License-Identifier: Apache-2.0 */
/* Hands copies to the receiver of its name, and takes the results. */
#include "bindings/mem/mem.h"

#include <cloudevents/alloc.h>

#include "bindings/mem/place.h"

typedef struct mem_sender {
    ce_sender sender;
    ce_mem_guest guest;
    ce_mem_parcel *out; /* with the receiver, or on the way back */
    ce_queue unused;    /* parcels, for the next events */
    ce_task answered, changed;
    ce_timer timer; /* of the stop */
    bool direct;    /* every event is tried */
    bool stopped;
    void (*done)(void *arg); /* NULL: not stopping */
    void *done_arg;
} mem_sender;

static void check_health(mem_sender *s)
{
    if (s->direct || ce_mem_is_open(s->guest.name))
        ce_health_up(&s->sender.health);
    else
        ce_health_down(&s->sender.health, "nobody receives there");
}

static void on_changed(ce_task *t)
{
    check_health(CE_OWNER(t, mem_sender, changed));
}

/* --- parcels --- */

static ce_mem_parcel *take_parcel(mem_sender *s)
{
    ce_mem_parcel *p = CE_QUEUE_TAKE(&s->unused, ce_mem_parcel, link);

    return p ? p : ce_mem_parcel_new();
}

static void reuse(mem_sender *s, ce_mem_parcel *p)
{
    ce_queue_put_back(&s->unused, &p->link);
}

static void link_out(mem_sender *s, ce_mem_parcel *p)
{
    p->before = NULL;
    p->after = s->out;
    if (s->out)
        s->out->before = p;
    s->out = p;
}

static void unlink_out(mem_sender *s, ce_mem_parcel *p)
{
    if (p->before)
        p->before->after = p->after;
    else
        s->out = p->after;
    if (p->after)
        p->after->before = p->before;
}

/* --- the stage --- */

/* NULL without memory. */
static ce_mem_parcel *pack(mem_sender *s, const ce_message *m)
{
    ce_mem_parcel *p = take_parcel(s);

    if (!p)
        return NULL;
    if (ce_mem_parcel_fill(p, m) == CE_OK)
        return p;
    reuse(s, p);
    return NULL;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    mem_sender *s = (mem_sender *)stage;
    ce_mem_parcel *p;

    if (s->stopped) {
        ce_settle_undelivered(d, 0, 0, "shutting down");
        return;
    }
    p = pack(s, &d->message);
    if (!p) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    p->d = d;
    link_out(s, p);
    if (ce_mem_send(&s->guest, p))
        return;
    unlink_out(s, p);
    reuse(s, p);
    ce_settle_undelivered(d, 0, 0, "nobody receives there");
}

static bool has_unanswered(const mem_sender *s)
{
    for (const ce_mem_parcel *p = s->out; p; p = p->after)
        if (p->d)
            return true;
    return false;
}

static void finish_if_idle(mem_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!s->stopped || !done || has_unanswered(s))
        return;
    s->done = NULL;
    ce_timer_stop(&s->timer);
    done(s->done_arg);
}

static void on_answered(ce_task *t)
{
    mem_sender *s = CE_OWNER(t, mem_sender, answered);
    ce_mem_parcel *p;

    while ((p = ce_mem_guest_take(&s->guest))) {
        unlink_out(s, p);
        if (p->d)
            ce_settle(p->d, &p->result);
        reuse(s, p);
    }
    finish_if_idle(s);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    mem_sender *s = (mem_sender *)sender;

    (void)err;
    ce_mem_guest_join(&s->guest);
    check_health(s);
    return CE_OK;
}

static void on_timer(ce_timer *t)
{
    mem_sender *s = CE_OWNER(t, mem_sender, timer);

    /* The parcels stay out: the receiver's loop may be at work on them. */
    for (ce_mem_parcel *p = s->out; p; p = p->after) {
        ce_delivery *d = p->d;

        p->d = NULL;
        if (d)
            ce_settle_undelivered(d, 0, 0, "no answer before the shutdown");
    }
    finish_if_idle(s);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    mem_sender *s = (mem_sender *)sender;

    s->stopped = true;
    s->done = done;
    s->done_arg = arg;
    ce_timer_start(s->guest.loop, &s->timer, timeout_ms);
    finish_if_idle(s);
}

static void close_sender(ce_stage *stage)
{
    mem_sender *s = (mem_sender *)stage;
    ce_mem_parcel *p;

    ce_timer_stop(&s->timer);
    ce_mem_guest_leave(&s->guest, s->out);
    ce_loop_unpost(s->guest.loop, &s->answered);
    ce_loop_unpost(s->guest.loop, &s->changed);
    /* The guest has left: nothing is added any more. */
    while ((p = CE_QUEUE_TAKE(&s->guest.answers, ce_mem_parcel, link)))
        ce_mem_parcel_free(p);
    while ((p = CE_QUEUE_TAKE(&s->unused, ce_mem_parcel, link)))
        ce_mem_parcel_free(p);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "mem",
    .push = push,
    .close = close_sender,
};

static const ce_sender_ops sender_ops = {
    .start = start,
    .stop = stop,
};

ce_status ce_mem_sender_open(ce_sender **out, const ce_endpoint *at,
                             ce_error *err)
{
    mem_sender *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &sender_ops;
    s->sender.keeps_order = true;
    s->direct = at->direct;
    s->answered.run = on_answered;
    s->changed.run = on_changed;
    s->timer.fire = on_timer;
    s->guest = (ce_mem_guest){ .name = ce_settings_authority(at->settings),
                               .loop = at->loop,
                               .answered = &s->answered,
                               .changed = &s->changed };
    ce_health_init(&s->sender.health, at->loop,
                   ce_settings_label(at->settings));
    *out = &s->sender;
    return CE_OK;
}
