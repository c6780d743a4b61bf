/* SPDX-License-Identifier: Apache-2.0 */
/* One libuv loop, a mailbox that wakes it, and a heap of timers.
 *
 * The mailbox is a list under a lock; only the post that finds it empty writes
 * the wake-up, so a burst from another thread costs one. What the loop's own
 * callbacks post while it polls costs none: it runs when they are done. Timers
 * are a pairing heap inside their owners: a retry per event in flight allocates
 * nothing, and libuv sees a single timer for the earliest. */
#include "core/loop/loop.h"

#include <assert.h>
#include <pthread.h>
#include <uv.h>

#include <cloudevents/alloc.h>

struct ce_loop {
    uv_loop_t own;
    uv_loop_t *uv;
    uv_async_t wake;
    uv_prepare_t before; /* the poll */
    uv_check_t behind;   /* it */
    uv_timer_t clock;
    ce_timer *heap; /* the earliest, or NULL */
    uint64_t armed_ms;
    uint64_t frozen_ms;
    bool frozen;
    bool firing;
    bool stopping; /* under lock */
    unsigned closing;
    pthread_mutex_t lock;
    ce_task *first, *last; /* under lock */
    ce_task *running;      /* taken out, not run yet */
};

/* --- the mailbox --- */

static ce_task *take_all(ce_loop *l)
{
    ce_task *list;

    pthread_mutex_lock(&l->lock);
    list = l->first;
    l->first = l->last = NULL;
    pthread_mutex_unlock(&l->lock);
    return list;
}

static void run_tasks(ce_loop *l)
{
    l->running = take_all(l);
    while (l->running) {
        ce_task *t = l->running;

        /* The link is the task's own again once it may be posted anew. */
        l->running = t->next;
        __atomic_store_n(&t->posted, false, __ATOMIC_RELEASE);
        t->run(t);
    }
}

static bool is_stopping(ce_loop *l)
{
    bool stopping;

    pthread_mutex_lock(&l->lock);
    stopping = l->stopping;
    l->stopping = false;
    pthread_mutex_unlock(&l->lock);
    return stopping;
}

static void on_wake(uv_async_t *wake)
{
    ce_loop *l = wake->data;

    run_tasks(l);
    if (is_stopping(l))
        uv_stop(l->uv);
}

/* The loop whose callbacks this thread runs, but for timers; of several on one
 * libuv loop any one. Others take the way through the kernel. */
static _Thread_local ce_loop *polling;

static void begin_poll(uv_prepare_t *before)
{
    polling = before->data;
}

static void forget_poll(const ce_loop *l)
{
    if (polling == l)
        polling = NULL;
}

static void end_poll(uv_check_t *behind)
{
    forget_poll(behind->data);
    run_tasks(behind->data);
}

void ce_loop_post(ce_loop *l, ce_task *t)
{
    bool was_empty;

    if (__atomic_exchange_n(&t->posted, true, __ATOMIC_ACQ_REL))
        return;
    t->next = NULL;
    pthread_mutex_lock(&l->lock);
    was_empty = !l->first;
    if (l->last)
        l->last->next = t;
    else
        l->first = t;
    l->last = t;
    pthread_mutex_unlock(&l->lock);
    if (was_empty && polling != l)
        uv_async_send(&l->wake);
}

static bool unlink_task(ce_task **list, ce_task **last, ce_task *t)
{
    ce_task *before = NULL;

    for (ce_task *i = *list; i; before = i, i = i->next) {
        if (i != t)
            continue;
        if (before)
            before->next = t->next;
        else
            *list = t->next;
        if (last && *last == t)
            *last = before;
        return true;
    }
    return false;
}

void ce_loop_unpost(ce_loop *l, ce_task *t)
{
    bool found = unlink_task(&l->running, NULL, t);

    pthread_mutex_lock(&l->lock);
    found = unlink_task(&l->first, &l->last, t) || found;
    pthread_mutex_unlock(&l->lock);
    if (found)
        __atomic_store_n(&t->posted, false, __ATOMIC_RELEASE);
}

/* --- the heap of timers --- */

static ce_timer *meld(ce_timer *a, ce_timer *b)
{
    ce_timer *low, *high;

    if (!a || !b)
        return a ? a : b;
    low = b->due_ms < a->due_ms ? b : a;
    high = low == a ? b : a;
    high->next = low->child;
    if (low->child)
        low->child->prev = high;
    high->prev = low;
    low->child = high;
    low->next = low->prev = NULL;
    return low;
}

/* Joins siblings in pairs, then the pairs from the right. */
static ce_timer *meld_siblings(ce_timer *first)
{
    ce_timer *pairs = NULL, *heap = NULL;

    while (first) {
        ce_timer *a = first, *b = a->next;

        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        ce_timer *a = pairs;

        pairs = a->next;
        a->next = NULL;
        heap = meld(heap, a);
    }
    return heap;
}

static void unlink_timer(ce_loop *l, ce_timer *t)
{
    ce_timer *rest = meld_siblings(t->child);

    if (l->heap == t) {
        l->heap = rest;
    } else {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next)
            t->next->prev = t->prev;
        l->heap = meld(l->heap, rest);
    }
    t->child = t->next = t->prev = NULL;
    t->loop = NULL;
}

uint64_t ce_loop_now_ms(const ce_loop *l)
{
    return l->frozen ? l->frozen_ms : uv_now(l->uv);
}

static void arm(ce_loop *l);

static void fire_due(ce_loop *l)
{
    uint64_t now = ce_loop_now_ms(l);

    l->firing = true;
    while (l->heap && l->heap->due_ms <= now) {
        ce_timer *t = l->heap;

        unlink_timer(l, t);
        t->fire(t);
    }
    l->firing = false;
}

static void on_clock(uv_timer_t *clock)
{
    ce_loop *l = clock->data;

    l->armed_ms = UINT64_MAX;
    fire_due(l);
    arm(l);
}

/* A stale early wake-up is harmless, so the timer moves only forwards. */
static void arm(ce_loop *l)
{
    uint64_t now = uv_now(l->uv);

    if (l->frozen || !l->heap || l->heap->due_ms >= l->armed_ms)
        return;
    l->armed_ms = l->heap->due_ms;
    uv_timer_start(&l->clock, on_clock,
                   l->armed_ms > now ? l->armed_ms - now : 0, 0);
}

void ce_timer_start(ce_loop *l, ce_timer *t, uint64_t delay_ms)
{
    assert(t->fire);
    ce_timer_stop(t);
    t->loop = l;
    /* One that starts itself again must not keep the loop from the rest. */
    if (l->firing && delay_ms == 0)
        delay_ms = 1;
    t->due_ms = ce_loop_now_ms(l) + delay_ms;
    l->heap = meld(l->heap, t);
    arm(l);
}

void ce_timer_stop(ce_timer *t)
{
    ce_loop *l = t->loop;

    if (!l)
        return;
    unlink_timer(l, t);
    /* An idle loop must not wake up for nothing. */
    if (!l->heap) {
        uv_timer_stop(&l->clock);
        l->armed_ms = UINT64_MAX;
    }
}

/* --- life --- */

static ce_status start_handles(ce_loop *l, ce_error *err)
{
    int rc = uv_async_init(l->uv, &l->wake, on_wake);

    if (rc)
        return ce_fail(err, CE_EIO, "cannot open a loop: %s", uv_strerror(rc));
    uv_timer_init(l->uv, &l->clock);
    uv_prepare_init(l->uv, &l->before);
    uv_check_init(l->uv, &l->behind);
    l->wake.data = l->clock.data = l->before.data = l->behind.data = l;
    uv_prepare_start(&l->before, begin_poll);
    uv_check_start(&l->behind, end_poll);
    /* They do not keep a loop alive. */
    uv_unref((uv_handle_t *)&l->before);
    uv_unref((uv_handle_t *)&l->behind);
    l->armed_ms = UINT64_MAX;
    return CE_OK;
}

ce_status ce_loop_open(ce_loop **out, struct uv_loop_s *uv, ce_error *err)
{
    ce_loop *l = ce_alloc_zeroed(sizeof *l);
    int rc;

    if (!l)
        return ce_no_memory(err);
    l->uv = uv ? uv : &l->own;
    if (!uv && (rc = uv_loop_init(&l->own))) {
        ce_free(l);
        return ce_fail(err, CE_EIO, "cannot open a loop: %s", uv_strerror(rc));
    }
    pthread_mutex_init(&l->lock, NULL);
    if (start_handles(l, err) != CE_OK) {
        if (!uv)
            uv_loop_close(&l->own);
        ce_free(l);
        return CE_EIO;
    }
    *out = l;
    return CE_OK;
}

static void on_closed(uv_handle_t *handle)
{
    ce_loop *l = handle->data;

    if (--l->closing)
        return;
    pthread_mutex_destroy(&l->lock);
    if (l->uv != &l->own)
        ce_free(l);
}

void ce_loop_close(ce_loop *l)
{
    if (!l)
        return;
    while (l->heap)
        unlink_timer(l, l->heap);
    forget_poll(l);
    l->closing = 4;
    uv_close((uv_handle_t *)&l->before, on_closed);
    uv_close((uv_handle_t *)&l->behind, on_closed);
    uv_close((uv_handle_t *)&l->wake, on_closed);
    uv_close((uv_handle_t *)&l->clock, on_closed);
    /* On the caller's loop the last callback frees. */
    if (l->uv != &l->own)
        return;
    uv_run(&l->own, UV_RUN_DEFAULT);
    uv_loop_close(&l->own);
    ce_free(l);
}

void ce_loop_run(ce_loop *l)
{
    uv_run(l->uv, UV_RUN_DEFAULT);
}

void ce_loop_stop(ce_loop *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_mutex_unlock(&l->lock);
    uv_async_send(&l->wake);
}

struct uv_loop_s *ce_loop_uv(ce_loop *l)
{
    return l->uv;
}

/* --- a clock for tests --- */

void ce_loop_freeze(ce_loop *l)
{
    l->frozen_ms = ce_loop_now_ms(l);
    l->frozen = true;
    uv_timer_stop(&l->clock);
}

static bool has_tasks(ce_loop *l)
{
    bool some;

    pthread_mutex_lock(&l->lock);
    some = l->first != NULL;
    pthread_mutex_unlock(&l->lock);
    return some;
}

void ce_loop_poll(ce_loop *l)
{
    uv_run(l->uv, UV_RUN_NOWAIT);
    while (has_tasks(l))
        run_tasks(l);
}

void ce_loop_advance(ce_loop *l, uint64_t ms)
{
    uint64_t end = l->frozen_ms + ms;

    ce_loop_poll(l);
    while (l->heap && l->heap->due_ms <= end) {
        l->frozen_ms = l->heap->due_ms;
        fire_due(l);
        ce_loop_poll(l);
    }
    l->frozen_ms = end;
}
