/* SPDX-License-Identifier: Apache-2.0 */
/* The XML event format: documents that would take much time or memory. */
#include "tests/formats/xml_texts.h"

/* FMT-35 */
static void elements_may_not_nest_without_end(void)
{
    char text[2000] = BEGIN;
    size_t len = strlen(text);

    for (; len + 3 < sizeof text; len += 3)
        memcpy(text + len, "<a>", 3);
    formats_open("xml");
    EXPECT_STATUS(formats_decode((ce_slice){ text, len }), CE_EINVAL);
    formats_expect_error("depth", "nested deeper than 100");
    formats_close();
}

static void namespaces_of_parts_do_not_fill_the_memory(void)
{
    ce_buf text = { NULL, 0, 0 };

    formats_open("xml");
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE("<ce:batch" NAMESPACES)));
    for (int i = 0; i < 50; i++)
        REQUIRE_OK(
            ce_buf_printf(&text, " xmlns:n%d=\"u:%d:%01000d\"", i, i, 0));
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE(">")));
    for (int i = 0; i < 100; i++) {
        REQUIRE_OK(
            ce_buf_append(&text, CE_SLICE("<ce:event specversion=\"1.0\"")));
        for (int k = 0; k < 50; k++)
            REQUIRE_OK(ce_buf_printf(&text, " n%d:a=\"\"", k));
        REQUIRE_OK(ce_buf_append(&text, CE_SLICE(">" PARTS END)));
    }
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE("</ce:batch>")));
    EXPECT_STATUS(formats_decode_batch(ce_buf_slice(&text)), CE_EINVAL);
    formats_expect_error("growth", "XML: long namespaces are used too often");
    EXPECT_CMP(formats_count, >, 0);
    EXPECT_CMP(formats_count, <, 30);
    ce_buf_free(&text);
    formats_close();
}

static void namespaces_are_bounded(void)
{
    ce_buf text = { NULL, 0, 0 };

    formats_open("xml");
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE("<ce:event" NAMESPACES)));
    for (int i = 0; i < 150; i++)
        REQUIRE_OK(ce_buf_printf(&text, " xmlns:n%d=\"u\"", i));
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE("/>")));
    EXPECT_STATUS(formats_decode(ce_buf_slice(&text)), CE_EINVAL);
    formats_expect_error("number", "more than 100 namespaces are declared");
    ce_buf_free(&text);
    formats_close();
}

/* Reads an event whose data declares a prefix and a namespace of such lengths
 * and uses them in COUNT attributes. */
static ce_status decode_long(int prefix, int uri, int count)
{
    ce_buf text = { NULL, 0, 0 };
    ce_status status;

    REQUIRE_OK(ce_buf_printf(
        &text,
        BEGIN PARTS "<ce:data xsi:type=\"xs:any\"><r xmlns:p%0*d=\"u%0*d"
                    "\"",
        prefix - 1, 0, uri - 1, 0));
    for (int i = 0; i < count; i++)
        REQUIRE_OK(ce_buf_printf(&text, " p%0*d:a%d=''", prefix - 1, 0, i));
    REQUIRE_OK(ce_buf_append(&text, CE_SLICE("/></ce:data>" END)));
    status = formats_decode(ce_buf_slice(&text));
    ce_buf_free(&text);
    return status;
}

/* The parser writes a namespace out for each name that has it. */
static void names_of_namespaces_are_bounded(void)
{
    static const struct {
        const char *name;
        int prefix, uri, count;
        const char *error;
    } rows[] = {
        { "the longest", 256, 1024, 10, NULL },
        { "a longer namespace", 2, 1025, 10, "longer than 1024 bytes" },
        { "a longer prefix", 257, 2, 10, "or its prefix than 256" },
        { "many short ones", 2, 2, 100000, NULL },
        { "many of a usual length", 2, 100, 50000, NULL },
        { "many of the longest", 2, 1024, 10000, "XML: names, with their" },
        { "too long and too many", 2, 50000, 5000, "longer than 1024 bytes" },
    };

    formats_open("xml");
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_status status =
            decode_long(rows[i].prefix, rows[i].uri, rows[i].count);

        EXPECT_STATUS_ROW(rows[i].name, status,
                          rows[i].error ? CE_EINVAL : CE_OK);
        if (rows[i].error)
            formats_expect_error(rows[i].name, rows[i].error);
    }
    formats_close();
}

TESTS("xml_limits", TEST(elements_may_not_nest_without_end),
      TEST(namespaces_of_parts_do_not_fill_the_memory),
      TEST(namespaces_are_bounded), TEST(names_of_namespaces_are_bounded))
