/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the loop begin with: a loop, and notes of what ran on it. */
#ifndef CE_TESTS_CORE_LOOP_LOOP_RIG_H
#define CE_TESTS_CORE_LOOP_LOOP_RIG_H

#include "tests/support/ce_test.h"
#include "core/loop/loop.h"

static ce_loop *loop;

static inline void open_loop(void)
{
    ce_error err;

    REQUIRE_OK(ce_loop_open(&loop, NULL, &err));
}

/* What ran, in order. */
static unsigned order[64], ran;

static inline void note(unsigned number)
{
    if (ran < COUNT(order))
        order[ran] = number;
    ran++;
}

typedef struct ticker {
    ce_timer timer;
    unsigned number;
    uint64_t at_ms;
    unsigned again;
    struct ticker *other;
} ticker;

static inline void ring(ce_timer *t)
{
    ticker *a = CE_OWNER(t, ticker, timer);

    a->at_ms = ce_loop_now_ms(loop);
    note(a->number);
}

#endif
