/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/cost.h"

#include <malloc.h>
#include <time.h>

enum { TEN = 10, FACTOR = 30, ROUNDS = 3, ATTEMPTS = 5 };
/* Nothing here is so slow by chance: one look is enough. */
static const int64_t slow = 1000000000;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* In nanoseconds, the best of a few. */
static int64_t price(const cost *c, unsigned count)
{
    void *input = c->make(count);
    int64_t best = INT64_MAX;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin = now(), took;

        c->read(input);
        took = now() - begin;
        best = took < best ? took : best;
        if (took > slow)
            break;
    }
    c->drop(input);
    return best;
}

static void expect_one(const cost *c)
{
    int64_t few = 0, many = 0;

    for (int i = 0; i < ATTEMPTS; i++) {
        few = price(c, c->few);
        many = price(c, TEN * c->few);
        if (many < FACTOR * few || many > slow)
            break;
    }
    if (getenv("CE_TEST_COSTS"))
        fprintf(stderr, "%-40s %9.3f ms %9.3f ms\n", c->name, (double)few / 1e6,
                (double)many / 1e6);
    EXPECT_CMP_ROW(c->name, many, <, FACTOR * few);
}

void expect_no_square(const cost *rows, size_t count)
{
    /* Memory is kept, for new pages cost much more than what is read. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    for (size_t i = 0; i < count; i++)
        expect_one(&rows[i]);
}

static const text_cost *growing;

static void *make_text(unsigned count)
{
    return cost_text(growing->before, growing->part, count, growing->after);
}

void expect_no_square_of_texts(const text_cost *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        growing = &rows[i];
        expect_no_square(&(cost){ growing->name, growing->few, make_text,
                                  growing->read, cost_drop_text },
                         1);
    }
}

static void append(ce_buf *text, const char *part, unsigned number)
{
    const char *place = strstr(part, "%u");

    if (!place) {
        REQUIRE_OK(ce_buf_append(text, ce_slice_of(part)));
        return;
    }
    REQUIRE_OK(ce_buf_append(text, (ce_slice){ part, (size_t)(place - part) }));
    REQUIRE_OK(ce_buf_printf(text, "%u", number));
    append(text, place + 2, number);
}

ce_buf *cost_text(const char *before, const char *part, unsigned count,
                  const char *after)
{
    ce_buf *text = calloc(1, sizeof *text);

    REQUIRE(text != NULL);
    REQUIRE_OK(ce_buf_append(text, ce_slice_of(before)));
    for (unsigned i = 0; i < count; i++)
        append(text, part, i);
    REQUIRE_OK(ce_buf_append(text, ce_slice_of(after)));
    return text;
}

const char *cost_string(void *text)
{
    ce_buf *b = text;

    REQUIRE_OK(ce_buf_byte(b, '\0'));
    b->len--;
    return b->ptr;
}

void cost_drop_text(void *text)
{
    ce_buf_free(text);
    free(text);
}
