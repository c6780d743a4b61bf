/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats: each is found by each of its names. */
#include "tests/support/ce_test.h"

static void the_names_are_those_of_the_table(void)
{
    const ce_format *f;
    ce_buf names = { 0 };

    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        REQUIRE_OK(ce_buf_printf(&names, "%s%s", i ? "|" : "", f->name));
    EXPECT_TEXT(ce_buf_slice(&names), ce_format_names);
    ce_buf_free(&names);
}

static void each_is_found_by_its_names(void)
{
    const ce_format *f;

    for (unsigned i = 0; (f = ce_format_at(i)); i++) {
        ce_slice batch = ce_slice_of(f->batch_media_type);

        EXPECT_EQ_ROW(f->name, ce_format_named(ce_slice_of(f->name)), f);
        EXPECT_EQ_ROW(f->name, ce_format_find(ce_slice_of(f->media_type)), f);
        EXPECT_ROW(f->name, !batch.ptr || ce_format_find_batch(batch) == f);
        EXPECT_ROW(f->name, !batch.ptr == !f->decode_batch);
    }
}

static void content_types_are_read_tolerantly(void)
{
    static const struct {
        const char *type;
        bool single, batch;
    } rows[] = {
        { "application/cloudevents+json", true, false },
        { "Application/CloudEvents+JSON", true, false },
        { " application/cloudevents+json ; charset=UTF-8", true, false },
        { "application/cloudevents+json; charset=us-ascii", true, false },
        { "application/cloudevents+json; charset=latin1", false, false },
        { "application/cloudevents-batch+json; charset=utf-8", false, true },
        { "application/cloudevents-batch+json; charset=latin1", false, false },
        { "application/cloudevents", false, false },
        { "application/json", false, false },
        { "", false, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice type = ce_slice_of(rows[i].type);

        EXPECT_ROW(rows[i].type, !!ce_format_find(type) == rows[i].single);
        EXPECT_ROW(rows[i].type, !!ce_format_find_batch(type) == rows[i].batch);
    }
}

TESTS("format", TEST(the_names_are_those_of_the_table),
      TEST(each_is_found_by_its_names), TEST(content_types_are_read_tolerantly))
