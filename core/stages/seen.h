/* SPDX-License-Identifier: Apache-2.0 */
/* The newest events by source and id, each with words of its owner.
 *
 * Whole keys are kept, not hashes of them: two keys with one hash would lose
 * an event. */
#ifndef CE_CORE_STAGES_SEEN_H
#define CE_CORE_STAGES_SEEN_H

#include <cloudevents/slice.h>
#include <cloudevents/event.h>

typedef struct ce_seen_key {
    char *text; /* source, NUL, id: neither can hold a NUL */
    size_t len;
    uint64_t hash;
} ce_seen_key;

typedef struct ce_seen_entry {
    ce_seen_key key;
    uint64_t word, print;
} ce_seen_entry;

typedef struct ce_seen {
    ce_seen_entry *ring; /* the oldest one makes room for the newest */
    unsigned entries, used, oldest;
    uint32_t *slots; /* open addressing: number in the ring plus 1 */
    size_t mask;
    uint64_t seed;
} ce_seen;

/* Opens a memory of the last ENTRIES events, at least 1. */
ce_status ce_seen_open(ce_seen *s, unsigned entries);
/* Harmless when it is zeroed, or when the open failed. */
void ce_seen_close(ce_seen *s);

/* Makes the key of E in ARENA. */
ce_status ce_seen_key_of(const ce_seen *s, const ce_event *e, ce_arena *arena,
                         ce_seen_key *out);
/* Returns what tells events with one key apart: a hash of all attributes, in
 * any order, and of the data. */
uint64_t ce_seen_print_of(const ce_seen *s, const ce_event *e);
/* Returns what is known of KEY, until the next put, or NULL. */
const ce_seen_entry *ce_seen_find(const ce_seen *s, const ce_seen_key *key);
/* Remembers KEY with WORD and PRINT, in place of others. Without memory it does
 * nothing. */
void ce_seen_put(ce_seen *s, const ce_seen_key *key, uint64_t word,
                 uint64_t print);

#endif
