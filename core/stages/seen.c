/* SPDX-License-Identifier: Apache-2.0 */
/* A ring in the order of arrival, and a table over it. */
#include "core/stages/seen.h"

#include <string.h>
#include <time.h>

#include <cloudevents/alloc.h>

#include "core/base/hash.h"

/* Mixed; the seed keeps senders from choosing collisions. */
static uint64_t hash_from(uint64_t h, const char *text, size_t len)
{
    h = ce_hash(h, (ce_slice){ text, len });
    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint64_t hash_of(const ce_seen *s, const char *key, size_t len)
{
    return hash_from(s->seed, key, len);
}

uint64_t ce_seen_print_of(const ce_seen *s, const ce_event *e)
{
    uint64_t print = hash_of(s, e->data.ptr, e->data.len) + e->data_kind;

    for (size_t i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];
        uint64_t name = hash_of(s, a->name.ptr, a->name.len);

        print += hash_from(name, a->text.ptr, a->text.len);
    }
    return print;
}

/* --- the set --- */

/* The slot that holds KEY, or the free one where it would be. */
static size_t slot_of(const ce_seen *s, const ce_seen_key *key)
{
    size_t i = key->hash & s->mask;

    for (; s->slots[i]; i = (i + 1) & s->mask) {
        const ce_seen_key *k = &s->ring[s->slots[i] - 1].key;

        if (k->hash == key->hash && k->len == key->len &&
            !memcmp(k->text, key->text, key->len))
            break;
    }
    return i;
}

/* Moves later ones of the same run up, so that none becomes unreachable. */
static void empty_slot(ce_seen *s, size_t hole)
{
    for (size_t i = (hole + 1) & s->mask; s->slots[i]; i = (i + 1) & s->mask) {
        size_t home = s->ring[s->slots[i] - 1].key.hash & s->mask;

        if (((i - home) & s->mask) < ((i - hole) & s->mask))
            continue;
        s->slots[hole] = s->slots[i];
        hole = i;
    }
    s->slots[hole] = 0;
}

static void forget_oldest(ce_seen *s)
{
    ce_seen_entry *e = &s->ring[s->oldest];

    empty_slot(s, slot_of(s, &e->key));
    ce_free(e->key.text);
    *e = (ce_seen_entry){ .word = 0 };
}

static ce_seen_entry *find(const ce_seen *s, const ce_seen_key *key)
{
    uint32_t slot = s->slots[slot_of(s, key)];

    return slot ? &s->ring[slot - 1] : NULL;
}

const ce_seen_entry *ce_seen_find(const ce_seen *s, const ce_seen_key *key)
{
    return find(s, key);
}

static void add(ce_seen *s, const ce_seen_key *key, uint64_t word,
                uint64_t print)
{
    ce_seen_entry made = { *key, word, print };
    unsigned at = s->used < s->entries ? s->used : s->oldest;

    made.key.text = ce_alloc(key->len);
    if (!made.key.text)
        return;
    memcpy(made.key.text, key->text, key->len);
    if (s->used < s->entries) {
        s->used++;
    } else {
        forget_oldest(s);
        s->oldest = (s->oldest + 1) % s->entries;
    }
    s->ring[at] = made;
    s->slots[slot_of(s, key)] = at + 1;
}

void ce_seen_put(ce_seen *s, const ce_seen_key *key, uint64_t word,
                 uint64_t print)
{
    ce_seen_entry *known = find(s, key);

    if (known) {
        known->word = word;
        known->print = print;
    } else {
        add(s, key, word, print);
    }
}

ce_status ce_seen_key_of(const ce_seen *s, const ce_event *e, ce_arena *arena,
                         ce_seen_key *out)
{
    ce_slice source = ce_event_text(e, "source"), id = ce_event_text(e, "id");
    size_t len = source.len + 1 + id.len;
    char *text = ce_arena_alloc(arena, len);

    if (!text)
        return CE_ENOMEM;
    if (source.len)
        memcpy(text, source.ptr, source.len);
    text[source.len] = '\0';
    if (id.len)
        memcpy(text + source.len + 1, id.ptr, id.len);
    *out = (ce_seen_key){ text, len, hash_of(s, text, len) };
    return CE_OK;
}

void ce_seen_close(ce_seen *s)
{
    for (unsigned i = 0; s->ring && i < s->used; i++)
        ce_free(s->ring[i].key.text);
    ce_free(s->ring);
    ce_free(s->slots);
    *s = (ce_seen){ .mask = 0 };
}

ce_status ce_seen_open(ce_seen *s, unsigned entries)
{
    struct timespec now;
    size_t slots = 4;

    *s = (ce_seen){ .entries = entries ? entries : 1 };
    while (slots < (size_t)s->entries * 2)
        slots *= 2;
    s->mask = slots - 1;
    clock_gettime(CLOCK_REALTIME, &now);
    s->seed = ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)now.tv_sec ^
              (uint64_t)(uintptr_t)s;
    s->ring = ce_alloc_zeroed(s->entries * sizeof *s->ring);
    s->slots = ce_alloc_zeroed(slots * sizeof *s->slots);
    if (s->ring && s->slots)
        return CE_OK;
    ce_seen_close(s);
    return CE_ENOMEM;
}
