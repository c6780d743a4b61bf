/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a letter that its target does not take. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;
static ce_sender *letters;

static void open_stage(void)
{
    ce_rig_open(&rig, NULL);
    letters = ce_rig_sink(&rig, "mem://letters");
    ce_rig_dead_letter(&rig, rig.top, &letters->stage, "http://x/y");
    ce_rig_start(&rig);
}

static void close_stage(void)
{
    ce_rig_close(&rig, letters);
}

static ce_result malformed(void)
{
    ce_result r = ce_result_make(CE_NACK, "bad");

    r.malformed = true;
    return r;
}

static ce_result too_large(void)
{
    return ce_rig_nack(413, "too large");
}

static int arrive_at(int64_t offset)
{
    static char body[4000];
    ce_delivery like = { .message = { .mode = CE_MODE_NONE,
                                      .body = { body, sizeof body },
                                      .key = CE_SLICE("k1") },
                         .origin = { .topic = CE_SLICE("orders"),
                                     .partition = offset < 0 ? -1 : 3,
                                     .offset = offset },
                         .defect = { .reason = "bad" } };
    int n;

    memset(body, 'x', sizeof body);
    ce_mem_script(rig.sink, (ce_mem_answer){ malformed(), 0, 0 });
    n = ce_mem_arrive(rig.source, &like);
    REQUIRE_CMP(n, >=, 0);
    return n;
}

static void refuse_letters(unsigned count)
{
    while (count-- > 0)
        ce_mem_script(letters, (ce_mem_answer){ too_large(), 0, 0 });
}

static void a_letter_that_is_refused_is_cut(void)
{
    const ce_message *m;
    int n;

    open_stage();
    refuse_letters(1);
    n = arrive_at(77);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    REQUIRE_EQ(ce_mem_count(letters), 2);
    m = &ce_mem_sent_at(letters, 1)->message;
    EXPECT_EQ(m->body.len, 0);
    EXPECT_TEXT(m->key, "k1");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "type"), "cebridge.cut");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqtype"),
               "cebridge.malformed");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqsize"), "4000");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqtopic"), "orders");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqpartition"), "3");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqoffset"), "77");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "dlqreason"), "bad");
    EXPECT_STR(ce_mem_sent_attribute(letters, 1, "id"),
               ce_mem_sent_attribute(letters, 0, "id"));
    close_stage();
}

/* As without a target: the source hears why the event was refused. */
static void what_nothing_else_holds_is_passed(void)
{
    const ce_mem_outcome *o;

    open_stage();
    EXPECT_EQ(ce_rig_outcome(&rig, arrive_at(1))->result.fate,
              CE_DEAD_LETTERED);
    refuse_letters(1);
    o = ce_rig_outcome(&rig, arrive_at(-1));
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT(o->result.malformed);
    EXPECT_STR(o->result.reason, "bad");
    EXPECT_EQ(ce_mem_count(letters), 2);
    close_stage();
}

/* The offset must not pass a record that no letter tells of. */
static void a_target_that_refuses_the_short_letter_keeps_it_waiting(void)
{
    const ce_mem_outcome *o;

    open_stage();
    EXPECT_EQ(ce_rig_outcome(&rig, arrive_at(1))->result.fate,
              CE_DEAD_LETTERED);
    refuse_letters(3);
    o = ce_rig_outcome(&rig, arrive_at(77));
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT_EQ(ce_mem_count(letters), 4);
    close_stage();
}

/* It is the wrong one, as far as anybody knows. */
static void a_target_that_has_taken_none_keeps_all_waiting(void)
{
    const ce_mem_outcome *o;

    open_stage();
    refuse_letters(3);
    o = ce_rig_outcome(&rig, arrive_at(77));
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT_STR(o->result.reason, "too large");
    EXPECT_EQ(ce_mem_count(letters), 3);
    close_stage();
}

TESTS("dead_letter_refused", TEST(a_letter_that_is_refused_is_cut),
      TEST(what_nothing_else_holds_is_passed),
      TEST(a_target_that_refuses_the_short_letter_keeps_it_waiting),
      TEST(a_target_that_has_taken_none_keeps_all_waiting))
