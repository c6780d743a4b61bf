/* SPDX-License-Identifier: Apache-2.0 */
/* Gives every event to all sinks, and the source the worst of their results.
 *
 * The copies share the event's bytes and its decoded view; each has an arena
 * of its own, since the chains behind work on them independently. */
#include "core/stages/stages.h"

#include <cloudevents/alloc.h>

#include "core/stages/seen.h"

typedef struct fanout {
    ce_stage stage;
    ce_stage *const *sinks;
    unsigned count;
    ce_pool *copies;
    ce_seen seen; /* of each event a set of the sinks that have it */
    ce_meter *meter;
} fanout;

/* One event, in its delivery's arena. */
typedef struct spread {
    fanout *stage;
    ce_delivery *d;
    bool may_repeat; /* KEY is set: its sender will come again */
    ce_seen_key key;
    uint64_t had, have; /* sinks that have it: from before, and now */
    unsigned waiting;
    bool any;
    ce_result worst;
} spread;

static void keep_worst(spread *w, const ce_result *r)
{
    if (w->any && !ce_result_is_worse(r, &w->worst)) {
        /* The most unusual fate of a sink is that of the whole. */
        if (r->verdict == w->worst.verdict && r->fate > w->worst.fate)
            w->worst.fate = r->fate;
        return;
    }
    w->any = true;
    w->worst = *r;
    w->worst.reply = NULL; /* it lives during the settlement only */
}

/* --- repetitions --- */

/* Sinks beyond these get an event again with each repetition. */
enum { REMEMBERED_SINKS = 64 };

static uint64_t bit_of(unsigned sink)
{
    return sink < REMEMBERED_SINKS ? (uint64_t)1 << sink : 0;
}

static void recall(spread *w)
{
    const ce_event *e = w->d->event;
    const ce_seen *seen = &w->stage->seen;
    const ce_seen_entry *known;

    if (!seen->entries || !w->d->interactive || !e ||
        ce_seen_key_of(seen, e, w->d->arena, &w->key) != CE_OK)
        return;
    w->may_repeat = true;
    known = ce_seen_find(seen, &w->key);
    /* Another event, whose sender gave it an id that was taken. */
    if (known && known->print == ce_seen_print_of(seen, e))
        w->have = known->word;
}

/* An event that is done may come again by its sender's will: then all sinks
 * get it. */
static void remember(spread *w)
{
    bool comes_again = w->worst.verdict == CE_UNDELIVERED;
    ce_seen *seen = &w->stage->seen;

    if (!w->may_repeat)
        return;
    if (comes_again && w->have)
        ce_seen_put(seen, &w->key, w->have,
                    ce_seen_print_of(seen, w->d->event));
    else if (ce_seen_find(seen, &w->key))
        ce_seen_put(seen, &w->key, 0, 0);
}

/* --- results --- */

static void arrived(spread *w)
{
    if (--w->waiting > 0)
        return;
    remember(w);
    ce_settle(w->d, &w->worst);
}

static void copy_settled(ce_hook *h, ce_delivery *copy, const ce_result *r)
{
    spread *w = h->self;

    if (r->verdict == CE_ACK)
        w->have |= bit_of((unsigned)h->state);
    keep_worst(w, r);
    ce_pool_give(copy);
    arrived(w);
}

static const ce_result no_memory = { .verdict = CE_UNDELIVERED,
                                     .reason = "out of memory" };

static void spare(spread *w)
{
    ce_meter *m = w->stage->meter;

    if (m)
        atomic_fetch_add_explicit(&m->spared, 1, memory_order_relaxed);
    keep_worst(w, &(ce_result){ .verdict = CE_ACK });
    arrived(w);
}

static void push_copy(fanout *s, unsigned sink, spread *w)
{
    ce_delivery *d = w->d, *copy;

    if (w->had & bit_of(sink)) {
        spare(w);
        return;
    }
    copy = ce_pool_take(s->copies);
    if (!copy) {
        keep_worst(w, &no_memory);
        arrived(w);
        return;
    }
    copy->parent = d;
    copy->message = d->message;
    copy->origin = d->origin;
    copy->event = d->event;
    copy->interactive = d->interactive;
    ce_delivery_hook(copy, copy_settled, w, sink);
    ce_push(s->sinks[sink], copy);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    fanout *s = (fanout *)stage;
    spread *w = ce_arena_alloc(d->arena, sizeof *w);

    if (!w) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    /* Made once, before the copies look for it. */
    (void)ce_delivery_event(d, NULL);
    *w = (spread){ .stage = s, .d = d, .waiting = s->count };
    recall(w);
    w->had = w->have;
    for (unsigned i = 0; i < s->count; i++)
        push_copy(s, i, w);
}

static void close_stage(ce_stage *stage)
{
    fanout *s = (fanout *)stage;

    ce_pool_close(s->copies);
    ce_seen_close(&s->seen);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "fanout",
    .push = push,
    .close = close_stage,
};

ce_status ce_fanout_stage(ce_stage **out, ce_stage *const *sinks,
                          unsigned count, unsigned remembered, ce_meter *meter)
{
    fanout *s = ce_stage_new(sizeof *s, &ops, NULL);

    if (!s)
        return CE_ENOMEM;
    s->sinks = sinks;
    s->count = count;
    s->meter = meter;
    /* The receiver's pool bounds how many events, and so how many copies. */
    if (ce_pool_open(&s->copies, UINT32_MAX, sizeof(ce_delivery), SIZE_MAX) !=
        CE_OK) {
        ce_free(s);
        return CE_ENOMEM;
    }
    if (remembered && ce_seen_open(&s->seen, remembered) != CE_OK) {
        close_stage(&s->stage);
        return CE_ENOMEM;
    }
    *out = &s->stage;
    return CE_OK;
}
