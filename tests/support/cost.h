/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer or a user can make long is read in a time that grows no faster
 * than its length. */
#ifndef CE_TESTS_SUPPORT_COST_H
#define CE_TESTS_SUPPORT_COST_H

#include "tests/support/ce_test.h"

/* A kind of input. MAKE returns one of COUNT parts, READ is what costs, and
 * DROP frees the input. */
typedef struct cost {
    const char *name;
    unsigned few; /* parts of the smaller input; READ takes 50 us or more */
    void *(*make)(unsigned count);
    void (*read)(void *input);
    void (*drop)(void *input);
} cost;

/* Expects that ten times the parts cost less than thirty times as much; a
 * square would be a hundred times. It counts the time of this thread's own
 * work, and looks again where others have slowed it down. */
void expect_no_square(const cost *rows, size_t count);

/* An input that is a text: BEFORE, PART as often as there are parts, and AFTER.
 * A "%u" in PART is its number, from 0. READ gets a ce_buf. */
typedef struct text_cost {
    const char *name;
    unsigned few;
    void (*read)(void *text);
    const char *before, *part, *after;
} text_cost;

void expect_no_square_of_texts(const text_cost *rows, size_t count);

/* Such a text of COUNT parts. */
ce_buf *cost_text(const char *before, const char *part, unsigned count,
                  const char *after);
/* The characters of TEXT and a NUL, until it changes. */
const char *cost_string(void *text);
void cost_drop_text(void *text);

#endif
