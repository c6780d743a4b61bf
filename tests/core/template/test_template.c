/* SPDX-License-Identifier: Apache-2.0 */
/* Placeholders get their values, and errors name them. */
#include "tests/support/ce_test.h"

#include "core/template/template.h"

typedef struct row {
    const char *text, *expected; /* NULL: it has no value */
} row;

static void expand_all(const row *rows, size_t count)
{
    ce_attr headers[] = {
        { CE_SLICE("x-Tenant"), CE_SLICE("t1"), CE_STRING },
    };
    ce_delivery d = {
        .message = { .body = CE_SLICE("{\"x\":[1.50],\"s\":\"\\u00e4\","
                                      "\"n\":null,\"ms\":1767323045678,"
                                      "\"ss\":\"1767323045.25\","
                                      "\"local\":\"2026-01-02 03:04:05.5\","
                                      "\"old\":-1.5,"
                                      "\"far\":99999999999999999999}"),
                     .content_type = CE_SLICE("text/csv"),
                     .key = CE_SLICE("k") },
        .origin = { .topic = CE_SLICE("a/b"),
                    .partition = 3,
                    .offset = 7,
                    .timestamp_ms = 1767323045678,
                    .retain = CE_RETAIN_YES,
                    .metadata = { headers, 1, 1 } },
        .arena = ce_arena_new(),
    };

    for (size_t i = 0; i < count; i++) {
        ce_template *t;
        ce_slice out;
        ce_status status;

        REQUIRE_OK(ce_template_compile(&t, rows[i].text, CE_IN_TEXT, NULL));
        status = ce_template_expand(t, &d, NULL, &out, NULL);
        EXPECT_STATUS_ROW(rows[i].text, status,
                          (rows[i].expected ? CE_OK : CE_ENOENT));
        if (rows[i].expected)
            EXPECT_TEXT_ROW(rows[i].text, out, rows[i].expected);
        ce_template_free(t);
    }
    ce_arena_free(d.arena);
}

static void expands_as_expected(void)
{
    static const row rows[] = {
        { "", "" },
        { "a{{b}}c", "a{b}c" },
        { "{topic[1]}/{topic[0]}", "b/a" },
        { "{topic}-{partition}-{offset}-{key}", "a/b-3-7-k" },
        { "{data/x/0}", "1.50" },
        { "{data/s}", "\xC3\xA4" },
        { "{data/n}", NULL },
        { "{data/y}", NULL },
        { "{topic[2]}", NULL },
        { "{id}", NULL },
    };

    expand_all(rows, COUNT(rows));
}

static void the_first_that_has_a_value_stands(void)
{
    static const row rows[] = {
        { "{id|topic[1]|\"x\"}", "b" },
        { "{ id | data/y | \"a|}b\" }", "a|}b" },
        { "{id|data/y}", NULL },
        { "{id|\"\"}!", "!" },
    };

    expand_all(rows, COUNT(rows));
}

static void metadata_and_times_have_values(void)
{
    static const row rows[] = {
        { "{header[X-Tenant]}/{header[x-tenant]}", "t1/t1" },
        { "{header[content-type]}", "text/csv" },
        { "{header[x]}", NULL },
        { "{retain}", "true" },
        { "{timestamp}", "2026-01-02T03:04:05.678Z" },
        { "{epoch_ms(data/ms)}", "2026-01-02T03:04:05.678Z" },
        { "{epoch_s(data/ss)}", "2026-01-02T03:04:05.25Z" },
        { "{utc(data/local)}", "2026-01-02T03:04:05.5Z" },
        { "{epoch_ms(data/s)|timestamp}", "2026-01-02T03:04:05.678Z" },
        { "{epoch_s(data/old)}", "1969-12-31T23:59:58.5Z" },
        { "{epoch_s(data/far)}", NULL },
        { "{utc(data/s)}", NULL },
    };

    expand_all(rows, COUNT(rows));
}

static void values_are_encoded_for_their_place(void)
{
    static const struct {
        ce_text_place place;
        const char *text, *topic, *expected;
    } rows[] = {
        { CE_IN_TEXT, "/mq/{topic}", "a b", "/mq/a b" },
        { CE_IN_REFERENCE, "/mq/{topic}", "a/b", "/mq/a/b" },
        { CE_IN_REFERENCE, "/mq/{topic}", "Living Room Lamp",
          "/mq/Living%20Room%20Lamp" },
        { CE_IN_REFERENCE, "/mq/{topic}",
          "k\xC3\xBC"
          "che/temp\xC2\xB0"
          "C",
          "/mq/k%C3%BCche/temp%C2%B0C" },
        { CE_IN_REFERENCE, "/mq/{topic}", "100%", "/mq/100%25" },
        { CE_IN_REFERENCE, "/mq/{topic}", "50%25", "/mq/50%2525" },
        { CE_IN_REFERENCE, "/mq/{topic[1]}", "x/a?b#c[d]",
          "/mq/a%3Fb%23c%5Bd%5D" },
        { CE_IN_REFERENCE, "/mq/{header[t]}", "", "/mq/a%2Fb" },
        { CE_IN_REFERENCE, "/mq?t={topic}", "a&b=c+d e/f",
          "/mq?t=a%26b%3Dc%2Bd%20e/f" },
        { CE_IN_REFERENCE, "/mq#{topic}", "#1", "/mq#%231" },
        { CE_IN_REFERENCE, "urn:x:{topic}", "a:b", "urn:x:a:b" },
        { CE_IN_REFERENCE, "{topic}", "https://h/a%20b?c#d",
          "https://h/a%20b?c#d" },
        { CE_IN_REFERENCE, "{topic}/x", "urn:a", "urn:a/x" },
        { CE_IN_REFERENCE, "{topic}", "a b:c", "a%20b%3Ac" },
        { CE_IN_REFERENCE, "{topic}", "1a:b", "1a%3Ab" },
        { CE_IN_PATH, "http://h/{topic}", "../x y", "http://h/../x%20y" },
        { CE_IN_PATH, "http://h/{header[t]}", "", "http://h/a%2Fb" },
    };
    ce_attr header = { CE_SLICE("T"), CE_SLICE("a/b"), CE_STRING };
    ce_delivery d = { .origin = { .metadata = { &header, 1, 1 } },
                      .arena = ce_arena_new() };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_template *t;
        ce_slice out;

        d.origin.topic = ce_slice_of(rows[i].topic);
        REQUIRE_OK(ce_template_compile(&t, rows[i].text, rows[i].place, NULL));
        EXPECT_OK_ROW(rows[i].text,
                      ce_template_expand(t, &d, NULL, &out, NULL));
        EXPECT_TEXT_ROW(rows[i].text, out, rows[i].expected);
        ce_template_free(t);
    }
    ce_arena_free(d.arena);
}

static void errors_name_column_and_placeholder(void)
{
    ce_template *t;
    ce_error err;

    EXPECT_STATUS(ce_template_compile(&t, "ab{Foo}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
    EXPECT_CONTAINS(err.text, "column 3");
    EXPECT_CONTAINS(err.text, "{Foo}");
    EXPECT_STATUS(ce_template_compile(&t, "{id", CE_IN_TEXT, &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "x}", CE_IN_TEXT, &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{data/~2}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{id|}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{epoch_ms()}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{id|\"x}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{topic[]}", CE_IN_TEXT, &err),
                  CE_ESYNTAX);
}

TESTS("template", TEST(expands_as_expected),
      TEST(the_first_that_has_a_value_stands),
      TEST(metadata_and_times_have_values),
      TEST(values_are_encoded_for_their_place),
      TEST(errors_name_column_and_placeholder))
