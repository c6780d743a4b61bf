/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge listen: events as lines on standard output. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include "bridge/watch/console.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"
#include "bridge/commands/listen_view.h"
#include "bridge/commands/onlooker.h"

static const char usage[] = "cebridge listen [options] SOURCE";

static const ce_option options[] = {
    { "count", CE_OPT_INTEGER, NULL, NULL, 1, INT64_MAX,
      "ends after so many events" },
    { "from", CE_OPT_TEXT, NULL, "WHERE", 0, 0,
      "where a source that stores events begins: beginning, end (the default), "
      "-10 events of each partition, -15m" },
    { "until_end", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "ends where such a source ended at the start, and begins at its "
      "beginning, or at the group's offset" },
    { "group", CE_OPT_TEXT, NULL, "GROUP", 0, 0,
      "takes part in a consumer group, and moves its offsets" },
    { "filter", CE_OPT_TEXT, NULL, "FILTER", 0, 0,
      "CESQL text: only what passes is written" },
    { "pretty", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "writes events for people, in colors unless $NO_COLOR is set; the "
      "default "
      "on a terminal, where --pretty=false writes JSON" },
    { "format", CE_OPT_TEXT, NULL, "TEMPLATE", 0, 0,
      "writes this in place of each event, such as '{time} {type} {data}'" },
    { "grace", CE_OPT_TIME, "30s", NULL, 0, 0,
      "how long the end waits for what is in flight" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

/* The options that the source is to obey. */
static const char *const for_source[] = { "from", "until_end", "group" };
enum { FOR_SOURCE = sizeof for_source / sizeof *for_source };

static bool is_for_source(const br_arg *a)
{
    for (unsigned i = 0; i < FOR_SOURCE; i++)
        if (strcmp(a->name, for_source[i]) == 0)
            return true;
    return false;
}

static void tell_source(br_endpoint_plan *from, const br_arg *a,
                        br_faults *faults)
{
    ce_error err;

    if (!ce_option_find(from->transport->receiver_options, a->name))
        br_fault(faults, NULL, "%s: a source of %s cannot do that", a->place,
                 from->transport->name);
    else if (ce_settings_set(from->settings, a->name, a->value, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

static void set_up_source(br_endpoint_plan *from, const br_args *args,
                          br_faults *faults)
{
    ce_error err;

    for (unsigned i = 0; i < args->count; i++)
        if (is_for_source(&args->options[i]))
            tell_source(from, &args->options[i], faults);
    if (br_onlooker_make(from, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

/* Moves the options of the route before all others, and counts them. */
static unsigned options_of_route(br_args *args)
{
    const ce_option *table = br_relay_options();
    unsigned count = 0;

    for (unsigned i = 0; i < args->count; i++) {
        br_arg a = args->options[i];

        if (!ce_option_find(table, a.name))
            continue;
        args->options[i] = args->options[count];
        args->options[count++] = a;
    }
    return count;
}

static void plan_listen(br_plan *plan, br_args *args, br_faults *faults)
{
    static const char *const out[] = { "-" };
    br_args route = { .options = args->options };

    if (faults->count)
        return;
    if (args->rest_count != 1) {
        br_fault_usage(faults, usage);
        return;
    }
    route.count = options_of_route(args);
    br_relay_plan(plan, &route, args->rest[0], out, 1, faults);
    if (faults->count)
        return;
    plan->is_filter = true;
    plan->routes[0].limit = br_args_integer(args, options, "count");
    set_up_source(&plan->routes[0].from, args, faults);
}

static void help(br_page *page, const char *only)
{
    br_help_endpoints(page, BR_HELP_SOURCES, only);
}

static br_exit listen_to(br_args *args, br_faults *faults)
{
    br_exit code = BR_EXIT_USAGE;
    br_listen_view view = { NULL, false };
    br_plan plan = { 0 };

    plan_listen(&plan, args, faults);
    if (plan.count)
        br_listen_view_open(&view, args, &plan.routes[0].view, faults);
    if (!br_faults_show(faults)) {
        br_console_open(plan.log, plan.log_form);
        code = br_supervise(&plan);
    }
    br_plan_free(&plan);
    br_listen_view_close(&view);
    return code;
}

const br_command br_command_listen = {
    .name = "listen",
    .summary = "events as lines on standard output",
    .usage = usage,
    .about = "Writes the events of SOURCE to standard output, one a line, "
             "as structured JSON, and on a terminal as people read them. "
             "Others do not notice: Kafka is read "
             "without a group and nothing is committed, unless --group "
             "says otherwise; MQTT is subscribed with a clean session and "
             "a client id of its own. Only an HTTP source takes what is "
             "sent to it. A closed standard output ends the command.",
    .options = options,
    .help = help,
    .examples = "  cebridge listen kafka://localhost:9092/events --from -10 "
                "--until-end\n"
                "  cebridge listen mqtt://localhost/events \\\n"
                "      --format '{time} {type} {subject} {data}'\n"
                "  cebridge listen 'mqtt://localhost/devices/#' --count 1\n",
    .run = listen_to,
};
