/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one delivery per event of a batch, and one result of all of theirs.
 *
 * A batch is read twice: first to validate all of it, since a batch is
 * accepted or refused as a whole, then event by event as children become free.
 * The children borrow the batch's bytes.
 *
 * Where the source has no order, nothing waits behind a long batch: what is no
 * batch passes it, and several batches have their turns, event by event. All of
 * them have a part of each turn of the loop. */
#include "core/stages/stages.h"

#include <cloudevents/alloc.h>

#include <stdio.h>

/* Events of batches; then other work of the loop has its turn. */
enum { PER_TURN = 128 };

typedef struct batch batch;
struct batch {
    ce_delivery *d;
    ce_slice *bodies; /* NULL: not a batch, it only waits for its turn */
    size_t count, cap, next, settled;
    ce_result worst;
    ce_link link;
};

typedef struct split {
    ce_stage stage;
    ce_loop *loop;
    ce_pool *children;
    ce_arena *scratch; /* for validation */
    ce_queue batches;  /* not yet passed on whole, in turn */
    ce_task resume;
} split;

static void settle_batch(batch *b)
{
    ce_settle(b->d, &b->worst);
}

static void keep_worst(batch *b, const ce_result *r)
{
    if (b->settled > 0 && !ce_result_is_worse(r, &b->worst))
        return;
    b->worst = *r;
    b->worst.reply = NULL; /* it lives during the settlement only */
}

static void child_settled(ce_hook *h, ce_delivery *child, const ce_result *r)
{
    batch *b = h->self;

    keep_worst(b, r);
    ce_pool_give(child);
    if (++b->settled == b->count)
        settle_batch(b);
}

static void push_child(split *s, batch *b, ce_delivery *child)
{
    const ce_format *format = b->d->message.format;

    child->parent = b->d;
    child->origin = b->d->origin;
    child->interactive = b->d->interactive;
    child->message = (ce_message){
        .mode = CE_MODE_STRUCTURED,
        .format = format,
        .content_type = ce_slice_of(format->media_type),
        .body = b->bodies[b->next++],
        .key = b->d->message.key,
    };
    ce_delivery_hook(child, child_settled, b, 0);
    ce_push(s->stage.next, child);
}

/* With children out it was credit that lacked, and they bring it back. */
static bool waits_for_credit(split *s, batch *b)
{
    if (ce_pool_out(s->children) > 0)
        return true;
    ce_queue_remove(&s->batches, &b->link);
    keep_worst(b, &(ce_result){ .verdict = CE_UNDELIVERED,
                                .reason = "out of memory" });
    settle_batch(b);
    return false;
}

/* A child that is pushed may be settled at once, and its memory gone: what was
 * last of a batch leaves the queue first. */
static void pass_child(split *s, batch *b, ce_delivery *child)
{
    bool is_last = b->next + 1 == b->count;

    if (is_last || b->d->unordered)
        ce_queue_remove(&s->batches, &b->link);
    if (!is_last && b->d->unordered)
        ce_queue_add(&s->batches, &b->link);
    push_child(s, b, child);
}

/* False: it waits for credit. */
static bool pass_next(split *s, batch *b)
{
    ce_delivery *child;

    if (!b->bodies) {
        ce_queue_remove(&s->batches, &b->link);
        ce_push(s->stage.next, b->d);
        return true;
    }
    child = ce_pool_take(s->children);
    if (!child)
        return !waits_for_credit(s, b);
    pass_child(s, b, child);
    return true;
}

static void pass_waiting(split *s)
{
    for (unsigned i = 0; i < PER_TURN; i++) {
        batch *b = CE_QUEUE_FIRST(&s->batches, batch, link);

        if (!b || !pass_next(s, b))
            return;
    }
    ce_loop_post(s->loop, &s->resume);
}

static void resume(ce_task *t)
{
    pass_waiting(CE_OWNER(t, split, resume));
}

static void on_refilled(void *arg)
{
    split *s = arg;

    ce_loop_post(s->loop, &s->resume);
}

static ce_status reserve(batch *b)
{
    size_t cap = b->cap ? b->cap * 2 : 16;
    ce_slice *grown = ce_arena_alloc(b->d->arena, cap * sizeof *grown);

    if (!grown)
        return CE_ENOMEM;
    for (size_t i = 0; i < b->count; i++)
        grown[i] = b->bodies[i];
    b->bodies = grown;
    b->cap = cap;
    return CE_OK;
}

/* An event whose text does not stand alone in the batch is written anew, and
 * that text has to be kept. */
static bool is_view(const batch *b, ce_slice body)
{
    ce_slice all = b->d->message.body;

    return body.ptr >= all.ptr && body.ptr < all.ptr + all.len;
}

static ce_status note_event(void *arg, const ce_event *e, ce_slice body)
{
    batch *b = arg;

    (void)e;
    if (b->count == b->cap && reserve(b) != CE_OK)
        return CE_ENOMEM;
    if (!is_view(b, body) && ce_arena_copy(b->d->arena, body, &body) != CE_OK)
        return CE_ENOMEM;
    b->bodies[b->count++] = body;
    return CE_OK;
}

static ce_status read_batch(split *s, batch *b, ce_error *err)
{
    const ce_message *m = &b->d->message;
    ce_status status;

    if (!m->format || !m->format->decode_batch)
        return ce_fail(err, CE_ENOTSUP, "batch format \"%.*s\" is not known",
                       CE_ARG(m->content_type));
    status = m->format->decode_batch(m->body, s->scratch, note_event, b, err);
    ce_arena_reset(s->scratch);
    return status;
}

/* It goes on as a message that is no event, and the stages behind do with it
 * what they do with all of those. */
static void pass_malformed(split *s, ce_delivery *d, ce_status status,
                           const ce_error *err)
{
    const char *before = status == CE_ENOTSUP ? "" : "batch: ";
    ce_slice defect = ce_arena_printf(d->arena, "%s%s", before, err->text);

    d->message.mode = CE_MODE_NONE;
    d->defect.reason = defect.ptr ? defect.ptr : "batch is not valid";
    d->defect.code = status == CE_ENOTSUP ? 415 : 0;
    ce_push(s->stage.next, d);
}

/* What comes behind a waiting batch waits too, where there is an order. */
static void push_in_turn(split *s, ce_delivery *d)
{
    batch *b = ce_arena_alloc(d->arena, sizeof *b);
    ce_error err = { CE_OK, "" };
    ce_status status = CE_OK;

    if (!b) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    *b = (batch){ .d = d };
    if (d->message.mode == CE_MODE_BATCH)
        status = read_batch(s, b, &err);
    if (status == CE_ENOMEM)
        ce_settle_undelivered(d, 0, 0, "out of memory");
    else if (status != CE_OK)
        pass_malformed(s, d, status, &err);
    else if (d->message.mode == CE_MODE_BATCH && b->count == 0)
        ce_settle_ack(d, CE_DELIVERED);
    else {
        bool is_alone = ce_queue_is_empty(&s->batches);

        ce_queue_add(&s->batches, &b->link);
        if (is_alone)
            pass_waiting(s);
    }
}

static void push(ce_stage *stage, ce_delivery *d)
{
    split *s = (split *)stage;

    if (d->message.mode != CE_MODE_BATCH &&
        (d->unordered || ce_queue_is_empty(&s->batches)))
        ce_push(stage->next, d);
    else
        push_in_turn(s, d);
}

static void close_stage(ce_stage *stage)
{
    split *s = (split *)stage;

    ce_loop_unpost(s->loop, &s->resume);
    ce_pool_close(s->children);
    ce_arena_free(s->scratch);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "split",
    .push = push,
    .close = close_stage,
};

ce_status ce_split_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                         unsigned max_children)
{
    split *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->loop = loop;
    s->resume.run = resume;
    s->scratch = ce_arena_new();
    if (!s->scratch || ce_pool_open(&s->children, max_children,
                                    sizeof(ce_delivery), SIZE_MAX) != CE_OK) {
        ce_arena_free(s->scratch);
        ce_free(s);
        return CE_ENOMEM;
    }
    ce_pool_on_refilled(s->children, on_refilled, s);
    *out = &s->stage;
    return CE_OK;
}
