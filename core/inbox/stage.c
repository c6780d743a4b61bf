/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the chain before an inbox: settles as stored what is safe there.
 *
 * What arrives within one turn of the loop is stored with one commit. Without
 * room, callers that wait for their result hear so; what comes from other
 * sources waits here, in its order, until it can be stored. */
#include "core/inbox/store.h"

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

enum { AGAIN_MS = 100 }; /* for room, which a sink makes all the time */

typedef struct keeper {
    ce_stage stage;
    ce_inbox *inbox;
    ce_loop *loop;
    ce_queue waiting; /* not stored yet */
    size_t count;
    bool holds;   /* some of them, for room */
    bool stopped; /* nothing is held any more */
    ce_task store;
    ce_timer again;
    ce_buf bytes, slices; /* reused */
} keeper;

/* The records one behind the other; their lengths in slices, whose pointers
 * are set when the bytes no longer move. */
static ce_status write_records(keeper *s)
{
    ce_slice *at;
    const char *ptr;

    ce_buf_clear(&s->bytes);
    ce_buf_clear(&s->slices);
    if (ce_buf_reserve(&s->slices, s->count * sizeof(ce_slice)) != CE_OK)
        return CE_ENOMEM;
    at = (ce_slice *)(void *)s->slices.ptr;
    for (ce_delivery *d = CE_QUEUE_FIRST(&s->waiting, ce_delivery, link); d;
         d = CE_QUEUE_NEXT(d, ce_delivery, link), at++) {
        size_t before = s->bytes.len;
        /* Without one it is plain there, too: it may still be wrapped. */
        const char *defect = d->defect.plain ? NULL : d->defect.reason;

        if (ce_record_write(&d->message, &d->origin, defect, &s->bytes) !=
            CE_OK)
            return CE_ENOMEM;
        at->len = s->bytes.len - before;
    }
    at = (ce_slice *)(void *)s->slices.ptr;
    ptr = s->bytes.ptr;
    for (size_t n = 0; n < s->count; ptr += at[n++].len)
        at[n].ptr = ptr;
    return CE_OK;
}

static ce_status store_all(keeper *s, ce_error *err)
{
    /* The sender still has what it sent: it need not come above the mark. */
    if (ce_inbox_is_high(s->inbox))
        return ce_fail(err, CE_EAGAIN, "inbox %s is full",
                       ce_inbox_dir(s->inbox));
    if (write_records(s) != CE_OK)
        return ce_no_memory(err);
    return ce_inbox_append(s->inbox, (const ce_slice *)(void *)s->slices.ptr,
                           s->count, err);
}

static void settle_stored(ce_queue *all)
{
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(all, ce_delivery, link)))
        ce_settle_ack(d, CE_STORED);
}

static void settle_undelivered(ce_queue *all, const char *reason)
{
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(all, ce_delivery, link)))
        ce_settle_undelivered(d, 0, 0, reason);
}

/* Puts back into the queue what waits for room. */
static void hold(keeper *s, ce_queue *all, ce_queue *others)
{
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(all, ce_delivery, link))) {
        if (d->interactive || s->stopped) {
            ce_queue_add(others, &d->link);
            continue;
        }
        ce_queue_add(&s->waiting, &d->link);
        s->count++;
    }
}

static void wait_for_room(keeper *s, const char *reason)
{
    if (s->count > 0) {
        if (!s->holds)
            ce_log(CE_WARN, "%s: what comes waits for room", reason);
        ce_timer_start(s->loop, &s->again, AGAIN_MS);
    }
    s->holds = s->count > 0;
}

/* A settlement may push the next one, so everything is in its place before. */
static void store(ce_task *t)
{
    keeper *s = CE_OWNER(t, keeper, store);
    ce_error err = { CE_OK, "" };
    ce_queue others = { NULL, NULL };
    ce_queue all;
    ce_status status;

    if (s->count == 0)
        return;
    status = store_all(s, &err);
    all = ce_queue_take_all(&s->waiting);
    s->count = 0;
    if (status == CE_OK) {
        s->holds = false;
        settle_stored(&all);
        return;
    }
    hold(s, &all, &others);
    wait_for_room(s, err.text);
    settle_undelivered(&others, err.text);
}

static void on_again(ce_timer *t)
{
    store(&CE_OWNER(t, keeper, again)->store);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    keeper *s = (keeper *)stage;

    ce_queue_add(&s->waiting, &d->link);
    s->count++;
    if (!s->holds)
        ce_loop_post(s->loop, &s->store);
}

static void stop(ce_stage *stage)
{
    keeper *s = (keeper *)stage;

    s->stopped = true;
    s->holds = false;
    ce_timer_stop(&s->again);
    store(&s->store);
}

static void close_stage(ce_stage *stage)
{
    keeper *s = (keeper *)stage;

    ce_loop_unpost(s->loop, &s->store);
    ce_timer_stop(&s->again);
    ce_buf_free(&s->bytes);
    ce_buf_free(&s->slices);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "inbox",
    .push = push,
    .stop = stop,
    .close = close_stage,
};

ce_status ce_inbox_stage(ce_stage **out, ce_inbox *i, ce_loop *loop)
{
    keeper *s = ce_stage_new(sizeof *s, &ops, NULL);

    if (!s)
        return CE_ENOMEM;
    s->inbox = i;
    s->loop = loop;
    s->store.run = store;
    s->again.fire = on_again;
    *out = &s->stage;
    return CE_OK;
}
