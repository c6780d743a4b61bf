/* SPDX-License-Identifier: Apache-2.0 */
/* receiver -> split -> check -> [trace] -> [dedup] -> handlers
 * inbox receiver -> the same, of what an earlier run has left.
 *
 * Everything that happens posts the step, and the step looks at everything; so
 * a start may be overtaken by a stop, and a stop by another. Loop thread
 * only. */
#include "core/client/intake.h"

#include <string.h>

#include "core/stages/stages.h"
#include "core/transport/terms.h"
#include "core/client/client.h"

/* So many events of a batch are out at once: more than handlers, which are
 * threads, can use, and few beside a route's 1024, since an application has
 * its memory for other things. */
enum { CHILDREN = 256 };

static void post_step(void *arg)
{
    ce_intake *i = arg;

    ce_loop_post(i->client->driver.loop, &i->step);
}

/* --- building --- */

static ce_status open_handlers(ce_intake *i, const ce_intake_request *q,
                               ce_stage **out)
{
    ce_client *c = i->client;
    ce_handler_pool_config config = {
        .owner = c,
        .loop = c->driver.loop,
        .handlers = c->options.handlers,
        .handler = q->handler,
        .arg = q->arg,
        .middleware = c->options.middleware,
        .received = &c->received,
    };

    return ce_handler_pool_open(&i->handler_pool, out, &config, q->err);
}

static ce_status build(ce_intake *i, const ce_transport *t,
                       const ce_intake_request *q)
{
    const ce_client *client = i->client;
    ce_chain *c = &i->chain;
    ce_stage *handlers;
    ce_status status = open_handlers(i, q, &handlers);

    if (status != CE_OK)
        return status;
    ce_chain_begin(c, handlers);
    if (client->options.dedup)
        ce_chain_add(c,
                     ce_dedup_stage(&c->made, c->top, client->options.dedup));
    if (ce_traces_are_taken(t, i->settings))
        ce_chain_add(c, ce_tracing_stage(&c->made, c->top, NULL));
    ce_chain_add(c, ce_check_stage(&c->made, c->top, NULL));
    ce_chain_add(
        c, ce_split_stage(&c->made, c->top, client->driver.loop, CHILDREN));
    return ce_chain_finish(c, &i->into, q->err);
}

static void watch_pool(ce_intake *i, ce_receiver *r)
{
    if (r && r->pool)
        ce_pool_on_idle(r->pool, post_step, i);
}

static ce_status read_uri(ce_intake *i, const ce_transport **t, ce_error *err)
{
    const char *uri = i->client->receive_uri;

    *t = ce_transport_find(uri);
    if (!*t)
        return ce_fail(err, CE_EINVAL, "%s: no transport is known for it", uri);
    if (!(*t)->responder && !(*t)->receiver)
        return ce_fail(err, CE_ENOTSUP, "%s: receiving is not supported",
                       (*t)->name);
    return ce_settings_open(&i->settings, (*t)->receiver_options, uri,
                            CE_URI_STRICT, err);
}

static ce_status open_receiver(ce_intake *i, const ce_transport *t,
                               ce_error *err)
{
    ce_client *c = i->client;
    ce_status status;

    status = ce_client_inbox_open(&i->inbox, t, i->settings, c->inbox_dir,
                                  c->driver.loop, err);
    if (status != CE_OK)
        return status;
    i->at = (ce_endpoint){ .loop = c->driver.loop,
                           .settings = i->settings,
                           .name = c->own_name,
                           .inbox = i->inbox.inbox };
    /* The messages of an inbox belong to a session of its broker: the next
     * process that gets this inbox must come with the same client id. */
    if (!c->is_named && i->inbox.name[0])
        i->at.name = i->inbox.name;
    /* A responder also serves senders that want no reply. */
    status =
        (t->responder ? t->responder : t->receiver)(&i->receiver, &i->at, err);
    watch_pool(i, i->receiver);
    watch_pool(i, i->inbox.replay);
    return status;
}

static ce_status start_receiver(ce_intake *i, ce_error *err)
{
    ce_receiver *replay = i->inbox.replay;
    ce_status status = i->receiver->ops->start(i->receiver, i->into, err);

    if (status != CE_OK || !replay)
        return status;
    return replay->ops->start(replay, i->into, err);
}

static void stop_receiver(ce_intake *i)
{
    if (i->receiver)
        i->receiver->ops->stop(i->receiver);
    if (i->inbox.replay)
        i->inbox.replay->ops->stop(i->inbox.replay);
}

/* --- the end of it --- */

static void close_all(ce_intake *i)
{
    ce_timer_stop(&i->timer);
    atomic_store(&i->port, 0);
    if (i->receiver)
        ce_health_unwatch(&i->receiver->health, &i->watch);
    stop_receiver(i);
    if (i->receiver)
        i->receiver->ops->close(i->receiver);
    ce_client_inbox_close(&i->inbox);
    ce_chain_close(&i->chain);
    if (i->handler_pool)
        ce_handler_pool_close(i->handler_pool);
    ce_settings_close(i->settings);
    i->receiver = NULL;
    i->handler_pool = NULL;
    i->into = NULL;
    i->settings = NULL;
    i->was_up = false;
    i->phase = CE_INTAKE_STOPPED;
}

static void finish(ce_intake_request *q)
{
    if (q->finished)
        q->finished(q);
}

static void finish_stoppers(ce_intake *i)
{
    ce_queue ended = ce_queue_take_all(&i->stoppers);
    ce_intake_request *q;

    /* A request is gone when it is finished: its thread goes on. */
    while ((q = CE_QUEUE_TAKE(&ended, ce_intake_request, link)))
        finish(q);
}

static unsigned out_of(const ce_receiver *r)
{
    return r && r->pool ? ce_pool_out(r->pool) : 0;
}

static bool is_idle(const ce_intake *i)
{
    return out_of(i->receiver) + out_of(i->inbox.replay) == 0;
}

static void drain(ce_intake *i, unsigned timeout_ms)
{
    ce_loop *l = i->client->driver.loop;
    bool is_new = i->phase != CE_INTAKE_DRAINING;

    /* Of several stops the one with the shortest time counts. */
    if (is_new || ce_loop_now_ms(l) + timeout_ms < i->timer.due_ms)
        ce_timer_start(l, &i->timer, timeout_ms);
    if (!is_new)
        return;
    i->phase = CE_INTAKE_DRAINING;
    stop_receiver(i);
    /* The thread that waits for the start learns of its failure only when all
     * is closed: it may start again at once. */
    if (i->starter)
        ce_queue_add(&i->stoppers, &i->starter->link);
    i->starter = NULL;
    post_step(i);
}

/* --- what happens --- */

static void note_up(ce_intake *i)
{
    ce_intake_request *q = i->starter;

    i->was_up = true;
    if (i->phase != CE_INTAKE_STARTING)
        return;
    ce_timer_stop(&i->timer);
    i->phase = CE_INTAKE_RUNNING;
    i->starter = NULL;
    if (q)
        finish(q);
}

static void note_down(ce_intake *i)
{
    ce_error why;

    i->was_up = false;
    if (i->phase == CE_INTAKE_DRAINING || !i->failed)
        return;
    ce_fail(&why, CE_EIO, "%s", i->receiver->health.reason);
    i->failed(i->arg, &why);
}

static void on_step(ce_task *t)
{
    ce_intake *i = CE_OWNER(t, ce_intake, step);

    if (i->phase == CE_INTAKE_STOPPED)
        return;
    if (i->receiver->health.up != i->was_up) {
        if (i->was_up)
            note_down(i);
        else
            note_up(i);
    }
    if (i->phase == CE_INTAKE_DRAINING && is_idle(i)) {
        close_all(i);
        finish_stoppers(i);
    }
}

static void changed(ce_watch *w, const ce_health *h)
{
    (void)h;
    post_step(CE_OWNER(w, ce_intake, watch));
}

static void on_timer(ce_timer *t)
{
    ce_intake *i = CE_OWNER(t, ce_intake, timer);
    ce_intake_request *q = i->starter;

    if (i->phase == CE_INTAKE_DRAINING) {
        ce_handler_pool_abandon(i->handler_pool);
        post_step(i);
        return;
    }
    if (q)
        q->status =
            ce_fail(q->err, CE_ETIMEDOUT, "%s: %s", i->receiver->health.label,
                    i->receiver->health.reason);
    drain(i, 0);
}

static void on_stop(ce_task *t)
{
    ce_intake *i = CE_OWNER(t, ce_intake, stop);

    if (i->phase == CE_INTAKE_STOPPED)
        return;
    if (i->starter)
        i->starter->status =
            ce_fail(i->starter->err, CE_ECLOSED, "stopped while starting");
    drain(i, atomic_load(&i->stop_ms));
}

/* --- requests --- */

void ce_intake_init(ce_intake *i, struct ce_client *c)
{
    i->client = c;
    i->watch.changed = changed;
    i->timer.fire = on_timer;
    i->step.run = on_step;
    i->stop.run = on_stop;
}

static ce_status open_parts(ce_intake *i, ce_intake_request *q)
{
    const ce_transport *t = NULL;
    ce_status status = read_uri(i, &t, q->err);

    if (status == CE_OK)
        status = build(i, t, q);
    if (status == CE_OK)
        status = open_receiver(i, t, q->err);
    if (status != CE_OK)
        return status;
    return start_receiver(i, q->err);
}

static ce_status open_all(ce_intake *i, ce_intake_request *q)
{
    ce_status status = open_parts(i, q);

    if (status != CE_OK) {
        close_all(i);
        return status;
    }
    ce_health_watch(&i->receiver->health, &i->watch);
    atomic_store(&i->port, i->receiver->port);
    i->failed = q->failed;
    i->arg = q->arg;
    return CE_OK;
}

void ce_intake_start(ce_intake *i, ce_intake_request *q)
{
    ce_client *c = i->client;

    if (i->phase == CE_INTAKE_DRAINING)
        q->status = ce_fail(q->err, CE_EAGAIN, "the receiver is being stopped");
    else if (i->phase != CE_INTAKE_STOPPED)
        q->status =
            ce_fail(q->err, CE_EINVAL, "the client has a receiver already");
    else
        q->status = open_all(i, q);
    if (q->status != CE_OK) {
        finish(q);
        return;
    }
    i->phase = CE_INTAKE_STARTING;
    if (q->finished) {
        i->starter = q;
        ce_timer_start(c->driver.loop, &i->timer, c->options.start_ms);
    }
    if (i->receiver->health.up)
        note_up(i);
}

void ce_intake_stop(ce_intake *i, ce_intake_request *q)
{
    if (i->phase == CE_INTAKE_STOPPED) {
        finish(q);
        return;
    }
    ce_queue_add(&i->stoppers, &q->link);
    atomic_store(&i->stop_ms, q->timeout_ms);
    on_stop(&i->stop);
}

void ce_intake_run(ce_task *t)
{
    ce_intake_request *q = CE_OWNER(t, ce_intake_request, task);

    q->begin(&q->client->intake, q);
}
