/* SPDX-License-Identifier: Apache-2.0 */
/* Long configurations, right and wrong ones. */
#include "bridge/config/yaml.h"
#include "tests/bridge/config/plan_rig.h"
#include "tests/support/cost.h"

#define SOURCE "routes: { r: { from: 'mute://h/t'"
#define ROUTE SOURCE ", to: 'foreign://h/u'"

static void *unknown_keys(unsigned count)
{
    return cost_text("routes:\n  r:\n    from: mute://h/t\n", "    k%u: 1\n",
                     count, "");
}

static void *same_keys(unsigned count)
{
    return cost_text("routes:\n", "  r: 1\n", count, "");
}

static void *many_routes(unsigned count)
{
    return cost_text("routes:\n",
                     "  r%u: { from: 'custody://h', to: 'foreign://h/t' }\n",
                     count, "");
}

static void *many_sinks(unsigned count)
{
    return cost_text(SOURCE ", to: [ ", "{ uri: 'foreign://h', name: n%u }, ",
                     count, "] } }");
}

static void *many_edits(unsigned count)
{
    return cost_text(ROUTE ", set: { ", "a%u: b, ", count, "} } }");
}

static void *many_filters(unsigned count)
{
    return cost_text(ROUTE ", filter: [ ", "EXISTS a, ", count, "] } }");
}

static void *many_anchors(unsigned count)
{
    return cost_text("x-a: [ ", "&a%u b, *a%u, ", count, "]");
}

static void *many_variables(unsigned count)
{
    return cost_text("routes: { r: { from: 'foreign://h/t', to: 'foreign://h/",
                     "${CE_NONE:-a}", count, "' } }");
}

static void *deep(unsigned count)
{
    return cost_text("routes: ", "[", count, "");
}

static void *broken_line(unsigned count)
{
    return cost_text("routes: \"", "a b ", count, "");
}

static void read_plan(void *text)
{
    REQUIRE_OK(ce_buf_byte(text, '\0'));
    ((ce_buf *)text)->len--;
    plan_text(((ce_buf *)text)->ptr);
}

static void long_configurations_cost_no_square(void)
{
    static const cost rows[] = {
        { "unknown keys", 1500, unknown_keys, read_plan, cost_drop_text },
        { "same keys", 3000, same_keys, read_plan, cost_drop_text },
        { "routes", 400, many_routes, read_plan, cost_drop_text },
        { "sinks", 1000, many_sinks, read_plan, cost_drop_text },
        { "edits", 1500, many_edits, read_plan, cost_drop_text },
        { "filters", 1500, many_filters, read_plan, cost_drop_text },
        { "anchors", 1500, many_anchors, read_plan, cost_drop_text },
        { "variables", 3000, many_variables, read_plan, cost_drop_text },
        { "depth", 3000, deep, read_plan, cost_drop_text },
        { "no quote", 3000, broken_line, read_plan, cost_drop_text },
    };

    expect_no_square(rows, COUNT(rows));
}

TESTS_CLOSED_BY(forget, "bridge/config/cost",
                TEST(long_configurations_cost_no_square))
