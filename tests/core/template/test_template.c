/* SPDX-License-Identifier: Apache-2.0 */
/* Placeholders get their values, and errors name them. */
#include "tests/support/ce_test.h"

#include "core/template/template.h"

static void expands_as_expected(void)
{
    static const struct {
        const char *text, *expected; /* NULL: it has no value */
    } rows[] = {
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
    ce_delivery d = {
        .message = { .body = CE_SLICE("{\"x\":[1.50],\"s\":\"\\u00e4\","
                                      "\"n\":null}"),
                     .key = CE_SLICE("k") },
        .origin = { .topic = CE_SLICE("a/b"), .partition = 3, .offset = 7 },
        .arena = ce_arena_new(),
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_template *t;
        ce_slice out;
        ce_status status;

        REQUIRE_OK(ce_template_compile(&t, rows[i].text, NULL));
        status = ce_template_expand(t, &d, NULL, &out, NULL);
        EXPECT_STATUS_ROW(rows[i].text, status,
                          (rows[i].expected ? CE_OK : CE_ENOENT));
        if (rows[i].expected)
            EXPECT_TEXT(out, rows[i].expected);
        ce_template_free(t);
    }
    ce_arena_free(d.arena);
}

static void errors_name_column_and_placeholder(void)
{
    ce_template *t;
    ce_error err;

    EXPECT_STATUS(ce_template_compile(&t, "ab{Foo}", &err), CE_ESYNTAX);
    EXPECT_CONTAINS(err.text, "column 3");
    EXPECT_CONTAINS(err.text, "{Foo}");
    EXPECT_STATUS(ce_template_compile(&t, "{id", &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "x}", &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{data/~2}", &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_template_compile(&t, "{topic[]}", &err), CE_ESYNTAX);
}

TESTS("template", TEST(expands_as_expected),
      TEST(errors_name_column_and_placeholder))
