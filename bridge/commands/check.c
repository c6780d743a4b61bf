/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge check: what is wrong with a configuration, or what it promises. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/cli/args.h"
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/config/rehearse.h"
#include "bridge/config/yaml.h"
#include "bridge/watch/console.h"
#include "bridge/cli/help.h"

static const char usage[] = "cebridge check CONFIG.yaml";

static const ce_option options[] = { CE_OPTION_END };

/* "a, b and c share HOST:PORT", if that of INDEX is the first of them. */
static void show_listener(const br_plan *plan, unsigned index)
{
    const br_route_plan *first = &plan->routes[index], *last = NULL;

    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *r = &plan->routes[i];

        if (i == index || !br_route_shares_listener(first, r))
            continue;
        if (i < index)
            return;
        printf("%s%s", last ? ", " : first->name, last ? last->name : "");
        last = r;
    }
    if (last)
        printf(" and %s share %s\n", last->name,
               ce_settings_authority(first->from.settings));
}

static void show(const br_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *r = &plan->routes[i];
        char text[BR_PROMISE_TEXT];

        br_route_promise_text(text, r);
        printf("%s: %s\n", r->name, text);
    }
    for (unsigned i = 0; i < plan->count; i++)
        show_listener(plan, i);
}

static br_exit check(br_args *args, br_faults *faults)
{
    br_plan plan = { 0 };
    br_node *tree = NULL;
    bool faulty;

    if (!faults->count && args->rest_count != 1)
        br_fault(faults, NULL, "usage: %s", usage);
    if (!faults->count)
        tree = br_config_read(args->rest[0], faults);
    if (tree)
        br_config_plan(&plan, tree, faults);
    br_node_free(tree);
    if (!faults->count)
        br_config_rehearse(&plan, faults);
    faulty = br_faults_show(faults);
    /* The promise of a plan with faults could be wrong. */
    if (!faulty)
        show(&plan);
    br_plan_free(&plan);
    return faulty ? BR_EXIT_USAGE : BR_EXIT_DONE;
}

const br_command br_command_check = {
    .name = "check",
    .summary = "a configuration's errors, or what it promises",
    .usage = usage,
    .about = "Lists everything that is wrong with a configuration as "
             "FILE:LINE: ERROR, and opens nothing. Of a configuration "
             "without errors it states what each route promises: at least "
             "once (nothing is lost, and duplicates are possible), or at "
             "most once, and why.",
    .options = options,
    .run = check,
};
