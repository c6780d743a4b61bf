/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge relay: one route from the command line. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/watch/console.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"

static const char usage[] = "cebridge relay [options] SOURCE SINK [SINK...]";

static void help(const char *transport)
{
    br_help_begin(stdout, usage,
                  "Relays events from SOURCE to every SINK until the "
                  "source ends or a signal comes. Nothing is confirmed to "
                  "the source before every sink has confirmed it. SIGTERM "
                  "and SIGINT drain what is in flight; a second one ends "
                  "at once. \"cebridge: ready\" on stderr says that every "
                  "endpoint is connected.");
    br_help_options(stdout, br_relay_options());
    printf("  --help                      this text\n");
    br_help_templates(stdout);
    br_help_exits(stdout);
    br_help_endpoints(stdout, BR_HELP_BOTH, transport);
    printf("\nExamples:\n"
           "  cebridge relay http://0.0.0.0:8080/events "
           "kafka://localhost:9092/events\n"
           "  cebridge relay --dead-letter file:refused.ndjson \\\n"
           "      'mqtt://localhost/devices/+/telemetry?qos=1' "
           "https://service.example/hook\n"
           "  cebridge relay --filter \"type LIKE 'com.example.%%'\" "
           "file:in.ndjson -\n");
}

static void plan_relay(br_plan *plan, const br_args *args, br_faults *faults)
{
    if (faults->count)
        return;
    if (args->rest_count < 2) {
        br_fault(faults, NULL, "%s is missing; usage: %s",
                 args->rest_count ? "SINK" : "SOURCE", usage);
        return;
    }
    br_relay_plan(plan, args, args->rest[0], args->rest + 1,
                  args->rest_count - 1, faults);
    /* A relay runs at a terminal; "run" is for services, whose log it would
     * disturb. */
    plan->progress = true;
}

br_exit br_command_relay(int argc, char **argv)
{
    br_faults faults = { 0 };
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };
    br_args args;

    br_args_parse(&args, argc, argv, br_relay_options(), &faults);
    if (args.help) {
        help(args.rest_count ? args.rest[0] : NULL);
        code = BR_EXIT_DONE;
    } else {
        plan_relay(&plan, &args, &faults);
        if (!br_faults_show(&faults)) {
            br_console_open(plan.log, plan.log_form);
            code = br_supervise(&plan);
        }
    }
    br_plan_free(&plan);
    br_args_free(&args);
    br_faults_free(&faults);
    return code;
}
