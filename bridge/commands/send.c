/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge send: one event from options, or many from standard input. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/data.h>

#include "../config.h"
#include "../console.h"
#include "../event_options.h"
#include "../help.h"
#include "../relay_options.h"
#include "../single.h"

static const char usage[] = "cebridge send [options] SINK [-]";

static const ce_option options[] = {
    CE_EVENT_OPTIONS,
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long delivery is tried" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

static void help(void)
{
    printf("%s\n\n"
           "Sends one event that the options describe, or with \"-\" the "
           "events of standard input\n"
           "(structured JSON, one a line). It ends when the sink has "
           "confirmed.\n"
           "\nOptions:\n",
           usage);
    ce_help_options(stdout, options);
    printf("  --help                      this text\n");
    ce_help_exits(stdout);
    ce_help_endpoints(stdout, false, true);
    printf("\nExamples:\n"
           "  cebridge send http://localhost:8080/events --type com.example.hi "
           "--source /me \\\n"
           "      --data '{\"a\":1}' --content-type application/json\n"
           "  cebridge send kafka://localhost:9092/events - < "
           "events.ndjson\n");
}

static void plan_send(ce_plan *plan, const ce_args *args, bool from_stdin,
                      ce_faults *faults)
{
    const char *level = ce_args_value(args, "log_level");
    const ce_args none = { 0 };
    ce_route_plan *r;

    ce_relay_plan(plan, &none, "-", args->rest, 1, faults);
    if (faults->count)
        return;
    plan->quiet = true;
    if (level)
        plan->log = ce_config_level(level);
    r = &plan->routes[0];
    r->retry.given = true;
    r->retry.cap_ms = 1000;
    r->retry.max_age_ms = ce_args_ms(args, options, "timeout");
    if (!from_stdin)
        r->from.transport = &ce_single_transport;
}

static ce_exit send_all(const ce_args *args, ce_faults *faults)
{
    bool from_stdin = args->rest_count == 2 && strcmp(args->rest[1], "-") == 0;
    ce_exit code = CE_EXIT_USAGE;
    ce_event *e = NULL;
    ce_plan plan = { 0 };

    if (!faults->count && args->rest_count != 1 + (unsigned)from_stdin)
        ce_fault(faults, NULL, "usage: %s", usage);
    if (!faults->count && !from_stdin)
        e = ce_event_of_options(args, faults);
    if (!faults->count)
        plan_send(&plan, args, from_stdin, faults);
    if (!ce_console_faults(faults)) {
        ce_single_set(e);
        ce_console_open(plan.log);
        code = ce_supervise(&plan);
    }
    ce_plan_free(&plan);
    ce_event_free(e);
    return code;
}

ce_exit ce_command_send(int argc, char **argv)
{
    ce_faults faults = { 0 };
    ce_exit code = CE_EXIT_DONE;
    ce_args args;

    ce_args_parse(&args, argc, argv, options, &faults);
    if (args.help)
        help();
    else
        code = send_all(&args, &faults);
    ce_args_free(&args);
    ce_faults_free(&faults);
    return code;
}
