/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the loop begin with: a loop, and notes of what ran on it. */
#include "tests/core/loop/loop_rig.h"

ce_loop *loop;

void open_loop(void)
{
    ce_error err;

    REQUIRE_OK(ce_loop_open(&loop, NULL, &err));
}

unsigned order[64], ran;

void note(unsigned number)
{
    if (ran < COUNT(order))
        order[ran] = number;
    ran++;
}

void ring(ce_timer *t)
{
    ticker *a = CE_OWNER(t, ticker, timer);

    a->at_ms = ce_loop_now_ms(loop);
    note(a->number);
}
