/* SPDX-License-Identifier: Apache-2.0 */
/* Puts stages between a source and a sink in memory. */
#include "tests/support/rig.h"

#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

void ce_rig_open(ce_rig *rig, const char *source)
{
    char uri[200];

    *rig = (ce_rig){ 0 };
    ce_memory_watch();
    ce_log_to(NULL, NULL, CE_DEBUG);
    REQUIRE_OK(ce_loop_open(&rig->loop, NULL, NULL));
    ce_loop_freeze(rig->loop);
    snprintf(uri, sizeof uri, "mem://source%s%s", source ? "?" : "",
             source ? source : "");
    rig->source = ce_mem_receiver(rig->loop, uri);
    rig->sink = ce_rig_sink(rig, "mem://sink");
    rig->top = &rig->sink->stage;
}

void ce_rig_add(ce_rig *rig, ce_stage *s)
{
    REQUIRE_CMP(rig->count, <, COUNT(rig->stages));
    rig->stages[rig->count++] = s;
    rig->top = s;
}

ce_stage *ce_rig_encode(ce_rig *rig, ce_stage *next, ce_mode mode)
{
    ce_stage *s;

    REQUIRE_OK(ce_encode_stage(&s, next, mode, &ce_format_json));
    ce_rig_add(rig, s);
    return s;
}

ce_stage *ce_rig_dead_letter(ce_rig *rig, ce_stage *next, ce_stage *letters,
                             const char *target)
{
    ce_dead_letter_config c = { .route = "r",
                                .target = target,
                                .letters = letters };
    ce_stage *s;

    REQUIRE_OK(ce_dead_letter_stage(&s, next, &c));
    ce_rig_add(rig, s);
    return s;
}

void ce_rig_start(ce_rig *rig)
{
    REQUIRE_OK(rig->source->ops->start(rig->source, rig->top, NULL));
}

ce_sender *ce_rig_sink(ce_rig *rig, const char *uri)
{
    ce_sender *s = ce_mem_sender(rig->loop, uri);

    REQUIRE_OK(s->ops->start(s, NULL));
    return s;
}

static void check_settlements(const ce_rig *rig)
{
    for (int i = 0; ce_rig_outcome(rig, i); i++) {
        unsigned n = ce_rig_outcome(rig, i)->settlements;

        if (n != 1)
            fprintf(stderr, "message %d was settled %u times: ", i, n);
        EXPECT_EQ(n, 1);
    }
}

void ce_rig_close(ce_rig *rig, ce_sender *extra)
{
    rig->source->ops->stop(rig->source);
    ce_loop_poll(rig->loop);
    check_settlements(rig);
    REQUIRE_EQ(ce_pool_out(rig->source->pool), 0);
    while (rig->count > 0) {
        ce_stage *s = rig->stages[--rig->count];

        s->ops->close(s);
    }
    ce_mem_close_receiver(rig->source);
    ce_mem_close_sender(rig->sink);
    ce_mem_close_sender(extra);
    ce_loop_close(rig->loop);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

const ce_mem_outcome *ce_rig_outcome(const ce_rig *rig, int number)
{
    return ce_mem_outcome_of(rig->source, number);
}

ce_result ce_rig_ack(void)
{
    return (ce_result){ .verdict = CE_ACK };
}

ce_result ce_rig_nack(int code, const char *reason)
{
    ce_result r = { .verdict = CE_NACK, .code = code };

    if (reason)
        ce_result_explain(&r, "%s", reason);
    return r;
}

ce_result ce_rig_undelivered(int code, uint32_t retry_after_ms)
{
    return (ce_result){ .verdict = CE_UNDELIVERED,
                        .code = code,
                        .retry_after_ms = retry_after_ms,
                        .reason = "not now" };
}
