/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge run: the routes of a configuration. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/cli/args.h"
#include "bridge/config/config.h"
#include "bridge/watch/console.h"
#include "bridge/cli/help.h"

static const char usage[] = "cebridge run [options] CONFIG.yaml";

static const ce_option options[] = {
    { "grace", CE_OPT_TIME, NULL, NULL, 0, 0,
      "how long the end waits for what is in flight, instead of the "
      "configuration's" },
    { "log_level", CE_OPT_CHOICE, NULL, "error|warning|info|debug", 0, 0,
      "what is written to stderr, instead of the configuration's" },
    CE_OPTION_END,
};

static void help_keys(const char *title, const ce_option *table)
{
    printf("\n%s\n", title);
    for (; table->name; table++)
        printf("  %-13s %s%s%s%s\n", table->name, table->help,
               table->preset ? " (" : "", table->preset ? table->preset : "",
               table->preset ? ")" : "");
}

static void help(void)
{
    printf("%s\n\n"
           "Runs all routes of a configuration until every source has ended "
           "or a signal comes.\n"
           "A faulty configuration ends it before anything is opened; "
           "cebridge check says the\n"
           "same without running.\n"
           "\nOptions:\n",
           usage);
    ce_help_options(stdout, options);
    printf("  --help                      this text\n");
    help_keys("Keys of the configuration:", ce_top_options);
    help_keys("Keys of a route:", ce_route_options);
    help_keys("Keys of \"retry\":", ce_retry_options);
    help_keys("Keys of \"wrap\", and any extension's name:", ce_wrap_options);
    printf("\n${NAME} in a text stands for an environment variable, which has "
           "to be set.\n");
    ce_help_templates(stdout);
    printf("\nExample:\n"
           "  admin: http://127.0.0.1:9090\n"
           "  routes:\n"
           "    ingest:\n"
           "      from: http://0.0.0.0:8080/events\n"
           "      to: kafka://localhost:9092/events\n"
           "      dead_letter: file:refused.ndjson\n");
    ce_help_exits(stdout);
    ce_help_endpoints(stdout, true, true);
}

static void plan_run(ce_plan *plan, const ce_args *args, ce_faults *faults)
{
    const char *level = ce_args_value(args, "log_level");
    ce_node *tree;

    if (faults->count)
        return;
    if (args->rest_count != 1) {
        ce_fault(faults, NULL, "usage: %s", usage);
        return;
    }
    tree = ce_config_read(args->rest[0], faults);
    if (tree)
        ce_config_plan(plan, tree, faults);
    ce_node_free(tree);
    if (ce_args_value(args, "grace"))
        plan->grace_ms = ce_args_ms(args, options, "grace");
    if (level)
        plan->log = ce_config_level(level);
}

ce_exit ce_command_run(int argc, char **argv)
{
    ce_faults faults = { 0 };
    ce_exit code = CE_EXIT_USAGE;
    ce_plan plan = { 0 };
    ce_args args;

    ce_args_parse(&args, argc, argv, options, &faults);
    if (args.help) {
        help();
        code = CE_EXIT_DONE;
    } else {
        plan_run(&plan, &args, &faults);
        if (!ce_console_faults(&faults)) {
            ce_console_open(plan.log);
            code = ce_supervise(&plan);
        }
    }
    ce_plan_free(&plan);
    ce_args_free(&args);
    ce_faults_free(&faults);
    return code;
}
