/* SPDX-License-Identifier: Apache-2.0 */
/* A queue before a sender that is not connected. All wait equally long, so
 * that the first in the queue is also the first whose time is over. */
#include "core/stages/hold.h"

#include <cloudevents/alloc.h>

/* In its delivery's arena. */
typedef struct held {
    ce_link link;
    ce_delivery *d;
    uint64_t due_ms;
} held;

typedef struct hold {
    ce_stage stage;
    ce_loop *loop;
    ce_hold_config config;
    ce_queue waiting;
    bool stopped;
    ce_timer timer; /* of the first */
    ce_watch watch;
    ce_task up;
} hold;

static const char *reason_of(const hold *s)
{
    const char *reason = s->config.sink->reason;

    return reason[0] ? reason : "no connection";
}

static void watch_first(hold *s)
{
    const held *first = CE_QUEUE_FIRST(&s->waiting, held, link);
    uint64_t now = ce_loop_now_ms(s->loop);

    if (!first)
        ce_timer_stop(&s->timer);
    else
        ce_timer_start(s->loop, &s->timer,
                       first->due_ms > now ? first->due_ms - now : 0);
}

static void on_timer(ce_timer *t)
{
    hold *s = CE_OWNER(t, hold, timer);
    held *h;

    while ((h = CE_QUEUE_FIRST(&s->waiting, held, link)) &&
           h->due_ms <= ce_loop_now_ms(s->loop)) {
        ce_queue_remove(&s->waiting, &h->link);
        ce_settle_undelivered(h->d, 0, 0, reason_of(s));
    }
    watch_first(s);
}

/* --- the sink is there --- */

/* A task of its own: the sender is in the middle of connecting. */
static void changed(ce_watch *w, const ce_health *h)
{
    hold *s = CE_OWNER(w, hold, watch);

    if (h->up)
        ce_loop_post(s->loop, &s->up);
}

static void on_up(ce_task *t)
{
    hold *s = CE_OWNER(t, hold, up);
    held *h;

    while (s->config.sink->up && (h = CE_QUEUE_TAKE(&s->waiting, held, link)))
        ce_push(s->stage.next, h->d);
    watch_first(s);
}

/* --- the stage --- */

static void wait(hold *s, ce_delivery *d)
{
    held *h = ce_arena_alloc(d->arena, sizeof *h);
    bool is_first = ce_queue_is_empty(&s->waiting);

    if (!h) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    *h =
        (held){ .d = d, .due_ms = ce_loop_now_ms(s->loop) + s->config.wait_ms };
    ce_queue_add(&s->waiting, &h->link);
    if (is_first)
        watch_first(s);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    hold *s = (hold *)stage;

    if (s->stopped)
        ce_settle_undelivered(d, 0, 0, s->config.closed);
    else if (s->config.sink->up && ce_queue_is_empty(&s->waiting))
        ce_push(stage->next, d);
    else
        wait(s, d);
}

bool ce_hold_give_up(ce_stage *stage, ce_delivery *d, const char *reason)
{
    hold *s = (hold *)stage;
    held *h = CE_QUEUE_FIRST(&s->waiting, held, link);

    while (h && h->d != d)
        h = CE_QUEUE_NEXT(h, held, link);
    if (!h)
        return false;
    ce_queue_remove(&s->waiting, &h->link);
    watch_first(s);
    ce_settle_undelivered(d, 0, 0, reason ? reason : reason_of(s));
    return true;
}

static void stop(ce_stage *stage)
{
    hold *s = (hold *)stage;
    held *h;

    s->stopped = true;
    ce_timer_stop(&s->timer);
    while ((h = CE_QUEUE_TAKE(&s->waiting, held, link)))
        ce_settle_undelivered(h->d, 0, 0, s->config.closed);
}

static void close_stage(ce_stage *stage)
{
    hold *s = (hold *)stage;

    ce_health_unwatch(s->config.sink, &s->watch);
    ce_loop_unpost(s->loop, &s->up);
    ce_timer_stop(&s->timer);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "hold",
    .push = push,
    .stop = stop,
    .close = close_stage,
};

ce_status ce_hold_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                        const ce_hold_config *c)
{
    hold *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->loop = loop;
    s->config = *c;
    s->timer.fire = on_timer;
    s->up.run = on_up;
    s->watch.changed = changed;
    ce_health_watch(c->sink, &s->watch);
    *out = &s->stage;
    return CE_OK;
}
