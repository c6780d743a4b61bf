/* SPDX-License-Identifier: Apache-2.0 */
/* A text is 16 digits of this client, which are random, and 16 of a number:
 * its slot, and what tells it from those that had the slot before. */
#include "core/transport/correlation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <cloudevents/alloc.h>

enum { SLOT_BITS = 16, FIRST_SLOTS = 64, DIGITS = 16 };

typedef struct ce_correlation_slot {
    void *who; /* NULL: free */
    uint64_t number;
    unsigned next; /* the next free one's index + 1, or 0 */
} slot;

ce_status ce_correlations_open(ce_correlations *c, ce_error *err)
{
    uint64_t random;

    *c = (ce_correlations){ .count = 0 };
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return ce_fail(err, CE_EIO, "no random numbers");
    snprintf(c->nonce, sizeof c->nonce, "%016" PRIx64, random);
    return CE_OK;
}

void ce_correlations_close(ce_correlations *c)
{
    ce_free(c->slots);
}

static bool grow(ce_correlations *c)
{
    unsigned count = c->count ? c->count * 2 : FIRST_SLOTS;
    slot *grown;

    if (count > 1u << SLOT_BITS)
        return false;
    grown = ce_realloc(c->slots, count * sizeof *grown);
    if (!grown)
        return false;
    for (unsigned i = c->count; i < count; i++)
        grown[i] = (slot){ .next = i + 1 < count ? i + 2 : 0 };
    c->unused = c->count + 1;
    c->slots = grown;
    c->count = count;
    return true;
}

static slot *slot_of(const ce_correlations *c, uint64_t number)
{
    unsigned index = number & ((1u << SLOT_BITS) - 1);

    return index < c->count ? &c->slots[index] : NULL;
}

uint64_t ce_correlations_add(ce_correlations *c, void *who)
{
    unsigned index;
    slot *s;

    if (!c->unused && !grow(c))
        return 0;
    index = c->unused - 1;
    s = &c->slots[index];
    c->unused = s->next;
    c->waiting++;
    *s = (slot){ .who = who, .number = ++c->last << SLOT_BITS | index };
    return s->number;
}

void ce_correlations_drop(ce_correlations *c, uint64_t number)
{
    slot *s = slot_of(c, number);

    *s = (slot){ .next = c->unused };
    c->unused = (unsigned)(s - c->slots) + 1;
    c->waiting--;
}

void ce_correlations_write(const ce_correlations *c, uint64_t number,
                           char out[CE_CORRELATION_LEN + 1])
{
    snprintf(out, CE_CORRELATION_LEN + 1, "%s%016" PRIx64, c->nonce, number);
}

void *ce_correlations_find(const ce_correlations *c, ce_slice text,
                           bool *is_ours)
{
    char digits[DIGITS + 1] = "";
    uint64_t number;
    const slot *s;

    *is_ours =
        text.len == CE_CORRELATION_LEN && !memcmp(text.ptr, c->nonce, DIGITS);
    if (!*is_ours)
        return NULL;
    memcpy(digits, text.ptr + DIGITS, DIGITS);
    if (sscanf(digits, "%16" SCNx64, &number) != 1)
        return NULL;
    s = slot_of(c, number);
    return s && s->number == number ? s->who : NULL;
}

void *ce_correlations_at(const ce_correlations *c, unsigned index)
{
    return c->slots[index].who;
}
