/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON batch format. */
#include "tests/support/ce_test.h"

static ce_arena *arena;
static ce_error err;

#define REQUIRED                                                               \
    "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""
#define EVENT(members) "{" REQUIRED members "}"

static void open(void)
{
    arena = ce_arena_new();
    REQUIRE(arena != NULL);
}

static void close(void)
{
    ce_arena_free(arena);
}

typedef struct seen {
    unsigned count;
    ce_status answer;
    char bodies[500];
} seen;

static ce_status note(void *arg, const ce_event *one, ce_slice body)
{
    seen *s = arg;

    s->count++;
    EXPECT_OK(ce_event_check(one, NULL));
    sprintf(s->bodies + strlen(s->bodies), "<%.*s>", CE_ARG(body));
    return s->answer;
}

static ce_status decode_batch(const char *text, seen *s)
{
    err = (ce_error){ 0 };
    return ce_format_json.decode_batch(ce_slice_of(text), arena, note, s, &err);
}

/* JSON-60 */
static void a_batch_gives_each_event_with_its_text(void)
{
    seen s = { 0 };

    open();
    EXPECT_OK(
        decode_batch(" [ " EVENT(",\"data\":1.0") " ,\n" EVENT("") " ] ", &s));
    EXPECT_EQ(s.count, 2);
    EXPECT_TEXT(ce_slice_of(s.bodies),
                "<" EVENT(",\"data\":1.0") "><" EVENT("") ">");
    close();
}

/* JSON-61 CORE-67 */
static void an_empty_batch_is_a_batch(void)
{
    seen s = { 0 };
    ce_buf out = { NULL, 0, 0 };

    open();
    EXPECT_OK(decode_batch("[]", &s));
    EXPECT_EQ(s.count, 0);
    EXPECT_OK(ce_format_json.encode_batch(NULL, 0, &out));
    EXPECT_TEXT(ce_buf_slice(&out), "[]");
    ce_buf_free(&out);
    close();
}

static void what_is_no_batch_is_refused(void)
{
    static const struct {
        const char *name, *text, *word;
    } rows[] = {
        { "JSON-60 an object", EVENT(""), "array" },
        { "JSON-62 a number", "[1]", "event 0" },
        { "JSON-62 an array within", "[[]]", "event 0" },
        { "JSON-62 another version",
          "[" EVENT("") ",{\"specversion\":\"0.4\","
                        "\"id\":\"1\",\"source\":\"/s\","
                        "\"type\":\"t\"}]",
          "event 1" },
        { "JSON-62 CORE-67 one of another version than the first",
          "[" EVENT("") ",{\"specversion\":\"0.3\",\"id\":\"1\","
                        "\"source\":\"/s\",\"type\":\"t\"}]",
          "event 1: attribute \"specversion\": a batch has one only" },
        { "JSON-63 an invalid event", "[" EVENT("") "," EVENT(",\"X\":1") "]",
          "event 1" },
        { "JSON-60 text behind", "[]x", "JSON" },
        { "JSON-60 no end", "[" EVENT(""), "JSON" },
        { "JSON-60 comma at the end", "[" EVENT("") ",]", "JSON" },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        seen s = { 0 };

        EXPECT_CMP_ROW(rows[i].name, decode_batch(rows[i].text, &s), !=, CE_OK);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].word);
    }
    close();
}

static void the_walk_ends_when_it_is_told_to(void)
{
    seen s = { .answer = CE_ECLOSED };

    open();
    EXPECT_STATUS(decode_batch("[" EVENT("") "," EVENT("") "]", &s),
                  CE_ECLOSED);
    EXPECT_EQ(s.count, 1);
    close();
}

/* JSON-64 CORE-44 */
static void equal_ids_in_a_batch_are_legal(void)
{
    seen s = { 0 };

    open();
    EXPECT_OK(decode_batch("[" EVENT("") "," EVENT("") "]", &s));
    close();
}

static void a_batch_is_written_in_order(void)
{
    ce_event second;
    ce_event e;
    const ce_event *both[] = { &e, &second };
    ce_arena *other = ce_arena_new();
    ce_buf out = { NULL, 0, 0 };

    open();
    REQUIRE_OK(
        ce_format_json.decode(CE_SLICE(EVENT(",\"n\":1")), arena, &e, &err));
    REQUIRE_OK(ce_format_json.decode(CE_SLICE(EVENT(",\"n\":2")), other,
                                     &second, &err));
    REQUIRE_OK(ce_format_json.encode_batch(both, 2, &out));
    EXPECT_TEXT(ce_buf_slice(&out),
                "[" EVENT(",\"n\":1") "," EVENT(",\"n\":2") "]");
    ce_buf_free(&out);
    ce_arena_free(other);
    close();
}

TESTS("format_json_batch", TEST(a_batch_gives_each_event_with_its_text),
      TEST(an_empty_batch_is_a_batch), TEST(what_is_no_batch_is_refused),
      TEST(the_walk_ends_when_it_is_told_to),
      TEST(equal_ids_in_a_batch_are_legal), TEST(a_batch_is_written_in_order))
