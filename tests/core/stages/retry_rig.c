/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the retry stage begin with: the stage between a source and a
 * sink in memory, and short words for what happens there. */
#include "tests/core/stages/retry_rig.h"

ce_rig rig;

void open_with(ce_retry_config c)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_retry_stage(&s, rig.top, rig.loop, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

ce_retry_config usual(void)
{
    return (ce_retry_config){ .base_ms = 100, .cap_ms = 1000 };
}

void open_usual(void)
{
    open_with(usual());
}

int arrive(const char *id, const char *key)
{
    int number = ce_mem_arrive_event(rig.source, id, key);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

unsigned settlements(int number)
{
    return ce_rig_outcome(&rig, number)->settlements;
}

ce_verdict verdict(int number)
{
    return ce_rig_outcome(&rig, number)->result.verdict;
}

void answer(unsigned number, ce_result r)
{
    EXPECT(!ce_mem_sent_at(rig.sink, number)->answered);
    ce_mem_release(rig.sink, number, r);
}

void fail(unsigned number)
{
    answer(number, ce_rig_undelivered(503, 0));
}

void ack(unsigned number)
{
    answer(number, ce_rig_ack());
}
