/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge check: what is wrong with a configuration, or what it promises. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/cli/args.h"
#include "bridge/config/config.h"
#include "bridge/watch/console.h"
#include "bridge/cli/help.h"

static const char usage[] = "cebridge check CONFIG.yaml";

static const ce_option options[] = { CE_OPTION_END };

static void help(void)
{
    printf("%s\n\n"
           "Lists everything that is wrong with a configuration as "
           "FILE:LINE: ERROR, and opens\n"
           "nothing. Of a configuration without errors it states what each "
           "route promises: at\n"
           "least once (nothing is lost, and duplicates are possible), or at "
           "most once, and why.\n"
           "\nOptions:\n"
           "  --help                      this text\n",
           usage);
    ce_help_exits(stdout);
}

static void show(const ce_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const ce_route_plan *r = &plan->routes[i];

        printf("%s: %s\n", r->name, ce_route_guarantee(r));
    }
}

static ce_exit check(const ce_args *args, ce_faults *faults)
{
    ce_plan plan = { 0 };
    ce_node *tree = NULL;
    bool faulty;

    if (!faults->count && args->rest_count != 1)
        ce_fault(faults, NULL, "usage: %s", usage);
    if (!faults->count)
        tree = ce_config_read(args->rest[0], faults);
    if (tree)
        ce_config_plan(&plan, tree, faults);
    ce_node_free(tree);
    faulty = ce_console_faults(faults);
    if (!faulty)
        show(&plan);
    ce_plan_free(&plan);
    return faulty ? CE_EXIT_USAGE : CE_EXIT_DONE;
}

ce_exit ce_command_check(int argc, char **argv)
{
    ce_faults faults = { 0 };
    ce_exit code = CE_EXIT_DONE;
    ce_args args;

    ce_args_parse(&args, argc, argv, options, &faults);
    if (args.help)
        help();
    else
        code = check(&args, &faults);
    ce_args_free(&args);
    ce_faults_free(&faults);
    return code;
}
