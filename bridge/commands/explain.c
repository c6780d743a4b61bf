/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge explain: what would happen to an event, stage by stage. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include "bridge/cli/args.h"
#include "bridge/config/plan.h"
#include "bridge/forms/form.h"
#include "bridge/explain/route.h"
#include "bridge/watch/console.h"
#include "core/base/printable.h"

static const char usage[] = "cebridge explain [options] CONFIG.yaml EVENT.json";

static const ce_option options[] = {
    { "route", CE_OPT_TEXT, NULL, "NAME", 0, 0, "this route alone" },
    { "plain", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "EVENT.json is the payload of a plain message, for wrap" },
    { "content_type", CE_OPT_TEXT, "application/json", "TYPE", 0, 0,
      "the media type of that payload" },
    { "topic", CE_OPT_TEXT, NULL, "TOPIC", 0, 0,
      "what it came by: a topic, or the path of a request" },
    { "key", CE_OPT_TEXT, NULL, "KEY", 0, 0, "the key of its Kafka record" },
    { "header", CE_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "a header or user property beside it; may be repeated" },
    { "max_event_bytes", CE_OPT_SIZE, "64MiB", NULL, 1, INT64_MAX,
      "the size of the largest event" },
    CE_OPTION_END,
};

/* --- what the route gets --- */

static void add_header(const br_arg *a, ce_attrs *out, ce_arena *arena,
                       br_faults *faults)
{
    ce_attr header = { .type = CE_STRING };

    header.text = ce_slice_of(br_arg_pair(a, &header.name, faults));
    if (header.text.ptr && ce_attrs_add(out, arena, header) != CE_OK)
        br_fault(faults, NULL, "out of memory");
}

static void describe(const br_args *args, br_sample *out, ce_arena *arena,
                     br_faults *faults)
{
    out->origin = (ce_origin){ .partition = -1, .offset = -1 };
    out->origin.topic = ce_slice_of(br_args_value(args, "topic"));
    out->message.key = ce_slice_of(br_args_value(args, "key"));
    for (unsigned i = 0; i < args->count; i++)
        if (!strcmp(args->options[i].name, "header"))
            add_header(&args->options[i], &out->origin.metadata, arena, faults);
    if (br_args_flag(args, "plain")) {
        out->message.content_type =
            ce_slice_of(br_args_text(args, options, "content_type"));
        return;
    }
    if (br_args_value(args, "content_type"))
        br_fault(faults, NULL, "--content-type is for --plain");
    out->message.mode = CE_MODE_STRUCTURED;
    out->message.format = &ce_format_json;
    out->message.content_type = CE_SLICE("application/cloudevents+json");
}

/* What it came by, if the route has only one such place. */
static br_sample sample_for(const br_sample *sample, const br_route_plan *r)
{
    br_sample s = *sample;
    const char *path = ce_settings_path(r->from.settings);

    if (!s.origin.topic.ptr && !strpbrk(path, "+#^*"))
        s.origin.topic = ce_slice_of(path);
    return s;
}

/* --- lines --- */

static void tell(void *arg, const char *stage, const char *outcome,
                 ce_slice why)
{
    const br_route_plan *r = arg;
    ce_buf line = { 0 };

    if (ce_printable_add(why, "", &line) == CE_OK && line.len)
        printf("%s %s: %s (%.*s)\n", r->name, stage, outcome, (int)line.len,
               line.ptr);
    else
        printf("%s %s: %s\n", r->name, stage, outcome);
    ce_buf_free(&line);
}

static br_exit fail(const char *text)
{
    br_console_say(CE_ERROR, "%s", text);
    return BR_EXIT_FAILED;
}

static br_exit explain_routes(const br_plan *plan, const char *only,
                              const br_sample *sample)
{
    br_exit code = BR_EXIT_DONE;
    ce_error err;

    for (unsigned i = 0; i < plan->count; i++) {
        br_route_plan *r = &plan->routes[i];
        br_sample s = sample_for(sample, r);
        bool refused;

        if (only && strcmp(only, r->name) != 0)
            continue;
        if (br_explain(r, &s, tell, r, &refused, &err) != CE_OK)
            return fail(err.text);
        if (refused)
            code = BR_EXIT_REFUSED;
    }
    return code;
}

/* --- one run --- */

static bool has_route(const br_plan *plan, const char *name)
{
    for (unsigned i = 0; i < plan->count; i++)
        if (!strcmp(name, plan->routes[i].name))
            return true;
    return false;
}

/* The name is no fault of the file. */
static br_exit read_plan(br_plan *out, const br_args *args, br_faults *faults)
{
    const char *only = br_args_value(args, "route");

    br_config_load(out, args->rest[0], faults);
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    if (!only || has_route(out, only))
        return BR_EXIT_DONE;
    br_console_say(CE_ERROR, "--route: there is no route \"%s\" in %s", only,
                   args->rest[0]);
    return BR_EXIT_USAGE;
}

static br_exit explain_file(const br_args *args, const br_plan *plan,
                            br_sample *sample)
{
    ce_error err;
    br_input in;
    br_exit code;

    if (br_input_open(&in, args->rest[1], &err) != CE_OK)
        return fail(err.text);
    if (br_form_read_all(&in, br_args_bytes(args, options, "max_event_bytes"),
                         &err) == CE_OK) {
        sample->message.body = br_input_rest(&in);
        code = explain_routes(plan, br_args_value(args, "route"), sample);
    } else {
        code = fail(err.text);
    }
    br_input_close(&in);
    return code;
}

static br_exit run_plan(const br_args *args, br_plan *plan, ce_arena *arena,
                        br_faults *faults)
{
    br_sample sample = { 0 };
    br_exit code;

    if (!arena)
        return fail("out of memory");
    if (!faults->count && args->rest_count != 2)
        br_fault_usage(faults, usage);
    describe(args, &sample, arena, faults);
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    code = read_plan(plan, args, faults);
    return code == BR_EXIT_DONE ? explain_file(args, plan, &sample) : code;
}

static br_exit explain(br_args *args, br_faults *faults)
{
    ce_arena *arena = ce_arena_new();
    br_plan plan = { 0 };
    br_exit code = run_plan(args, &plan, arena, faults);

    br_plan_free(&plan);
    if (arena)
        ce_arena_free(arena);
    return code;
}

const br_command br_command_explain = {
    .name = "explain",
    .summary = "what would happen to an event, stage by stage",
    .usage = usage,
    .about = "Sends the event of EVENT.json (\"-\": standard input) through "
             "the stages of each route, without its endpoints: nothing is "
             "opened and nothing is sent. Each stage that the event meets is "
             "one line: ROUTE STAGE: OUTCOME (WHY). The outcome is passed, "
             "filtered, refused or sent. What an endpoint itself would answer "
             "is not known. The exit code is 3 when a stage refuses the "
             "event, also where a dead-letter target takes it then, and 0 "
             "else.",
    .options = options,
    .examples = "  cebridge explain bridge.yaml event.json\n"
                "  cebridge explain bridge.yaml payload.json --plain \\\n"
                "      --topic devices/7/telemetry --route devices\n",
    .run = explain,
};
