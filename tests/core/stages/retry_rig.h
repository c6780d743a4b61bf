/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the retry stage begin with: the stage between a source and a
 * sink in memory, and short words for what happens there. */
#ifndef CE_TESTS_CORE_STAGES_RETRY_RIG_H
#define CE_TESTS_CORE_STAGES_RETRY_RIG_H

#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;

static inline void open_with(ce_retry_config c)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_retry_stage(&s, rig.top, rig.loop, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static inline ce_retry_config usual(void)
{
    return (ce_retry_config){ .base_ms = 100, .cap_ms = 1000 };
}

static inline void open_usual(void)
{
    open_with(usual());
}

static inline int arrive(const char *id, const char *key)
{
    int number = ce_mem_arrive_event(rig.source, id, key);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

static inline unsigned settlements(int number)
{
    return ce_rig_outcome(&rig, number)->settlements;
}

static inline ce_verdict verdict(int number)
{
    return ce_rig_outcome(&rig, number)->result.verdict;
}

static inline void answer(unsigned number, ce_result r)
{
    EXPECT(!ce_mem_sent_at(rig.sink, number)->answered);
    ce_mem_release(rig.sink, number, r);
}

static inline void fail(unsigned number)
{
    answer(number, ce_rig_undelivered(503, 0));
}

static inline void ack(unsigned number)
{
    answer(number, ce_rig_ack());
}

static inline bool sent(const char *ids)
{
    bool same = !strcmp(ce_mem_ids(rig.sink), ids);

    if (!same)
        fprintf(stderr, "sent \"%s\", expected \"%s\": ", ce_mem_ids(rig.sink),
                ids);
    return same;
}

#endif
