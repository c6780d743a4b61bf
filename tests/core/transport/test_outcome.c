/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of a request as header fields, there and back. */
#include "tests/support/ce_test.h"
#include "core/transport/outcome.h"

static ce_arena *arena;
static ce_attrs fields;

static bool come_back(const ce_result *r, ce_result *out)
{
    fields = (ce_attrs){ NULL, 0, 0 };
    return ce_outcome_write(r, arena, &fields) == CE_OK &&
           ce_outcome_read(&fields, arena, out);
}

static void every_outcome_comes_back_as_it_was(void)
{
    static const struct {
        const char *name;
        ce_result result;
        unsigned fields;
    } rows[] = {
        { "done", { .verdict = CE_ACK }, 1 },
        { "refused",
          { .verdict = CE_NACK, .code = 404, .reason = "no such order" },
          3 },
        { "not now",
          { .verdict = CE_UNDELIVERED,
            .code = -185,
            .retry_after_ms = 2000,
            .reason = "away" },
          4 },
    };

    arena = ce_arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_result *r = &rows[i].result;
        ce_result back;

        EXPECT_ROW(rows[i].name, come_back(r, &back));
        EXPECT_EQ_ROW(rows[i].name, fields.len, rows[i].fields);
        EXPECT_VERDICT_ROW(rows[i].name, back, r->verdict);
        EXPECT_EQ_ROW(rows[i].name, back.code, r->code);
        EXPECT_EQ_ROW(rows[i].name, back.retry_after_ms, r->retry_after_ms);
        EXPECT_STR_ROW(rows[i].name, back.reason, r->reason);
    }
    ce_arena_free(arena);
}

static void what_is_no_event_is_400(void)
{
    ce_result r = { .verdict = CE_NACK, .malformed = true }, back;

    arena = ce_arena_new();
    REQUIRE(come_back(&r, &back));
    EXPECT_EQ(back.code, 400);
    ce_arena_free(arena);
}

static void no_name_can_be_an_attribute(void)
{
    ce_result r = { .verdict = CE_NACK,
                    .code = 1,
                    .retry_after_ms = 1,
                    .reason = "x" },
              back;

    arena = ce_arena_new();
    REQUIRE(come_back(&r, &back));
    EXPECT_EQ(fields.len, 4);
    for (unsigned i = 0; i < fields.len; i++)
        EXPECT(!ce_name_is_valid(fields.at[i].name));
    ce_arena_free(arena);
}

static void fields_without_an_outcome_say_none(void)
{
    ce_attr code = { CE_SLICE("cloudevents_code"), CE_SLICE("7"), CE_STRING };
    ce_attrs foreign = { &code, 1, 1 };
    ce_result back;

    arena = ce_arena_new();
    EXPECT(!ce_outcome_read(&foreign, arena, &back));
    ce_arena_free(arena);
}

static void an_unknown_outcome_is_a_refusal_that_names_it(void)
{
    ce_attr outcome = { CE_SLICE("cloudevents_outcome"), CE_SLICE("maybe"),
                        CE_STRING };
    ce_attrs foreign = { &outcome, 1, 1 };
    ce_result back;

    arena = ce_arena_new();
    REQUIRE(ce_outcome_read(&foreign, arena, &back));
    EXPECT_VERDICT(back, CE_NACK);
    EXPECT_CONTAINS(back.reason, "\"maybe\"");
    ce_arena_free(arena);
}

static void a_reply_is_an_event_an_outcome_or_done(void)
{
    static ce_attr nack = { CE_SLICE("cloudevents_outcome"), CE_SLICE("nack"),
                            CE_STRING };
    static const struct {
        const char *name;
        ce_mode mode;
        const char *body;
        unsigned fields;
        ce_verdict verdict;
        bool has_event;
    } rows[] = {
        { "an event", CE_MODE_BINARY, "x", 0, CE_ACK, true },
        { "nothing", CE_MODE_NONE, "", 0, CE_ACK, false },
        { "an outcome", CE_MODE_NONE, "", 1, CE_NACK, false },
        { "an outcome beside an event", CE_MODE_BINARY, "x", 1, CE_NACK, true },
        { "something else", CE_MODE_NONE, "x", 0, CE_NACK, false },
    };

    arena = ce_arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_delivery reply = { .arena = arena };
        ce_result r;

        reply.message.mode = rows[i].mode;
        reply.message.body = ce_slice_of(rows[i].body);
        reply.origin.metadata = (ce_attrs){ &nack, rows[i].fields, 1 };
        r = ce_outcome_of_reply(&reply);
        EXPECT_VERDICT_ROW(rows[i].name, r, rows[i].verdict);
        EXPECT_EQ_ROW(rows[i].name, (r.reply == &reply.message),
                      rows[i].has_event);
    }
    ce_arena_free(arena);
}

TESTS("core/outcome", TEST(every_outcome_comes_back_as_it_was),
      TEST(what_is_no_event_is_400), TEST(no_name_can_be_an_attribute),
      TEST(fields_without_an_outcome_say_none),
      TEST(an_unknown_outcome_is_a_refusal_that_names_it),
      TEST(a_reply_is_an_event_an_outcome_or_done))
