/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer can make long, each format reads in a time that grows no faster
 * than its length. */
#include <time.h>

#include <cloudevents/format.h>

#include "tests/support/ce_test.h"

static ce_arena *names;

/* An event with COUNT extensions of different names. */
static ce_event event_of(unsigned count)
{
    static const ce_attr required[] = {
        { { "specversion", 11 }, { "1.0", 3 }, CE_STRING },
        { { "id", 2 }, { "1", 1 }, CE_STRING },
        { { "source", 6 }, { "/s", 2 }, CE_URI_REF },
        { { "type", 4 }, { "t", 1 }, CE_STRING },
    };
    ce_event e = { .data_kind = CE_DATA_NONE };

    for (size_t i = 0; i < COUNT(required); i++)
        REQUIRE_OK(ce_attrs_add(&e.attrs, names, required[i]));
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(ce_attrs_add(&e.attrs, names,
                                (ce_attr){ ce_arena_printf(names, "x%u", i),
                                           CE_SLICE("value"), CE_STRING }));
    return e;
}

static ce_status skip(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    (void)e;
    (void)body;
    return CE_OK;
}

static void read_once(const ce_format *f, ce_slice text, bool is_batch)
{
    ce_arena *arena = ce_arena_new();
    ce_event e;

    if (is_batch)
        REQUIRE_OK(f->decode_batch(text, arena, skip, NULL, NULL));
    else
        REQUIRE_OK(f->decode(text, arena, &e, NULL));
    ce_arena_free(arena);
}

/* In nanoseconds of this thread, the best of three. */
static int64_t cost_of(const ce_format *f, const ce_buf *text, bool is_batch)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < 3; i++) {
        struct timespec from, to;
        int64_t cost;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        read_once(f, (ce_slice){ text->ptr, text->len }, is_batch);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        cost =
            (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec;
        best = cost < best ? cost : best;
    }
    return best;
}

static int64_t cost_of_extensions(const ce_format *f, unsigned count)
{
    ce_event e = event_of(count);
    ce_buf text = { NULL, 0, 0 };
    int64_t cost;

    REQUIRE_OK(f->encode(&e, &text));
    cost = cost_of(f, &text, false);
    ce_buf_free(&text);
    return cost;
}

static int64_t cost_of_batch(const ce_format *f, unsigned count)
{
    ce_event e = event_of(1);
    const ce_event **all = calloc(count, sizeof *all);
    ce_buf text = { NULL, 0, 0 };
    int64_t cost;

    REQUIRE(all != NULL);
    for (unsigned i = 0; i < count; i++)
        all[i] = &e;
    REQUIRE_OK(f->encode_batch(all, count, &text));
    cost = cost_of(f, &text, true);
    ce_buf_free(&text);
    free(all);
    return cost;
}

/* Ten times the input may cost ten times as much, and three times that on a
 * busy machine; a square would be a hundred times. */
enum { FEW = 1500, MANY = 10 * FEW, FACTOR = 30 };

static void many_extensions_cost_no_square(void)
{
    const ce_format *f;

    names = ce_arena_new();
    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        EXPECT_CMP_ROW(f->name, cost_of_extensions(f, MANY), <,
                       FACTOR * cost_of_extensions(f, FEW));
    ce_arena_free(names);
}

static void many_events_of_a_batch_cost_no_square(void)
{
    const ce_format *f;

    names = ce_arena_new();
    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        if (f->batch_media_type)
            EXPECT_CMP_ROW(f->name, cost_of_batch(f, MANY), <,
                           FACTOR * cost_of_batch(f, FEW));
    ce_arena_free(names);
}

TESTS("formats/cost", TEST(many_extensions_cost_no_square),
      TEST(many_events_of_a_batch_cost_no_square))
