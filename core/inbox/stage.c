/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the chain before an inbox: settles as stored what is safe there.
 *
 * What arrives within one turn of the loop is stored with one commit. */
#include "core/inbox/store.h"

#include <cloudevents/alloc.h>

typedef struct keeper {
    ce_stage stage;
    ce_inbox *inbox;
    ce_loop *loop;
    ce_queue waiting; /* not stored yet */
    size_t count;
    ce_task store;
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

static void store(ce_task *t)
{
    keeper *s = CE_OWNER(t, keeper, store);
    ce_error err = { CE_OK, "" };
    ce_status status = store_all(s, &err);
    /* A settlement may push the next one. */
    ce_queue stored = ce_queue_take_all(&s->waiting);
    ce_delivery *d;

    s->count = 0;
    while ((d = CE_QUEUE_TAKE(&stored, ce_delivery, link))) {
        if (status == CE_OK)
            ce_settle_ack(d, CE_STORED);
        else
            ce_settle_undelivered(d, 0, 0, err.text);
    }
}

static void push(ce_stage *stage, ce_delivery *d)
{
    keeper *s = (keeper *)stage;

    ce_queue_add(&s->waiting, &d->link);
    s->count++;
    ce_loop_post(s->loop, &s->store);
}

static void close_stage(ce_stage *stage)
{
    keeper *s = (keeper *)stage;

    ce_loop_unpost(s->loop, &s->store);
    ce_buf_free(&s->bytes);
    ce_buf_free(&s->slices);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "inbox",
    .push = push,
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
    *out = &s->stage;
    return CE_OK;
}
