/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/sent.h"

#include <cloudevents/alloc.h>

typedef struct ce_kafka_place {
    void *record;
    uint64_t serial; /* of a free place: the number of the next one */
} ce_kafka_place;

static bool grow(ce_kafka_sent *t)
{
    size_t cap = t->cap ? t->cap * 2 : 64;
    ce_kafka_place *at = ce_realloc(t->at, cap * sizeof *at);

    if (!at)
        return false;
    for (size_t i = t->cap; i < cap; i++)
        at[i].serial = i + 1;
    t->at = at;
    t->free = t->cap;
    t->cap = cap;
    return true;
}

bool ce_kafka_sent_add(ce_kafka_sent *t, void *record, uint64_t serial,
                       void **out)
{
    size_t number = t->free;

    if (number == t->cap) {
        if (!grow(t))
            return false;
        number = t->free;
    }
    t->free = (size_t)t->at[number].serial;
    t->at[number] = (ce_kafka_place){ record, serial };
    *out = (void *)(uintptr_t)number;
    return true;
}

void *ce_kafka_sent_take(ce_kafka_sent *t, const void *opaque, uint64_t *serial)
{
    size_t number = (size_t)(uintptr_t)opaque;
    void *record = t->at[number].record;

    if (serial)
        *serial = t->at[number].serial;
    t->at[number].serial = t->free;
    t->free = number;
    return record;
}

void ce_kafka_sent_free(ce_kafka_sent *t)
{
    ce_free(t->at);
    *t = (ce_kafka_sent){ NULL, 0, 0 };
}
