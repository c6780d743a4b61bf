/* SPDX-License-Identifier: Apache-2.0 */
/* Long configurations, right and wrong ones. */
#include "bridge/config/yaml.h"
#include "tests/bridge/config/plan_rig.h"
#include "tests/support/cost.h"

#define SOURCE "routes: { r: { from: 'mute://h/t'"
#define ROUTE SOURCE ", to: 'foreign://h/u'"

static void read_plan(void *text)
{
    plan_text(cost_string(text));
}

static void long_configurations_cost_no_square(void)
{
    static const text_cost rows[] = {
        { "unknown keys", 1500, read_plan,
          "routes:\n  r:\n    from: mute://h/t\n", "    k%u: 1\n", "" },
        { "same keys", 3000, read_plan, "routes:\n", "  r: 1\n", "" },
        { "routes", 400, read_plan, "routes:\n",
          "  r%u: { from: 'custody://h', to: 'foreign://h/t' }\n", "" },
        { "sinks", 1000, read_plan, SOURCE ", to: [ ",
          "{ uri: 'foreign://h', name: n%u }, ", "] } }" },
        { "edits", 1500, read_plan, ROUTE ", set: { ", "a%u: b, ", "} } }" },
        { "filters", 1500, read_plan, ROUTE ", filter: [ ", "EXISTS a, ",
          "] } }" },
        { "anchors", 1500, read_plan, "x-a: [ ", "&a%u b, *a%u, ", "]" },
        { "variables", 3000, read_plan,
          "routes: { r: { from: 'foreign://h/t', to: 'foreign://h/",
          "${CE_NONE:-a}", "' } }" },
        { "depth", 3000, read_plan, "routes: ", "[", "" },
        { "no quote", 3000, read_plan, "routes: \"", "a b ", "" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

TESTS_CLOSED_BY(forget, "bridge/config/cost",
                TEST(long_configurations_cost_no_square))
