/* SPDX-License-Identifier: Apache-2.0 */
/* By what the sinks behind an inbox are known. */
#include "bridge/run/lines.h"

#include "tests/bridge/run/stub.h"
#include "tests/support/ce_test.h"

static void a_sink_is_known_by_its_name_or_its_address(void)
{
    static const char *const ids[] = { "stub://a", "stub://a#2", "x",
                                       "stub://a#3", "stub://b" };
    char folder[200], yaml[600];
    br_lines lines = { .inbox = NULL };
    br_plan plan;
    ce_loop *loop;

    ce_test_make_folder(folder, sizeof folder);
    snprintf(yaml, sizeof yaml,
             "routes:\n  r:\n    from: \"stub://s\"\n    inbox: %s\n"
             "    to: [ \"stub://a\", \"stub://a\",\n"
             "      { uri: \"stub://a\", name: x },\n"
             "      \"stub://a\", \"stub://b\" ]\n",
             folder);
    stub_plan(&plan, yaml);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    REQUIRE_OK(br_lines_open(&lines, &plan.routes[0], loop, NULL, NULL));
    REQUIRE_EQ(lines.count, COUNT(ids));
    for (size_t i = 0; i < COUNT(ids); i++)
        EXPECT_STR(lines.at[i].id, ids[i]);
    br_lines_close_receivers(&lines);
    br_lines_close(&lines);
    br_lines_free(&lines);
    ce_loop_close(loop);
    br_plan_free(&plan);
    ce_test_remove(folder);
}

TESTS("lines", TEST(a_sink_is_known_by_its_name_or_its_address))
