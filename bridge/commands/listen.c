/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge listen: events as lines on standard output. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/transport/terms.h"

#include "bridge/watch/console.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"

static const char usage[] = "cebridge listen [options] SOURCE";

static const ce_option options[] = {
    { "count", CE_OPT_INTEGER, NULL, NULL, 1, INT64_MAX,
      "ends after so many events" },
    { "filter", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "CESQL text: only what passes is written" },
    { "grace", CE_OPT_TIME, "30s", NULL, 0, 0,
      "how long the end waits for what is in flight" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

static void help(void)
{
    printf("%s\n\n"
           "Writes the events of SOURCE to standard output, one a line, as "
           "structured JSON. An\n"
           "event is confirmed to the source when its line is written: what "
           "is listened to has\n"
           "been taken. An MQTT source is subscribed with a clean session "
           "and without an inbox\n"
           "unless its options say otherwise.\n"
           "\nOptions:\n",
           usage);
    br_help_options(stdout, options);
    printf("  --help                      this text\n");
    br_help_exits(stdout);
    br_help_endpoints(stdout, true, false);
}

/* A listener does not come again: nothing is kept for it, unless its options
 * say otherwise. */
static void keep_nothing(br_endpoint_plan *from, br_faults *faults)
{
    ce_error err;

    if (ce_custody_decline(from->transport, from->settings, &err) != CE_OK ||
        ce_leave_nothing(from->transport, from->settings, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

static void plan_listen(br_plan *plan, br_args *args, br_faults *faults)
{
    static const char *const out[] = { "-" };
    const char *count = br_args_value(args, "count");
    br_args route = { .options = args->options };

    if (faults->count)
        return;
    if (args->rest_count != 1) {
        br_fault(faults, NULL, "usage: %s", usage);
        return;
    }
    /* All but the count are options of a route. */
    for (unsigned i = 0; i < args->count; i++)
        if (strcmp(args->options[i].name, "count") != 0)
            route.options[route.count++] = args->options[i];
    br_relay_plan(plan, &route, args->rest[0], out, 1, faults);
    if (faults->count)
        return;
    plan->routes[0].limit = count ? strtoull(count, NULL, 10) : 0;
    keep_nothing(&plan->routes[0].from, faults);
}

br_exit br_command_listen(int argc, char **argv)
{
    br_faults faults = { 0 };
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };
    br_args args;

    br_args_parse(&args, argc, argv, options, &faults);
    if (args.help) {
        help();
        code = BR_EXIT_DONE;
    } else {
        plan_listen(&plan, &args, &faults);
        if (!br_faults_show(&faults)) {
            br_console_open(plan.log);
            code = br_supervise(&plan);
        }
    }
    br_plan_free(&plan);
    br_args_free(&args);
    br_faults_free(&faults);
    return code;
}
