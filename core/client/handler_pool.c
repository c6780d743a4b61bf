/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries stay on the loop; only jobs with copies go to the threads. */
#include "core/client/handler_pool.h"

#include <pthread.h>
#include <string.h>
#include <uv.h>

#include <cloudevents/alloc.h>
#include <cloudevents/queue.h>

typedef struct job job;
struct job {
    ce_handler_pool *pool;
    ce_delivery *d; /* loop thread only; NULL: given up */
    ce_arena *arena;
    ce_event event; /* in the arena */
    ce_result result;
    ce_event *reply;
    ce_message message; /* of the reply */
    ce_task finish;
    bool is_back;        /* under the lock: no thread has it any more */
    ce_link link;        /* in the queue, or unused */
    job *before, *after; /* among those that are out; loop thread only */
};

struct ce_handler_pool {
    ce_stage stage;
    ce_handler_pool_config config;
    job *out;        /* loop thread only, as the two that follow */
    ce_queue unused; /* jobs to use again */
    bool abandoned;
    pthread_mutex_t lock;
    pthread_cond_t work, left;
    ce_queue waiting; /* for a thread; under the lock, as all below */
    bool closed;
    unsigned busy;    /* threads in a handler */
    unsigned holders; /* threads, and the opener */
};

/* The pool whose handler is on this thread's stack. */
static _Thread_local const ce_handler_pool *here;

/* --- memory --- */

static void free_job(job *j)
{
    ce_event_free(j->reply);
    ce_arena_free(j->arena);
    ce_free(j);
}

static job *new_job(ce_handler_pool *w)
{
    job *j = CE_QUEUE_TAKE(&w->unused, job, link);

    if (j)
        return j;
    j = ce_alloc_zeroed(sizeof *j);
    if (!j)
        return NULL;
    j->pool = w;
    j->arena = ce_arena_new();
    if (j->arena)
        return j;
    ce_free(j);
    return NULL;
}

static void reuse(ce_handler_pool *w, job *j)
{
    ce_event_free(j->reply);
    j->reply = NULL;
    ce_arena_reset(j->arena);
    ce_queue_put_back(&w->unused, &j->link); /* its memory is warm */
}

static void free_pool(ce_handler_pool *w)
{
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->left);
    pthread_mutex_destroy(&w->lock);
    ce_free(w);
}

/* Under the lock, which it gives up. */
static void release(ce_handler_pool *w)
{
    bool is_last = --w->holders == 0;

    pthread_cond_signal(&w->left);
    pthread_mutex_unlock(&w->lock);
    if (is_last)
        free_pool(w);
}

/* --- handling, on any thread --- */

/* What the source hears when the handler's reply cannot be sent. */
static void refuse_reply(job *j, ce_status status, const ce_error *err)
{
    if (status == CE_ENOMEM)
        j->result = ce_result_make(CE_UNDELIVERED, "out of memory");
    else
        j->result =
            ce_result_make(CE_NACK, "the handler's reply: %s", err->text);
}

static void read_reply(job *j)
{
    ce_error err = { CE_ENOMEM, "out of memory" };
    ce_status status;

    j->result.reply = NULL;
    if (!j->reply || !ce_result_is_ack(&j->result))
        return;
    status = ce_event_check(j->reply, &err);
    if (status == CE_OK)
        status = ce_message_encode(j->reply, CE_MODE_BINARY, NULL, j->arena,
                                   &j->message);
    if (status == CE_OK)
        j->result.reply = &j->message;
    else
        refuse_reply(j, status, &err);
}

static bool is_closed(ce_handler_pool *w)
{
    bool closed;

    pthread_mutex_lock(&w->lock);
    closed = w->closed;
    pthread_mutex_unlock(&w->lock);
    return closed;
}

static void handle(job *j)
{
    const ce_handler_pool_config *c = &j->pool->config;
    const ce_middleware *m = c->middleware;
    uint64_t began = m ? uv_hrtime() : 0;
    void *span = NULL;

    if (m && m->before)
        span = m->before(m->arg, CE_HANDLING, &j->event);
    j->result = c->handler(c->arg, &j->event, &j->reply);
    read_reply(j);
    /* A handler that comes back after the close finds the application's
     * middleware perhaps gone. */
    if (m && m->after && !is_closed(j->pool))
        m->after(m->arg, CE_HANDLING, span, &j->result, uv_hrtime() - began);
}

/* Before the handler: it finds its own event counted. On a thread under the
 * lock, for after the close the counter may be gone. */
static void count(ce_handler_pool *w)
{
    atomic_fetch_add_explicit(w->config.received, 1, memory_order_relaxed);
}

/* --- the loop's side --- */

static void link_out(ce_handler_pool *w, job *j)
{
    j->before = NULL;
    j->after = w->out;
    if (w->out)
        w->out->before = j;
    w->out = j;
}

static void unlink_out(ce_handler_pool *w, job *j)
{
    if (j->before)
        j->before->after = j->after;
    else
        w->out = j->after;
    if (j->after)
        j->after->before = j->before;
}

static void settle(job *j)
{
    ce_handler_pool *w = j->pool;
    ce_delivery *d = j->d;

    j->d = NULL;
    unlink_out(w, j);
    if (d)
        ce_settle(d, &j->result);
    reuse(w, j);
}

static void finish(ce_task *t)
{
    settle(CE_OWNER(t, job, finish));
}

static void enqueue(ce_handler_pool *w, job *j)
{
    pthread_mutex_lock(&w->lock);
    ce_queue_add(&w->waiting, &j->link);
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_handler_pool *w = (ce_handler_pool *)stage;
    const ce_event *e = ce_delivery_event(d, NULL);
    job *j;

    if (w->abandoned) {
        ce_settle_undelivered(d, 0, 0, "shutting down");
        return;
    }
    j = e ? new_job(w) : NULL;
    if (!j || ce_event_copy(e, j->arena, &j->event) != CE_OK) {
        if (j)
            reuse(w, j);
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    j->d = d;
    j->is_back = false;
    j->finish.run = finish;
    link_out(w, j);
    if (w->config.handlers > 0) {
        enqueue(w, j);
    } else {
        count(w);
        handle(j);
        settle(j);
    }
}

/* --- threads --- */

/* Under the lock: as long as the pool is open there is a loop to post on. */
static void hand_back(ce_handler_pool *w, job *j)
{
    if (w->closed) {
        free_job(j);
        return;
    }
    j->is_back = true;
    ce_loop_post(w->config.loop, &j->finish);
}

static void *run(void *arg)
{
    ce_handler_pool *w = arg;

    here = w;
    pthread_mutex_lock(&w->lock);
    while (!w->closed) {
        job *j = CE_QUEUE_TAKE(&w->waiting, job, link);

        if (!j) {
            pthread_cond_wait(&w->work, &w->lock);
            continue;
        }
        w->busy++;
        count(w);
        pthread_mutex_unlock(&w->lock);
        handle(j);
        pthread_mutex_lock(&w->lock);
        w->busy--;
        hand_back(w, j);
    }
    release(w);
    return NULL;
}

bool ce_handler_pool_is_here(const void *owner)
{
    return here && here->config.owner == owner;
}

static void close_stage(ce_stage *stage)
{
    ce_handler_pool_close((ce_handler_pool *)stage);
}

static const ce_stage_ops ops = {
    .name = "handler",
    .push = push,
    .close = close_stage,
};

static ce_status start_threads(ce_handler_pool *w, ce_error *err)
{
    for (unsigned i = 0; i < w->config.handlers; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, run, w) != 0)
            return ce_fail(err, CE_EIO, "cannot start a thread");
        pthread_setname_np(thread, "ce-handler");
        /* Not joined: a handler may never return. */
        pthread_detach(thread);
        w->holders++;
    }
    return CE_OK;
}

ce_status ce_handler_pool_open(ce_handler_pool **out, ce_stage **stage,
                               const ce_handler_pool_config *c, ce_error *err)
{
    ce_handler_pool *w = ce_alloc_zeroed(sizeof *w);
    ce_status status;

    if (!w)
        return ce_no_memory(err);
    w->stage.ops = &ops;
    w->config = *c;
    w->holders = 1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->left, NULL);
    /* No thread runs before all are counted in HOLDERS. */
    pthread_mutex_lock(&w->lock);
    status = start_threads(w, err);
    pthread_mutex_unlock(&w->lock);
    if (status != CE_OK) {
        ce_handler_pool_close(w);
        return status;
    }
    *out = w;
    *stage = &w->stage;
    return CE_OK;
}

/* --- the end --- */

/* Jobs that no thread has begun belong to the loop again. */
static void empty_queue(ce_handler_pool *w)
{
    job *j;

    pthread_mutex_lock(&w->lock);
    while ((j = CE_QUEUE_TAKE(&w->waiting, job, link)))
        j->is_back = true;
    pthread_mutex_unlock(&w->lock);
}

void ce_handler_pool_abandon(ce_handler_pool *w)
{
    w->abandoned = true;
    empty_queue(w);
    for (job *j = w->out; j; j = j->after) {
        ce_delivery *d = j->d;

        j->d = NULL;
        if (d)
            ce_settle_undelivered(d, 0, 0, "the handler has not finished");
    }
}

/* Of the jobs that were given up, those that are back are ours; the others
 * belong to a thread or to the queue. */
static void free_jobs(ce_handler_pool *w)
{
    job *unused;

    for (job *j = w->out, *after; j; j = after) {
        after = j->after;
        if (!j->is_back)
            continue;
        ce_loop_unpost(w->config.loop, &j->finish);
        free_job(j);
    }
    while ((unused = CE_QUEUE_TAKE(&w->unused, job, link)))
        free_job(unused);
}

/* Idle threads end now; a busy one has the pool to itself from now on. */
void ce_handler_pool_close(ce_handler_pool *w)
{
    pthread_mutex_lock(&w->lock);
    w->closed = true;
    free_jobs(w);
    pthread_cond_broadcast(&w->work);
    while (w->holders > 1 + w->busy)
        pthread_cond_wait(&w->left, &w->lock);
    release(w);
}
