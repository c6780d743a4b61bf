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
    ce_delivery *first, *last; /* not stored yet */
    size_t count;
    ce_task store;
    ce_buf bytes, slices; /* reused */
} keeper;

static ce_delivery *take_all(keeper *s)
{
    ce_delivery *list = s->first;

    s->first = s->last = NULL;
    s->count = 0;
    return list;
}

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
    for (ce_delivery *d = s->first; d; d = d->next, at++) {
        size_t before = s->bytes.len;

        if (ce_record_write(&d->message, &d->origin, d->defect.reason,
                            &s->bytes) != CE_OK)
            return CE_ENOMEM;
        at->len = s->bytes.len - before;
    }
    at = (ce_slice *)(void *)s->slices.ptr;
    ptr = s->bytes.ptr;
    for (size_t n = 0; n < s->count; ptr += at[n++].len)
        at[n].ptr = ptr;
    return CE_OK;
}

static void store(ce_task *t)
{
    keeper *s = CE_OWNER(t, keeper, store);
    ce_error err = { CE_OK, "out of memory" };
    ce_status status = ce_inbox_is_high(s->inbox) ? CE_EAGAIN : CE_OK;

    /* Whoever sent this still has it: it need not come above the mark. */
    if (status == CE_EAGAIN)
        ce_fail(&err, status, "inbox %s is full", ce_inbox_dir(s->inbox));
    else
        status = write_records(s);
    if (status == CE_OK)
        status = ce_inbox_append(
            s->inbox, (const ce_slice *)(void *)s->slices.ptr, s->count, &err);
    for (ce_delivery *d = take_all(s), *next; d; d = next) {
        next = d->next;
        if (status == CE_OK)
            ce_settle_ack(d, CE_STORED);
        else
            ce_settle_undelivered(d, 0, 0, err.text);
    }
}

static void push(ce_stage *stage, ce_delivery *d)
{
    keeper *s = (keeper *)stage;

    d->next = NULL;
    if (s->last)
        s->last->next = d;
    else
        s->first = d;
    s->last = d;
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
    keeper *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage.ops = &ops;
    s->inbox = i;
    s->loop = loop;
    s->store.run = store;
    *out = &s->stage;
    return CE_OK;
}
