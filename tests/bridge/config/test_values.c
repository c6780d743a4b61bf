/* SPDX-License-Identifier: Apache-2.0 */
/* Values of variables have their names instead. */
#include "bridge/config/values.h"

#include "tests/support/ce_test.h"

static void a_text_hides_what_variables_hold(void)
{
    static const struct {
        const char *text, *shown;
        bool parts;
    } rows[] = {
        { "no secrets here", "no secrets here", false },
        { "\"secret\" is no number", "\"${A}\" is no number", false },
        { "secret, a:secret and secret", "${A}, a:${A} and ${A}", false },
        { "secretly", "secretly", false },
        { "a whole secret of two words", "a whole ${B} words", false },
        /* A line may be cut. */
        { "\"secret of", "\"${B}", false },
        { "the port \"ret of\"", "the port \"ret of\"", false },
        { "the port \"ret of\"", "the port \"${B}\"", true },
        { "the port \"ret o", "the port \"${B}", true },
        { "an \"option\"", "an \"option\"", true },
        { "\"\" is empty, \"of", "\"\" is empty, \"${B}", true },
        /* It may be any word. */
        { "not \"abc\"", "not \"abc\"", true },
    };
    br_values values = { 0 };

    REQUIRE_OK(br_values_add(&values, "A", CE_SLICE("secret")));
    REQUIRE_OK(br_values_add(&values, "B", CE_SLICE("secret of two")));
    REQUIRE_OK(br_values_add(&values, "C", CE_SLICE("abc")));
    REQUIRE_OK(br_values_add(&values, "D", CE_SLICE("")));
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_buf out = { 0 };

        REQUIRE_OK(br_values_hide(&values, ce_slice_of(rows[i].text),
                                  rows[i].parts, &out));
        EXPECT_TEXT_ROW(rows[i].text, ce_buf_slice(&out), rows[i].shown);
        ce_buf_free(&out);
    }
    br_values_free(&values);
    EXPECT_EQ(values.count, 0);
}

TESTS("values", TEST(a_text_hides_what_variables_hold))
