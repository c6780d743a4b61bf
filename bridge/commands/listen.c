/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge listen: events as lines on standard output. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <stdlib.h>

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
    ce_help_options(stdout, options);
    printf("  --help                      this text\n");
    ce_help_exits(stdout);
    ce_help_endpoints(stdout, true, false);
}

/* Somebody who looks leaves nothing behind. */
static void look_only(ce_end_plan *from, const char *name, const char *value,
                      ce_faults *faults)
{
    ce_error err;

    if (!ce_option_find(from->transport->receiver_options, name) ||
        ce_settings_has(from->settings, name))
        return;
    if (ce_settings_set(from->settings, name, value, &err) != CE_OK)
        ce_fault(faults, NULL, "%s", err.text);
}

static void plan_listen(ce_plan *plan, ce_args *args, ce_faults *faults)
{
    static const char *const out[] = { "-" };
    const char *count = ce_args_value(args, "count");
    ce_args route = { .options = args->options };

    if (faults->count)
        return;
    if (args->rest_count != 1) {
        ce_fault(faults, NULL, "usage: %s", usage);
        return;
    }
    /* The rest are options of a route. */
    for (unsigned i = 0; i < args->count; i++)
        if (args->options[i].name[0] != 'c')
            route.options[route.count++] = args->options[i];
    ce_relay_plan(plan, &route, args->rest[0], out, 1, faults);
    if (faults->count)
        return;
    plan->routes[0].limit = count ? strtoull(count, NULL, 10) : 0;
    if (plan->routes[0].from.transport->needs_inbox) {
        look_only(&plan->routes[0].from, "inbox", "off", faults);
        look_only(&plan->routes[0].from, "clean", "true", faults);
    }
}

ce_exit ce_command_listen(int argc, char **argv)
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
        plan_listen(&plan, &args, &faults);
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
