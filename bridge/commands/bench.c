/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge bench: load on a sink, and the time until it comes out again. Two
 * routes: from the generator to the sinks, and from the source to the
 * recorder. */
#include "bridge/commands/commands.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/bench/generator.h"
#include "bridge/bench/recorder.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"
#include "bridge/commands/deadline.h"
#include "bridge/commands/onlooker.h"
#include "bridge/commands/scores.h"
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/watch/console.h"

static const char usage[] = "cebridge bench [options] SINK\n"
                            "cebridge bench [options] SOURCE SINK [SINK...]";

static const ce_option options[] = {
    /* Nine bytes are kept for each. */
    { "count", CE_OPT_INTEGER, "10000", NULL, 1, 100000000,
      "how many events are sent" },
    { "rate", CE_OPT_INTEGER, "0", NULL, 0, 10000000,
      "events a second; 0: as fast as the sink confirms" },
    { "in_flight", CE_OPT_INTEGER, "256", NULL, 1, 65535,
      "events that may be unsettled at once" },
    { "size", CE_OPT_SIZE, "256B", NULL, 0, 1 << 30,
      "bytes of the data of each" },
    { "keys", CE_OPT_INTEGER, "0", NULL, 0, INT64_MAX,
      "gives each a partitionkey, one of so many" },
    /* At most a day: a longer one is surely a mistake. */
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long connecting and delivery are tried, and how long after the last "
      "confirmation an event may arrive" },
    { "json", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "write one JSON object" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

/* --- the trial --- */

static br_trial_config config_of(const br_args *args)
{
    return (br_trial_config){
        .count = br_args_integer(args, options, "count"),
        .rate = br_args_integer(args, options, "rate"),
        .in_flight = br_args_integer(args, options, "in_flight"),
        .bytes = br_args_bytes(args, options, "size"),
        .keys = br_args_integer(args, options, "keys"),
        .timeout_ms = br_args_ms(args, options, "timeout"),
        .receives = args->rest_count > 1,
    };
}

/* --- the plan --- */

/* Nobody misses what an interrupt leaves on its way. */
enum { GRACE_MS = 1000 };

static const br_args no_options;

static void call(br_route_plan *r, const char *name, br_faults *faults)
{
    ce_free(r->name);
    r->name = ce_strndup(name, strlen(name));
    if (!r->name)
        br_fault(faults, NULL, "out of memory");
}

static void plan_load(br_plan *plan, const br_args *args, br_faults *faults)
{
    unsigned first = args->rest_count > 1;
    br_route_plan *r;

    br_relay_plan(plan, &no_options, "-", args->rest + first,
                  args->rest_count - first, faults);
    if (faults->count)
        return;
    r = &plan->routes[0];
    call(r, "bench", faults);
    r->from.transport = &br_generator_transport;
    r->order = CE_ORDER_NONE;
    br_deadline_set(r, br_args_ms(args, options, "timeout"), faults);
}

/* A file would end before anything is in it. */
static ce_status look_on(br_endpoint_plan *from, ce_error *err)
{
    ce_status status = br_onlooker_make(from, err);

    if (status != CE_OK ||
        !ce_option_find(from->transport->receiver_options, "follow") ||
        ce_settings_has(from->settings, "follow"))
        return status;
    return ce_settings_set(from->settings, "follow", "true", err);
}

static void plan_arrivals(br_plan *plan, const br_args *args, br_faults *faults)
{
    static const char *const out[] = { "-" };
    br_route_plan *r;
    ce_error err;

    br_relay_plan(plan, &no_options, args->rest[0], out, 1, faults);
    if (faults->count)
        return;
    r = &plan->routes[0];
    call(r, "arrivals", faults);
    r->to[0].transport = &br_recorder_transport;
    if (look_on(&r->from, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

/* Moves the one route of FROM. */
static void take_route(br_plan *plan, br_plan *from, br_faults *faults)
{
    br_route_plan *routes = ce_realloc(plan->routes, 2 * sizeof *routes);

    if (!routes) {
        br_fault(faults, NULL, "out of memory");
        return;
    }
    plan->routes = routes;
    plan->routes[plan->count++] = from->routes[0];
    from->count = 0;
}

static void check_words(const br_args *args, br_faults *faults)
{
    if (faults->count)
        return;
    if (args->rest_count < 1)
        br_fault_usage(faults, usage);
    for (unsigned i = 0; i < args->rest_count; i++)
        if (strcmp(args->rest[i], "-") == 0)
            br_fault(faults, NULL,
                     "\"-\" is no endpoint here: standard output is for the "
                     "result");
}

static void make_plan(br_plan *plan, const br_args *args, br_faults *faults)
{
    const char *level = br_args_value(args, "log_level");
    br_plan arrivals = { 0 };

    check_words(args, faults);
    if (!faults->count)
        plan_load(plan, args, faults);
    if (!faults->count && args->rest_count > 1)
        plan_arrivals(&arrivals, args, faults);
    if (!faults->count && arrivals.count)
        take_route(plan, &arrivals, faults);
    br_plan_free(&arrivals);
    plan->quiet = true;
    plan->grace_ms = GRACE_MS;
    /* The recorder ends its route as a pipe's reader does. */
    plan->is_filter = true;
    if (level)
        plan->log = br_config_level(level);
}

/* --- one run --- */

static br_exit judge(const br_trial *t, br_exit code)
{
    if (code == BR_EXIT_FAILED || code == BR_EXIT_USAGE)
        return code;
    if (t->gave_up || br_trial_lost(t))
        return BR_EXIT_FAILED;
    if (t->undelivered)
        return BR_EXIT_UNDELIVERED;
    return t->refused ? BR_EXIT_REFUSED : BR_EXIT_DONE;
}

static br_exit report(const br_trial *t, bool as_json, br_exit code)
{
    if (!t->sent)
        return code;
    if (!br_trial_is_whole(t))
        br_console_say(CE_WARN, "cut short: what was on its way is in no "
                                "figure");
    if (!as_json)
        br_scores_show(t);
    else if (br_scores_show_json(t) != CE_OK)
        br_console_say(CE_ERROR, "out of memory");
    return code;
}

static br_exit measure(const br_args *args, const br_plan *plan)
{
    const br_trial_config c = config_of(args);
    br_exit code = BR_EXIT_FAILED;
    br_trial *trial;
    ce_error err;

    br_console_open(plan->log, plan->log_form);
    if (br_trial_open(&trial, &c, &err) == CE_OK) {
        br_generator_set(trial);
        br_recorder_set(trial);
        code = judge(trial, br_supervise(plan));
        code = report(trial, br_args_flag(args, "json"), code);
    } else {
        br_console_say(CE_ERROR, "%s", err.text);
    }
    br_trial_close(trial);
    return code;
}

static br_exit bench(br_args *args, br_faults *faults)
{
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };

    make_plan(&plan, args, faults);
    if (!br_faults_show(faults))
        code = measure(args, &plan);
    br_plan_free(&plan);
    return code;
}

static void help(br_page *page, const char *only)
{
    br_help_endpoints(page, BR_HELP_BOTH, only);
}

const br_command br_command_bench = {
    .name = "bench",
    .summary = "load and latency, with percentiles",
    .usage = usage,
    .about = "Sends events to every SINK and measures how long each takes "
             "until it is confirmed, and with SOURCE until it arrives there: "
             "the other end of the bridge, broker or service that is "
             "measured. SOURCE leaves no trace, as with \"listen\", and is "
             "ready before the first event goes. With --rate the time of an "
             "event begins when it is due, whether it can go or not, so that "
             "no stall is left out. Exits with 1 when a confirmed event never "
             "arrives, with 3 when one is refused, with 4 when one is not "
             "delivered. An interrupt ends it early, with what was measured.",
    .options = options,
    .help = help,
    .examples =
        "  cebridge bench http://localhost:8080/events\n"
        "  cebridge bench --rate 1000 --count 60000 \\\n"
        "      kafka://localhost:9092/events http://localhost:8080/events\n"
        "  cebridge bench --json mqtt://localhost/load mqtt://localhost/load\n",
    .run = bench,
};
