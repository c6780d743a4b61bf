/* SPDX-License-Identifier: Apache-2.0 */
/* The loop changes hands only between two turns, under the lock. */
#include "core/client/driver.h"

#include <assert.h>
#include <uv.h>

static void do_nothing(ce_task *t)
{
    (void)t;
}

ce_status ce_driver_open(ce_driver *r, struct uv_loop_s *uv, ce_error *err)
{
    ce_status status = ce_loop_open(&r->loop, uv, err);

    if (status != CE_OK)
        return status;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    r->nudge.run = do_nothing;
    r->foreign = uv != NULL;
    if (uv)
        r->thread = pthread_self();
    return CE_OK;
}

void ce_driver_close(ce_driver *r)
{
    if (r->has_thread) {
        ce_loop_stop(r->loop);
        pthread_join(r->thread, NULL);
    }
    ce_loop_unpost(r->loop, &r->nudge);
    ce_loop_close(r->loop);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
}

bool ce_driver_is_here(ce_driver *r)
{
    bool known;

    if (r->foreign)
        return pthread_equal(pthread_self(), r->thread);
    pthread_mutex_lock(&r->lock);
    known = r->has_thread;
    pthread_mutex_unlock(&r->lock);
    return known && pthread_equal(pthread_self(), r->thread);
}

/* --- the thread --- */

static void *run(void *arg)
{
    ce_driver *r = arg;

    pthread_mutex_lock(&r->lock);
    /* A caller that drives leaves after this turn, since it sees the thread. */
    r->has_thread = true;
    ce_loop_post(r->loop, &r->nudge);
    while (r->driven)
        pthread_cond_wait(&r->changed, &r->lock);
    r->driven = true;
    r->starting = false;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    ce_loop_run(r->loop);
    return NULL;
}

/* Under the lock. */
static ce_status make_thread(ce_driver *r, ce_error *err)
{
    r->starting = true;
    if (pthread_create(&r->thread, NULL, run, r) != 0) {
        r->starting = false;
        pthread_cond_broadcast(&r->changed);
        return ce_fail(err, CE_EIO, "cannot start a thread");
    }
    pthread_setname_np(r->thread, "ce-client");
    return CE_OK;
}

ce_status ce_driver_start_thread(ce_driver *r, ce_error *err)
{
    ce_status status = CE_OK;

    if (r->foreign)
        return CE_OK;
    pthread_mutex_lock(&r->lock);
    if (!r->starting && !r->has_thread)
        status = make_thread(r, err);
    while (r->starting)
        pthread_cond_wait(&r->changed, &r->lock);
    if (status == CE_OK && !r->has_thread)
        status = ce_fail(err, CE_EIO, "cannot start a thread");
    pthread_mutex_unlock(&r->lock);
    return status;
}

/* --- waiting --- */

/* Under the lock. */
static bool may_drive(const ce_driver *r)
{
    return !r->foreign && !r->has_thread && !r->driven;
}

bool ce_driver_take(ce_driver *r)
{
    bool drives;

    pthread_mutex_lock(&r->lock);
    drives = may_drive(r);
    if (drives)
        r->driven = true;
    pthread_mutex_unlock(&r->lock);
    if (drives)
        uv_update_time(ce_loop_uv(r->loop));
    return drives;
}

void ce_waiter_init(ce_waiter *w)
{
    *w = (ce_waiter){ .done = false };
    pthread_cond_init(&w->woken, NULL);
}

static void turn(ce_driver *r)
{
    pthread_mutex_unlock(&r->lock);
    r->in_turn = true;
    uv_run(ce_loop_uv(r->loop), UV_RUN_ONCE);
    r->in_turn = false;
    pthread_mutex_lock(&r->lock);
}

/* Before a driving thread leaves, it wakes another one that waits, which then
 * drives. */
static void pass_on(ce_driver *r)
{
    if (may_drive(r) && r->asleep)
        pthread_cond_signal(&r->asleep->woken);
}

static void leave(ce_driver *r)
{
    r->driven = false;
    if (r->starting)
        pthread_cond_broadcast(&r->changed);
}

static void sleep_until_woken(ce_driver *r, ce_waiter *w)
{
    ce_waiter **at = &r->asleep;

    w->next = r->asleep;
    r->asleep = w;
    pthread_cond_wait(&w->woken, &r->lock);
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

void ce_driver_wait(ce_driver *r, ce_waiter *w, bool drives)
{
    pthread_mutex_lock(&r->lock);
    while (!w->done) {
        if (drives && r->has_thread) {
            leave(r);
            drives = false;
        } else if (!drives && may_drive(r)) {
            r->driven = drives = true;
        }
        if (drives)
            turn(r);
        else
            sleep_until_woken(r, w);
    }
    if (drives)
        leave(r);
    pass_on(r);
    pthread_mutex_unlock(&r->lock);
    pthread_cond_destroy(&w->woken);
}

void ce_driver_finish(ce_driver *r, ce_waiter *w)
{
    /* A timer comes before the poll, which would not end. */
    if (r->in_turn)
        uv_stop(ce_loop_uv(r->loop));
    pthread_mutex_lock(&r->lock);
    w->done = true;
    pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&r->lock);
}
