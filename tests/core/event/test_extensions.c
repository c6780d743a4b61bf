/* SPDX-License-Identifier: Apache-2.0 */
/* The documented extensions. */
#include "tests/support/ce_test.h"

static ce_error err;

static ce_event *event(const char *id)
{
    ce_event *e = ce_event_blank();

    REQUIRE(e != NULL);
    REQUIRE_OK(ce_event_set(e, "id", id, &err));
    return e;
}

static void the_first_event_of_a_chain_gives_its_id(void)
{
    ce_event *cause = event("a"), *next = event("b"), *last = event("c");

    REQUIRE_OK(ce_event_follow(next, cause, &err));
    EXPECT_TEXT(ce_event_text(next, "correlationid"), "a");
    EXPECT_TEXT(ce_event_text(next, "causationid"), "a");
    REQUIRE_OK(ce_event_follow(last, next, &err));
    EXPECT_TEXT(ce_event_text(last, "correlationid"), "a");
    EXPECT_TEXT(ce_event_text(last, "causationid"), "b");
    EXPECT(!ce_event_get(last, "traceparent"));
    ce_event_free(cause);
    ce_event_free(next);
    ce_event_free(last);
}

static void a_trace_goes_along_unless_there_is_one(void)
{
    ce_event *cause = event("a"), *next = event("b");
    ce_trace t, child, read;

    REQUIRE_OK(ce_trace_new(&t));
    REQUIRE_OK(ce_trace_child(&t, &child));
    EXPECT_STR(t.trace_id, child.trace_id);
    EXPECT(strcmp(t.parent_id, child.parent_id) != 0);
    REQUIRE_OK(ce_event_set_trace(cause, &t, "k=v", &err));
    REQUIRE_OK(ce_event_follow(next, cause, &err));
    REQUIRE_OK(ce_event_trace(next, &read));
    EXPECT_STR(read.parent_id, t.parent_id);
    EXPECT(read.sampled);
    EXPECT_TEXT(ce_event_text(next, "tracestate"), "k=v");
    REQUIRE_OK(ce_event_set_trace(next, &child, NULL, &err));
    EXPECT(!ce_event_get(next, "tracestate"));
    REQUIRE_OK(ce_event_follow(next, cause, &err));
    REQUIRE_OK(ce_event_trace(next, &read));
    EXPECT_STR(read.parent_id, child.parent_id);
    ce_event_free(cause);
    ce_event_free(next);
}

static void a_malformed_traceparent_is_told_from_none(void)
{
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
    static const struct {
        const char *text;
        ce_status status;
    } rows[] = {
        { NULL, CE_ENOENT },
        { "00-" TRACE "-01", CE_OK },
        { "00-" TRACE "-00", CE_OK },
        { "01-" TRACE "-01-more", CE_OK },
        { "00-" TRACE "-01-more", CE_ESYNTAX },
        { "ff-" TRACE "-01", CE_ESYNTAX },
        { "00-" TRACE, CE_ESYNTAX },
        { "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
          CE_ESYNTAX },
        { "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          CE_ESYNTAX },
        { "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
          CE_ESYNTAX },
        { "x", CE_ESYNTAX },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_event *e = event("a");
        ce_trace t;

        if (rows[i].text)
            REQUIRE_OK(ce_event_set(e, "traceparent", rows[i].text, &err));
        EXPECT_EQ_ROW(rows[i].text ? rows[i].text : "none",
                      ce_event_trace(e, &t), rows[i].status);
        ce_event_free(e);
    }
}

#define PARENT "00f067aa0ba902b7"
#define ZEROS "0000000000000000"

static void a_trace_that_is_not_valid_changes_nothing(void)
{
    static const struct {
        const char *name;
        ce_trace trace;
        const char *state, *culprit;
    } rows[] = {
        { "zeroed", { .sampled = false }, NULL, "traceparent" },
        { "no trace", { ZEROS ZEROS, PARENT, true }, NULL, "traceparent" },
        { "no parent", { PARENT PARENT, ZEROS, true }, NULL, "traceparent" },
        { "no hex", { "x" ZEROS, PARENT, true }, NULL, "traceparent" },
        { "short", { PARENT PARENT, "00f06", true }, "k=v", "traceparent" },
        { "a text", { PARENT PARENT, PARENT, true }, "not it", "tracestate" },
        { "empty", { PARENT PARENT, PARENT, true }, "", "tracestate" },
        { "a tab", { PARENT PARENT, PARENT, true }, "a=1,\tb=2", "tracestate" },
    };
    ce_event *bare = event("a"), *e = event("b");

    REQUIRE_OK(ce_event_set(e, "traceparent", "00-" TRACE "-01", &err));
    REQUIRE_OK(ce_event_set(e, "tracestate", "old=1", &err));
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_EQ_ROW(
            rows[i].name,
            ce_event_set_trace(bare, &rows[i].trace, rows[i].state, &err),
            CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].culprit);
        EXPECT_EQ_ROW(
            rows[i].name,
            ce_event_set_trace(e, &rows[i].trace, rows[i].state, NULL),
            CE_EINVAL);
        EXPECT_TEXT(ce_event_text(e, "traceparent"), "00-" TRACE "-01");
        EXPECT_TEXT(ce_event_text(e, "tracestate"), "old=1");
        EXPECT_EQ_ROW(rows[i].name, bare->attrs.len, 2);
    }
    ce_event_free(bare);
    ce_event_free(e);
}

static void sequences_compare_as_texts(void)
{
    ce_event *a = event("a"), *b = event("b");

    REQUIRE_OK(ce_event_set_sequence(a, 9, &err));
    REQUIRE_OK(ce_event_set_sequence(b, UINT64_MAX, &err));
    EXPECT_TEXT(ce_event_text(a, "sequence"), "00000000000000000009");
    EXPECT_TEXT(ce_event_text(b, "sequence"), "18446744073709551615");
    ce_event_free(a);
    ce_event_free(b);
}

static void a_sampled_rate_is_at_least_one(void)
{
    ce_event *e = event("a");

    EXPECT_EQ(ce_event_sampled_rate(e), 1);
    EXPECT_STATUS(ce_event_set_sampled_rate(e, 0, &err), CE_EINVAL);
    REQUIRE_OK(ce_event_set_sampled_rate(e, 30, &err));
    EXPECT_EQ(ce_event_sampled_rate(e), 30);
    EXPECT_EQ(ce_event_get(e, "sampledrate")->type, CE_INTEGER);
    ce_event_free(e);
}

static void keys_and_references_may_not_be_empty(void)
{
    ce_event *e = event("a");

    EXPECT_STATUS(ce_event_set_partition_key(e, "", &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "partitionkey");
    EXPECT_STATUS(ce_event_set_partition_key(e, NULL, &err), CE_EINVAL);
    EXPECT_STATUS(ce_event_set_dataref(e, "", &err), CE_EINVAL);
    EXPECT_STATUS(ce_event_set_dataref(e, "no uri", &err), CE_EINVAL);
    REQUIRE_OK(ce_event_set_partition_key(e, "k", &err));
    REQUIRE_OK(ce_event_set_dataref(e, "https://store.example/1", &err));
    EXPECT_EQ(ce_event_get(e, "dataref")->type, CE_URI_REF);
    ce_event_free(e);
}

/* EXT-14, EXT-16 */
static void what_has_no_readable_expiry_time_never_expires(void)
{
    ce_event *e = event("a");
    struct timespec at = { 100, 5 }, before = { 100, 4 }, after = { 101, 0 };

    EXPECT(!ce_event_is_expired(e, after));
    REQUIRE_OK(ce_event_set(e, "expirytime", "some day", &err));
    EXPECT(!ce_event_is_expired(e, after));
    REQUIRE_OK(ce_event_set_expiry(e, at, &err));
    EXPECT(!ce_event_is_expired(e, before));
    EXPECT(ce_event_is_expired(e, at));
    EXPECT(ce_event_is_expired(e, after));
    ce_event_free(e);
}

TESTS("extensions", TEST(the_first_event_of_a_chain_gives_its_id),
      TEST(a_trace_goes_along_unless_there_is_one),
      TEST(a_malformed_traceparent_is_told_from_none),
      TEST(a_trace_that_is_not_valid_changes_nothing),
      TEST(sequences_compare_as_texts), TEST(a_sampled_rate_is_at_least_one),
      TEST(keys_and_references_may_not_be_empty),
      TEST(what_has_no_readable_expiry_time_never_expires))
