/* SPDX-License-Identifier: Apache-2.0 */
/* Replays an inbox into the chain behind it.
 *
 * Records are copied out as the pool has credit; results go back with one
 * commit per turn of the loop. What was delivered is deleted, what was refused
 * stays as a letter, what was not delivered stays where it is. */
#include "core/inbox/intake.h"
#include "core/inbox/level.h"
#include "core/inbox/outcomes.h"
#include "core/pipeline/action.h"
#include "core/pipeline/arrival.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

enum {
    AGAIN_MS = 1000, /* a full disk or a sink that is away needs time */
    LEVEL_MS = 1000, /* metrics are read every few seconds */
};

typedef struct pump {
    ce_receiver receiver;
    ce_inbox *inbox;
    unsigned sink;
    ce_loop *loop;
    ce_intake intake;
    ce_stage *into, *into_again;
    ce_queue again; /* came back undelivered */
    ce_task wake, finish;
    ce_timer timer, level;
    ce_outcomes outcomes;
    bool running, blocked, ending;
    bool holds;  /* refused ones that are left where they are */
    bool warned; /* that the refused take much of what they may */
} pump;

/* --- out of the store --- */

/* What waits goes on, whether more has room or not. */
static void look_for_room(pump *p)
{
    if (ce_inbox_lack(p->inbox))
        ce_inbox_make_room(p->inbox);
    if (!ce_inbox_lack(p->inbox)) {
        ce_health_up(&p->receiver.health);
        return;
    }
    ce_health_down(&p->receiver.health, "no room on the disk for more: %s",
                   strerror(ce_inbox_lack(p->inbox)));
    ce_timer_start(p->loop, &p->timer, AGAIN_MS);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r);

static void push_on(pump *p, ce_incoming *in)
{
    ce_delivery_hook(&in->d, settled, p, 0);
    ce_push(in->is_first ? p->into : p->into_again, &in->d);
}

static void push_read(pump *p)
{
    ce_queue fresh = ce_queue_take_all(&p->intake.fresh);
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(&fresh, ce_delivery, link)))
        push_on(p, (ce_incoming *)d);
}

static void read_records(pump *p)
{
    ce_error err;

    if (ce_intake_read(&p->intake, &err) != CE_OK) {
        ce_health_down(&p->receiver.health, "%s", err.text);
        ce_timer_start(p->loop, &p->timer, AGAIN_MS);
    } else {
        look_for_room(p);
    }
    if (p->intake.lacks_memory)
        ce_timer_start(p->loop, &p->timer, AGAIN_MS);
}

/* Pushing waits until the walk is over: a stage behind may put into the same
 * store, and LMDB allows one transaction per thread. */
static void pump_records(pump *p)
{
    if (!p->running || p->blocked)
        return;
    read_records(p);
    push_read(p);
    if (p->intake.is_long)
        ce_loop_post(p->loop, &p->wake);
    if (p->ending)
        ce_loop_post(p->loop, &p->finish);
}

static void on_wake(ce_task *t)
{
    pump_records(CE_OWNER(t, pump, wake));
}

static void on_refilled(void *arg)
{
    pump *p = arg;

    ce_loop_post(p->loop, &p->wake);
}

/* --- back into the store --- */

/* A letter is never thrown away, and what the sink takes goes on. */
static bool must_stay(const pump *p, const ce_result *r)
{
    return r->verdict != CE_ACK && ce_inbox_refused_bytes(p->inbox) >=
                                       ce_inbox_max_refused_bytes(p->inbox);
}

/* It is refused again by the next process, or finds room. */
static void leave_in_place(pump *p)
{
    if (!p->holds)
        ce_log_of(
            CE_WARN, p->receiver.health.label,
            "the refused events take all that they may: further ones "
            "wait among the others until the next start; see cebridge dlq");
    p->holds = true;
    ce_loop_post(p->loop, &p->finish);
}

static void warn_of_refused(pump *p)
{
    uint64_t bytes = ce_inbox_refused_bytes(p->inbox);
    uint64_t most = ce_inbox_max_refused_bytes(p->inbox);

    if (p->warned || bytes < most / 5 * 4)
        return;
    p->warned = true;
    ce_log_of(CE_WARN, p->receiver.health.label,
              "the refused events take %llu of %llu bytes; see cebridge dlq",
              (unsigned long long)bytes, (unsigned long long)most);
}

static void keep_for_later(pump *p, ce_incoming *in)
{
    ce_queue_add(&p->again, &in->d.link);
    ce_timer_start(p->loop, &p->timer, AGAIN_MS);
}

/* An event that is refused on its way to the sinks: the receiver that had it
 * first tells, and for all of them. */
static bool is_of_all(const ce_hook *h, const ce_result *r)
{
    return h->state != CE_ARRIVED &&
           (r->verdict != CE_ACK || r->fate == CE_DEAD_LETTERED);
}

static ce_action act(pump *p, ce_incoming *in, const ce_result *r,
                     bool is_of_all)
{
    if (is_of_all && !in->is_first)
        return CE_KEEP;
    if (must_stay(p, r)) {
        leave_in_place(p);
        return CE_KEEP;
    }
    if (ce_outcomes_note(&p->outcomes, &in->d, in->number, r, is_of_all) !=
        CE_OK)
        return p->running ? CE_REPEAT : CE_KEEP;
    ce_loop_post(p->loop, &p->finish);
    return CE_PASS;
}

/* What stands in the yard comes when others of its key are gone. */
static void give(pump *p, ce_incoming *in)
{
    ce_intake_give(&p->intake, in);
    if (p->intake.yard.count > 0)
        ce_loop_post(p->loop, &p->wake);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    pump *p = h->self;
    ce_action action = ce_yard_has(d) ? CE_KEEP : ce_action_of(r, p->running);

    if (action == CE_PASS)
        action = act(p, (ce_incoming *)d, r, is_of_all(h, r));
    if (action == CE_REPEAT) {
        keep_for_later(p, (ce_incoming *)d);
        return;
    }
    /* What is kept is read again, here or by the next receiver. */
    give(p, (ce_incoming *)d);
    if (p->ending)
        ce_loop_post(p->loop, &p->finish);
}

static void call_ended(pump *p)
{
    ce_receiver *r = &p->receiver;

    if (!p->ending || !p->running || !ce_intake_is_done(&p->intake))
        return;
    p->ending = false;
    if (r->ended)
        r->ended(r, r->ended_arg);
}

static void finish_records(pump *p)
{
    ce_error err;

    p->blocked = ce_outcomes_commit(&p->outcomes, &err) != CE_OK;
    if (p->blocked) {
        ce_health_down(&p->receiver.health, "%s", err.text);
        ce_timer_start(p->loop, &p->timer, AGAIN_MS);
        return;
    }
    warn_of_refused(p);
    call_ended(p);
}

static void on_finish(ce_task *t)
{
    finish_records(CE_OWNER(t, pump, finish));
}

static void push_again(pump *p)
{
    ce_queue again = ce_queue_take_all(&p->again);
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(&again, ce_delivery, link))) {
        ce_intake_renew(&p->intake, (ce_incoming *)d);
        push_on(p, (ce_incoming *)d);
    }
}

static void on_timer(ce_timer *t)
{
    pump *p = CE_OWNER(t, pump, timer);

    finish_records(p);
    push_again(p);
    pump_records(p);
}

static void on_level(ce_timer *t)
{
    pump *p = CE_OWNER(t, pump, level);

    ce_inbox_tell_level(p->inbox, p->receiver.gauges);
    ce_timer_start(p->loop, t, LEVEL_MS);
}

/* --- life --- */

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    pump *p = (pump *)r;

    (void)err;
    p->into = into;
    if (!p->into_again)
        p->into_again = into;
    p->running = true;
    ce_health_up(&r->health);
    ce_inbox_on_added(p->inbox, p->sink, p->loop, &p->wake);
    ce_loop_post(p->loop, &p->wake);
    if (r->gauges)
        on_level(&p->level);
    return CE_OK;
}

static void stop(ce_receiver *r)
{
    pump *p = (pump *)r;
    ce_delivery *d;

    p->running = false;
    ce_inbox_on_added(p->inbox, p->sink, NULL, NULL);
    while ((d = CE_QUEUE_TAKE(&p->again, ce_delivery, link)))
        give(p, (ce_incoming *)d);
}

static void close_receiver(ce_receiver *r)
{
    pump *p = (pump *)r;

    stop(r);
    finish_records(p);
    ce_timer_stop(&p->timer);
    ce_timer_stop(&p->level);
    ce_loop_unpost(p->loop, &p->wake);
    ce_loop_unpost(p->loop, &p->finish);
    ce_intake_close(&p->intake);
    ce_outcomes_close(&p->outcomes);
    ce_free(p);
}

void ce_inbox_receiver_again(ce_receiver *r, ce_stage *again)
{
    ((pump *)r)->into_again = again;
}

void ce_inbox_receiver_finish(ce_receiver *r)
{
    pump *p = (pump *)r;

    p->ending = true;
    ce_loop_post(p->loop, &p->finish);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

ce_status ce_inbox_receiver(ce_receiver **out, ce_inbox *i, ce_loop *loop,
                            unsigned sink, unsigned max_in_flight)
{
    pump *p = ce_alloc_zeroed(sizeof *p);
    char label[200];

    if (!p)
        return CE_ENOMEM;
    snprintf(label, sizeof label, "inbox %s", ce_inbox_dir(i));
    ce_health_init(&p->receiver.health, loop, label);
    p->receiver.ops = &ops;
    p->receiver.ordered = true;
    p->inbox = i;
    p->sink = sink;
    p->loop = loop;
    p->wake.run = on_wake;
    p->finish.run = on_finish;
    p->timer.fire = on_timer;
    p->level.fire = on_level;
    if (ce_outcomes_open(&p->outcomes, i, sink) != CE_OK ||
        ce_intake_open(&p->intake, i, sink, max_in_flight) != CE_OK) {
        ce_outcomes_close(&p->outcomes);
        ce_free(p);
        return CE_ENOMEM;
    }
    p->receiver.pool = p->intake.pool;
    ce_pool_on_refilled(p->receiver.pool, on_refilled, p);
    *out = &p->receiver;
    return CE_OK;
}
