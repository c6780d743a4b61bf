/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge relay: one route from the command line. */
#include "bridge/commands/commands.h"

#include "bridge/watch/console.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"

static const char usage[] = "cebridge relay [options] SOURCE SINK [SINK...]";

static void help(br_page *page, const char *only)
{
    br_help_templates(page);
    br_help_endpoints(page, BR_HELP_BOTH, only);
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
    plan->progress = true;
}

static br_exit relay(br_args *args, br_faults *faults)
{
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };

    plan_relay(&plan, args, faults);
    if (!br_faults_show(faults)) {
        br_console_open(plan.log, plan.log_form);
        code = br_supervise(&plan);
    }
    br_plan_free(&plan);
    return code;
}

const br_command br_command_relay = {
    .name = "relay",
    .summary = "one route, from SOURCE to SINK",
    .usage = usage,
    .about = "Relays events from SOURCE to every SINK until the source "
             "ends or a signal comes. Nothing is confirmed to the source "
             "before every sink has confirmed it. SIGTERM and SIGINT "
             "drain what is in flight; a second one ends at once. "
             "\"cebridge: ready\" on stderr says that every endpoint is "
             "connected.",
    .make_options = br_relay_options,
    .help = help,
    .examples = "  cebridge relay http://0.0.0.0:8080/events "
                "kafka://localhost:9092/events\n"
                "  cebridge relay --dead-letter file:refused.ndjson \\\n"
                "      'mqtt://localhost/devices/+/telemetry?qos=1' "
                "https://service.example/hook\n"
                "  cebridge relay --filter \"type LIKE 'com.example.%'\" "
                "file:in.ndjson -\n",
    .run = relay,
};
