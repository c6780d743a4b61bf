/* SPDX-License-Identifier: Apache-2.0 */
/* Settles as duplicate what the sink has confirmed before. A duplicate of an
 * event that is still in flight is passed on. Without memory a duplicate may
 * pass: that is allowed, a loss is not. */
#include "core/stages/stages.h"

#include <cloudevents/alloc.h>

#include "core/stages/seen.h"

typedef struct dedup {
    ce_stage stage;
    ce_seen seen;
} dedup;

/* One event in flight, in its arena. */
typedef struct flight {
    dedup *stage;
    ce_seen_key key;
    uint64_t print; /* 0: the key alone decides */
} flight;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    flight *f = h->self;

    /* A dead letter may come again, and is wanted then. */
    if (r->verdict == CE_ACK &&
        (r->fate == CE_DELIVERED || r->fate == CE_STORED))
        ce_seen_put(&f->stage->seen, &f->key, 0, f->print);
    ce_settle(d, r);
}

static flight *make_flight(dedup *s, ce_delivery *d, const ce_event *e)
{
    flight *f = ce_arena_alloc(d->arena, sizeof *f);

    if (!f || ce_seen_key_of(&s->seen, e, d->arena, &f->key) != CE_OK)
        return NULL;
    f->stage = s;
    /* An id that stands for a place comes again when a topic was deleted and
     * made again, with another event. */
    f->print = ce_wrap_is_place(d, ce_event_text(e, "id"))
                   ? ce_seen_print_of(&s->seen, e)
                   : 0;
    return f;
}

static bool is_known(const flight *f)
{
    const ce_seen_entry *known = ce_seen_find(&f->stage->seen, &f->key);

    return known && known->print == f->print;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    dedup *s = (dedup *)stage;
    ce_error err = { CE_EINVAL, "not a CloudEvent" };
    const ce_event *e = ce_delivery_event(d, &err);
    flight *f = e ? make_flight(s, d, e) : NULL;

    if (!e && err.status != CE_ENOMEM) {
        ce_settle_malformed(d, 0, err.text);
    } else if (!f) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
    } else if (is_known(f)) {
        ce_settle_ack(d, CE_DUPLICATE);
    } else {
        ce_delivery_hook(d, settled, f, 0);
        ce_push(stage->next, d);
    }
}

static void close_stage(ce_stage *stage)
{
    dedup *s = (dedup *)stage;

    ce_seen_close(&s->seen);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "dedup",
    .push = push,
    .close = close_stage,
};

ce_status ce_dedup_stage(ce_stage **out, ce_stage *next, unsigned entries)
{
    dedup *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    if (ce_seen_open(&s->seen, entries) != CE_OK) {
        ce_free(s);
        return CE_ENOMEM;
    }
    *out = &s->stage;
    return CE_OK;
}
