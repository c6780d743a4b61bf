/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the loop begin with: a loop, and notes of what ran on it. */
#ifndef CE_TESTS_CORE_LOOP_LOOP_RIG_H
#define CE_TESTS_CORE_LOOP_LOOP_RIG_H

#include "tests/support/ce_test.h"
#include "core/loop/loop.h"

extern ce_loop *loop;

void open_loop(void);
/* What ran, in order. */
extern unsigned order[64], ran;

void note(unsigned number);
/* A timer that notes its number and when it fired. */
typedef struct ticker {
    ce_timer timer;
    unsigned number;
    uint64_t at_ms;
    unsigned again;
    struct ticker *other;
} ticker;

void ring(ce_timer *t);

#endif
