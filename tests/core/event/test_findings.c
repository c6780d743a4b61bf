/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is wrong with an event, not only the first thing. */
#include "tests/support/ce_test.h"

typedef struct findings {
    char text[4096]; /* one a line */
    unsigned count;
    char first[256];
} findings;

static ce_status collect(void *arg, const ce_error *found)
{
    findings *f = arg;

    if (f->count++ == 0)
        strcpy(f->first, found->text);
    strcat(strcat(f->text, found->text), "\n");
    return CE_OK;
}

static ce_status stop(void *arg, const ce_error *found)
{
    (void)found;
    ++*(unsigned *)arg;
    return CE_ECLOSED;
}

#define EVENT(more)                                                            \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                     \
    "s\",\"type\":\"t\"" more "}"

typedef struct row {
    const char *name, *body;
    const char *wanted[6]; /* part of each finding, in order */
} row;

static const row rows[] = {
    { "nothing", EVENT(""), { NULL } },
    { "CORE-40 an empty object",
      "{}",
      { "specversion", "\"id\"", "source", "type" } },
    { "CORE-40 null and empty",
      "{\"specversion\":\"1.0\",\"id\":null,\"source\":\"\",\"type\":\"t\"}",
      { "\"source\"", "\"id\": required" } },
    { "JSON-09 numbers, each once",
      "{\"specversion\":1.0,\"id\":5,\"source\":[\"/s\"],\"type\":true}",
      { "\"specversion\": not a 32-bit", "\"id\": must be a string",
        "\"source\": an object or array", "\"type\": must be a string" } },
    { "CORE-01 CORE-15 CORE-52 attributes of all kinds",
      EVENT(",\"My_Ext\":1,\"a\":\"\\u0001\",\"time\":\"now\",\"n\":1.5"),
      { "\"My_Ext\"", "\"a\"", "\"time\"", "\"n\"" } },
    { "JSON-10 twice, two of them",
      EVENT(",\"id\":\"2\",\"x\":1,\"x\":null"),
      { "\"id\": given", "\"x\": given" } },
    { "JSON-45 both kinds of data",
      EVENT(",\"data\":1,\"data_base64\":\"AQ==\",\"time\":\"\""),
      { "\"time\"", "exclude each other" } },
    { "JSON-40 no Base64",
      EVENT(",\"data_base64\":\"%\",\"subject\":\"\""),
      { "\"subject\"", "Base64" } },
    { "JSON-43 no string",
      EVENT(",\"X\":null,\"datacontenttype\":\"text/plain\",\"data\":{}"),
      { "\"X\"", "must be a string" } },
    { "JSON-14 half a pair",
      EVENT(",\"datacontenttype\":\"text/plain\",\"data\":\"\\ud800\""),
      { "half a surrogate" } },
    { "JSON-15 what is no JSON ends it",
      EVENT(",\"time\":\"now\"") "x",
      { "\"time\"", "something follows" } },
    { "JSON-15 another root", "[]", { "an object is expected" } },
};

static void check_row(const row *r)
{
    ce_slice body = ce_slice_of(r->body);
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .body = body };
    ce_arena *arena = ce_arena_new();
    findings f = { .count = 0 };
    const char *line = f.text;
    unsigned count = 0;
    ce_event e;
    ce_error err = { CE_OK, "" };

    EXPECT_OK_ROW(r->name, ce_message_findings(&m, arena, &e, collect, &f));
    for (; r->wanted[count]; count++) {
        const char *end = strchr(line, '\n');
        const char *at = strstr(line, r->wanted[count]);

        EXPECT_ROW(r->name, end);
        EXPECT_ROW(r->name, at);
        EXPECT_CMP_ROW(r->name, at, <, end);
        line = end ? end + 1 : line;
    }
    EXPECT_EQ_ROW(r->name, f.count, count);
    /* decode tells the first of them. */
    EXPECT_EQ_ROW(r->name, (ce_message_decode(&m, arena, &e, &err) == CE_OK),
                  (count == 0));
    EXPECT_STR_ROW(r->name, err.text, f.first);
    if (f.count != count)
        fprintf(stderr, "%s", f.text);
    ce_arena_free(arena);
}

static void json_events_are_searched_to_the_end(void)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

/* CORE-54 */
static void binary_messages_are_searched_to_the_end(void)
{
    static ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("2.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("a b"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text"),
                     .attrs = { attrs, COUNT(attrs), 0 } };
    ce_arena *arena = ce_arena_new();
    findings f = { .count = 0 };
    ce_error err;
    ce_event e;

    EXPECT_OK(ce_message_findings(&m, arena, &e, collect, &f));
    EXPECT_EQ(f.count, 5);
    EXPECT_CONTAINS(f.text, "\"specversion\": not a known version");
    EXPECT_CONTAINS(f.text, "\"source\": not a URI-reference");
    EXPECT_CONTAINS(f.text, "\"datacontenttype\": not a media type");
    EXPECT_CONTAINS(f.text, "\"type\": required");
    EXPECT_CONTAINS(f.text, "\"id\": given more than once");
    EXPECT_STATUS(ce_message_decode(&m, arena, &e, &err), CE_EINVAL);
    EXPECT_STR(err.text, f.first);
    ce_arena_free(arena);
}

static void what_is_no_single_event_is_one_finding(void)
{
    static const ce_message rows_of_none[] = {
        { .mode = CE_MODE_NONE },
        { .mode = CE_MODE_BATCH, .format = &ce_format_json },
        { .mode = CE_MODE_STRUCTURED, .content_type = CE_SLICE("a/b") },
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows_of_none); i++) {
        findings f = { .count = 0 };
        ce_event e;

        EXPECT_OK(
            ce_message_findings(&rows_of_none[i], arena, &e, collect, &f));
        EXPECT_EQ(f.count, 1);
    }
    ce_arena_free(arena);
}

static void the_walk_ends_when_it_is_told_to(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .body = CE_SLICE("{}") };
    ce_arena *arena = ce_arena_new();
    unsigned count = 0;
    ce_event e;

    EXPECT_STATUS(ce_message_findings(&m, arena, &e, stop, &count), CE_ECLOSED);
    EXPECT_EQ(count, 1);
    ce_arena_free(arena);
}

TESTS("findings", TEST(json_events_are_searched_to_the_end),
      TEST(binary_messages_are_searched_to_the_end),
      TEST(what_is_no_single_event_is_one_finding),
      TEST(the_walk_ends_when_it_is_told_to))
