/* SPDX-License-Identifier: Apache-2.0 */
/* Content types as they come: with parameters, blanks and any case. */
#include "tests/support/ce_test.h"

#include "core/base/media_type.h"

static void parameters_are_found_and_the_type_is_bared(void)
{
    static const struct {
        const char *type, *bare, *charset; /* NULL: absent */
        bool utf8;
    } rows[] = {
        { "text/plain", "text/plain", NULL, true },
        { " text/plain ; charset=utf-8", "text/plain", "utf-8", true },
        { "text/plain;CHARSET=\"UTF-8\"", "text/plain", "UTF-8", true },
        { "text/plain; a=b; charset = utf8", "text/plain", "utf8", true },
        { "text/plain; charset=us-ascii", "text/plain", "us-ascii", true },
        { "text/plain; charset=iso-8859-1", "text/plain", "iso-8859-1", false },
        { "text/plain; xcharset=latin1", "text/plain", NULL, true },
        { "a/b; x=\"a;charset=latin1\"", "a/b", NULL, true },
        { "a/b; x=\";\"; charset=utf-8", "a/b", "utf-8", true },
        { "a/b; x=\"\\\";charset=a\";charset=\"b;c\"", "a/b", "b;c", false },
        { "a/b; x=\"not closed; charset=a", "a/b", NULL, true },
        { "", "", NULL, true },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice type = ce_slice_of(rows[i].type);
        ce_slice charset = ce_media_type_parameter(type, "charset");

        EXPECT_TEXT(ce_media_type_bare(type), rows[i].bare);
        EXPECT_EQ_ROW(rows[i].type, !charset.ptr, !rows[i].charset);
        if (rows[i].charset)
            EXPECT_TEXT(charset, rows[i].charset);
        EXPECT_EQ_ROW(rows[i].type, ce_media_type_is_utf8(type), rows[i].utf8);
    }
}

static void only_media_types_are_valid(void)
{
    static const struct {
        const char *type;
        bool valid;
    } rows[] = {
        { "text/plain", true },
        { "application/vnd.a+json; a=b", true },
        { "a/b; c=\"d; \\\" e\"", true },
        { "a/b;", true }, /* common, and means nothing */
        { "text", false },
        { "text/", false },
        { "/plain", false },
        { "", false },
        { "a/b c", false },
        { "a/b; c", false },
        { "a/b; c=\"d", false },
        { "a/b/c", false },
        { "gr\xc3\xbc/b", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].type,
                      ce_media_type_is_valid(ce_slice_of(rows[i].type)),
                      rows[i].valid);
}

static void a_subtype_stands_alone_or_behind_a_plus(void)
{
    static const struct {
        const char *type;
        bool has;
    } rows[] = {
        { "application/json", true },
        { "text/JSON; a=b", true },
        { "a/b+json", true },
        { "a/b+Json", true },
        { "a/bjson", false },
        { "a/json+b", false },
        { "json", false },
        { "/json", false },
        { "application/json5", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].type,
                      ce_media_type_has_subtype(ce_slice_of(rows[i].type),
                                                CE_SLICE("json")),
                      rows[i].has);
}

TESTS("media_type", TEST(parameters_are_found_and_the_type_is_bared),
      TEST(only_media_types_are_valid),
      TEST(a_subtype_stands_alone_or_behind_a_plus))
