/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge check: what is wrong with a configuration, or what it promises. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include "bridge/cli/args.h"
#include "bridge/config/inquiry.h"
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/config/rehearse.h"
#include "bridge/config/yaml.h"
#include "bridge/watch/console.h"
#include "bridge/cli/help.h"

static const char usage[] = "cebridge check CONFIG.yaml";

static const ce_option options[] = {
    { "connect", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "ask the peers, too" },
    { "timeout", CE_OPT_TIME, "5s", NULL, 100, 600000,
      "how long each of them may take (--connect)" },
    CE_OPTION_END,
};

/* "a, b and c share HOST:PORT", if that of INDEX is the first of them. */
static void show_listener(const br_plan *plan, unsigned index)
{
    const br_route_plan *first = &plan->routes[index], *last = NULL;

    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *r = &plan->routes[i];

        if (i == index || !br_route_shares_listener(first, r))
            continue;
        if (i < index)
            return;
        printf("%s%s", last ? ", " : first->name, last ? last->name : "");
        last = r;
    }
    if (last)
        printf(" and %s share %s\n", last->name,
               ce_settings_authority(first->from.settings));
}

static void show(const br_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *r = &plan->routes[i];
        char text[BR_PROMISE_TEXT];

        br_route_promise_text(text, r);
        printf("%s: %s\n", r->name, text);
    }
    for (unsigned i = 0; i < plan->count; i++)
        show_listener(plan, i);
}

/* --- the peers --- */

/* Returns whether all are as they should be. */
static bool show_answers(const br_inquiry *inquiry)
{
    bool fine = true;

    for (unsigned i = 0; i < inquiry->count; i++) {
        const br_answer *a = &inquiry->answers[i];

        if (a->status == CE_ENOTSUP)
            continue;
        printf("%s %s %s: %s\n", a->route->name,
               !strcmp(a->part, "dead_letter") ? "dead letters to" : a->part,
               ce_settings_label(a->at->settings),
               a->status == CE_OK ? "ok" : a->why.text);
        fine = fine && a->status == CE_OK;
    }
    return fine;
}

static br_exit connect_all(const br_args *args, const br_plan *plan)
{
    br_inquiry inquiry;
    ce_error err;
    bool fine;

    /* What their libraries say is in the answers. */
    br_console_open(CE_ERROR, BR_LOG_TEXT);
    if (br_inquire(&inquiry, plan, br_args_ms(args, options, "timeout"),
                   &err) != CE_OK) {
        br_console_say(CE_ERROR, "%s", err.text);
        return BR_EXIT_FAILED;
    }
    fine = show_answers(&inquiry);
    br_inquiry_free(&inquiry);
    return fine ? BR_EXIT_DONE : BR_EXIT_FAILED;
}

static br_exit report(const br_args *args, const br_plan *plan)
{
    show(plan);
    return br_args_value(args, "connect") ? connect_all(args, plan)
                                          : BR_EXIT_DONE;
}

static br_exit check(br_args *args, br_faults *faults)
{
    br_plan plan = { 0 };
    br_node *tree = NULL;
    br_exit code = BR_EXIT_USAGE;

    if (!faults->count && args->rest_count != 1)
        br_fault_usage(faults, usage);
    if (!faults->count)
        tree = br_config_read(args->rest[0], faults);
    if (tree)
        br_config_plan(&plan, tree, faults);
    br_node_free(tree);
    if (!faults->count)
        br_config_rehearse(&plan, faults);
    /* The promise of a plan with faults could be wrong. */
    if (!br_faults_show(faults))
        code = report(args, &plan);
    br_plan_free(&plan);
    return code;
}

const br_command br_command_check = {
    .name = "check",
    .summary = "a configuration's errors, or what it promises",
    .usage = usage,
    .about = "Lists everything that is wrong with a configuration as "
             "FILE:LINE: ERROR, and opens nothing. Of a configuration "
             "without errors it states what each route promises: at least "
             "once (nothing is lost, and duplicates are possible), or at "
             "most once, and why. With --connect it asks the peers as well: it "
             "connects, logs in, and looks for topics, but reads and writes "
             "no event. It says of each endpoint \"ok\" or what is wrong, and "
             "exits with 1 if anything is.",
    .options = options,
    .run = check,
};
