/* SPDX-License-Identifier: Apache-2.0 */
/* A record of an inbox, as a damaged disk may show it. Those of the former
 * versions have no sum. What is read can be written, and is read as the same
 * message; with one bit changed it is no record. */
#include <string.h>

#include "core/inbox/store.h"
#include "tests/fuzz/fuzz.h"

static void check_attrs(const ce_attrs *a, const ce_attrs *b)
{
    check(a->len == b->len);
    for (unsigned i = 0; i < a->len; i++)
        check(a->at[i].type == b->at[i].type &&
              ce_slice_eq(a->at[i].name, b->at[i].name) &&
              ce_slice_eq(a->at[i].text, b->at[i].text));
}

static void check_same(const ce_delivery *a, const ce_delivery *b)
{
    const ce_message *m = &a->message, *n = &b->message;

    check(m->mode == n->mode && m->format == n->format);
    check(ce_slice_eq(m->content_type, n->content_type));
    check(ce_slice_eq(m->body, n->body) && !m->body.ptr == !n->body.ptr);
    check(ce_slice_eq(m->key, n->key) && !m->key.ptr == !n->key.ptr);
    check_attrs(&m->attrs, &n->attrs);
    check_attrs(&a->origin.metadata, &b->origin.metadata);
    check(ce_slice_eq(a->origin.topic, b->origin.topic));
    check(a->origin.partition == b->origin.partition &&
          a->origin.offset == b->origin.offset &&
          a->origin.timestamp_ms == b->origin.timestamp_ms &&
          a->origin.retain == b->origin.retain);
    check(!a->defect.reason == !b->defect.reason);
    check(!a->defect.reason || !strcmp(a->defect.reason, b->defect.reason));
}

/* Which bit, says a hash of the input. The first byte is the version, and says
 * whether there is a sum. */
static void check_damage(ce_slice record, size_t seed)
{
    ce_arena *arena = ce_arena_new();
    ce_delivery d = { .arena = arena };
    size_t bit = 8 + seed % (8 * (record.len - 1));

    check(arena != NULL);
    ((char *)(uintptr_t)record.ptr)[bit / 8] ^= (char)(1 << bit % 8);
    check(!ce_record_is_intact(record));
    check(ce_record_read(record, &d) == CE_ESYNTAX);
    ce_arena_free(arena);
}

static void check_again(const ce_delivery *d, size_t seed)
{
    ce_arena *arena = ce_arena_new();
    ce_delivery again = { .arena = arena };
    ce_buf record = { NULL, 0, 0 };

    check(arena != NULL);
    check(ce_record_write(&d->message, &d->origin, d->defect.reason, &record) ==
          CE_OK);
    check(ce_record_is_intact(ce_buf_slice(&record)));
    check(ce_record_read(ce_buf_slice(&record), &again) == CE_OK);
    check_same(d, &again);
    check_damage(ce_buf_slice(&record), seed);
    ce_arena_free(arena);
    ce_buf_free(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice record = { (const char *)bytes, size };
    ce_arena *arena = ce_arena_new();
    ce_delivery d = { .arena = arena };
    uint64_t name[2];
    ce_event e;

    check(arena != NULL);
    (void)ce_record_age_ms(record);
    if (size)
        ce_record_name(record, 1, 2, name);
    if (ce_record_read(record, &d) == CE_OK) {
        (void)ce_message_decode(&d.message, arena, &e, NULL);
        check_again(&d, size ? size * 31 + bytes[size / 2] : 0);
    }
    ce_arena_free(arena);
    return 0;
}
