/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for people keeps every token. */
#include "tests/support/ce_test.h"

#include "core/json/indent.h"
#include "core/json/scan.h"

static void every_member_has_a_line(void)
{
    static const struct {
        const char *json, *lines;
    } rows[] = {
        { "1.50", "1.50" },
        { " \"a\\\"{,:\" ", "\"a\\\"{,:\"" },
        { "{}", "{}" },
        { "[ \n]", "[]" },
        { "{\"a\":1,\"b\":[true,null]}",
          "{\n    \"a\": 1,\n    \"b\": [\n      true,\n      null\n    ]"
          "\n  }" },
        { "[[],{},[1E+2]]",
          "[\n    [],\n    {},\n    [\n      1E+2\n    ]\n  ]" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_buf out = { NULL, 0, 0 };

        REQUIRE_OK(ce_json_indent(ce_slice_of(rows[i].json), 2, &out));
        EXPECT_TEXT(ce_buf_slice(&out), rows[i].lines);
        EXPECT(ce_json_is_valid(ce_buf_slice(&out)));
        ce_buf_free(&out);
    }
}

TESTS("indent", TEST(every_member_has_a_line))
