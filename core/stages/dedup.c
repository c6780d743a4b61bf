/* SPDX-License-Identifier: Apache-2.0 */
/* Settles as duplicate what the sink has confirmed before.
 *
 * Whole keys are kept, not hashes of them: two keys with one hash would lose
 * an event. A duplicate of an event that is still in flight is passed on. */
#include "core/stages/stages.h"

#include <string.h>
#include <time.h>

#include <cloudevents/alloc.h>

typedef struct entry {
    char *key; /* source, NUL, id: neither can hold a NUL */
    size_t len;
    uint64_t hash;
} entry;

typedef struct dedup {
    ce_stage stage;
    entry *ring; /* the oldest one makes room for the newest */
    unsigned entries, used, oldest;
    uint32_t *slots; /* open addressing: number in the ring plus 1 */
    size_t mask;
    uint64_t seed;
} dedup;

/* One event in flight, in its arena. */
typedef struct flight {
    dedup *stage;
    entry key;
} flight;

/* FNV-1a, mixed; the seed keeps senders from choosing collisions. */
static uint64_t hash_of(const dedup *s, const char *key, size_t len)
{
    uint64_t h = s->seed;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)key[i]) * 0x100000001B3u;
    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

/* --- the set --- */

/* The slot that holds KEY, or the free one where it would be. */
static size_t slot_of(const dedup *s, const entry *key)
{
    size_t i = key->hash & s->mask;

    for (; s->slots[i]; i = (i + 1) & s->mask) {
        const entry *e = &s->ring[s->slots[i] - 1];

        if (e->hash == key->hash && e->len == key->len &&
            !memcmp(e->key, key->key, key->len))
            break;
    }
    return i;
}

/* Moves later ones of the same run up, so that none becomes unreachable. */
static void empty_slot(dedup *s, size_t hole)
{
    for (size_t i = (hole + 1) & s->mask; s->slots[i]; i = (i + 1) & s->mask) {
        size_t home = s->ring[s->slots[i] - 1].hash & s->mask;

        if (((i - home) & s->mask) < ((i - hole) & s->mask))
            continue;
        s->slots[hole] = s->slots[i];
        hole = i;
    }
    s->slots[hole] = 0;
}

static void forget_oldest(dedup *s)
{
    entry *e = &s->ring[s->oldest];

    empty_slot(s, slot_of(s, e));
    ce_free(e->key);
    *e = (entry){ NULL, 0, 0 };
}

/* Without memory a duplicate may pass: that is allowed, a loss is not. */
static void record(dedup *s, const entry *key)
{
    entry made = *key;
    unsigned at = s->used < s->entries ? s->used : s->oldest;

    if (s->slots[slot_of(s, key)])
        return;
    made.key = ce_alloc(key->len);
    if (!made.key)
        return;
    memcpy(made.key, key->key, key->len);
    if (s->used < s->entries) {
        s->used++;
    } else {
        forget_oldest(s);
        s->oldest = (s->oldest + 1) % s->entries;
    }
    s->ring[at] = made;
    s->slots[slot_of(s, key)] = at + 1;
}

/* --- the stage --- */

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    flight *f = h->self;

    /* A dead letter may come again, and is wanted then. */
    if (r->verdict == CE_ACK &&
        (r->fate == CE_DELIVERED || r->fate == CE_STORED))
        record(f->stage, &f->key);
    ce_settle(d, r);
}

static flight *make_flight(dedup *s, ce_delivery *d, const ce_event *e)
{
    ce_slice source = ce_event_text(e, "source"), id = ce_event_text(e, "id");
    size_t len = source.len + 1 + id.len;
    flight *f = ce_arena_alloc(d->arena, sizeof *f);
    char *key = ce_arena_alloc(d->arena, len);

    if (!f || !key)
        return NULL;
    if (source.len)
        memcpy(key, source.ptr, source.len);
    key[source.len] = '\0';
    if (id.len)
        memcpy(key + source.len + 1, id.ptr, id.len);
    *f = (flight){ s, { key, len, hash_of(s, key, len) } };
    return f;
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
    } else if (s->slots[slot_of(s, &f->key)]) {
        ce_settle_ack(d, CE_DUPLICATE);
    } else {
        ce_delivery_hook(d, settled, f, 0);
        ce_push(stage->next, d);
    }
}

static void close_stage(ce_stage *stage)
{
    dedup *s = (dedup *)stage;

    for (unsigned i = 0; s->ring && i < s->used; i++)
        ce_free(s->ring[i].key);
    ce_free(s->ring);
    ce_free(s->slots);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "dedup",
    .push = push,
    .close = close_stage,
};

ce_status ce_dedup_stage(ce_stage **out, ce_stage *next, unsigned entries)
{
    dedup *s = ce_alloc_zeroed(sizeof *s);
    struct timespec now;
    size_t slots = 4;

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->entries = entries ? entries : 1;
    while (slots < (size_t)s->entries * 2)
        slots *= 2;
    s->mask = slots - 1;
    clock_gettime(CLOCK_REALTIME, &now);
    s->seed = ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)now.tv_sec ^
              (uint64_t)(uintptr_t)s;
    s->ring = ce_alloc_zeroed(s->entries * sizeof *s->ring);
    s->slots = ce_alloc_zeroed(slots * sizeof *s->slots);
    if (!s->ring || !s->slots) {
        close_stage(&s->stage);
        return CE_ENOMEM;
    }
    *out = &s->stage;
    return CE_OK;
}
