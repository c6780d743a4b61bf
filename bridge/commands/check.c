/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge check: what is wrong with a configuration, or what it promises. */
#include "bridge/commands/commands.h"
#include "bridge/commands/verdict.h"

#include <stdio.h>
#include <string.h>

#include "bridge/cli/args.h"
#include "bridge/config/inquiry.h"
#include "bridge/config/plan.h"
#include "bridge/config/rehearse.h"
#include "bridge/run/clashes.h"
#include "bridge/watch/console.h"

static const char usage[] = "cebridge check [options] CONFIG.yaml";

static const ce_option options[] = {
    { "json", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "write one JSON object, with the errors in it" },
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

static void show_part(void *arg, const br_claim *earlier, const br_claim *later)
{
    (void)arg;
    printf("%s and %s share %.*s: each event comes to one of them only\n",
           earlier->route->name, later->route->name, (int)later->text.len,
           later->text.ptr);
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
    if (br_clashes_of_parts(plan, show_part, NULL) != CE_OK)
        br_console_say(CE_ERROR, "out of memory");
}

static bool has_peer(const br_answer *a)
{
    return a->status != CE_ENOTSUP;
}

static void show_answers(const br_inquiry *inquiry)
{
    for (unsigned i = 0; i < inquiry->count; i++) {
        const br_answer *a = &inquiry->answers[i];

        if (!has_peer(a))
            continue;
        printf("%s %s %s: %s\n", a->route->name,
               !strcmp(a->part, "dead_letter") ? "dead letters to" : a->part,
               ce_settings_label(a->at->settings),
               a->status == CE_OK ? "ok" : a->why.text);
    }
}

/* --- one run --- */

static br_exit judge(const br_faults *faults, const br_inquiry *inquiry)
{
    if (faults->count)
        return BR_EXIT_USAGE;
    for (unsigned i = 0; i < inquiry->count; i++)
        if (has_peer(&inquiry->answers[i]) &&
            inquiry->answers[i].status != CE_OK)
            return BR_EXIT_FAILED;
    return BR_EXIT_DONE;
}

static void read_plan(br_plan *out, const char *path, br_faults *faults)
{
    br_config_load(out, path, faults);
    if (!faults->count)
        br_config_rehearse(out, faults);
}

static void report(const br_plan *plan, const br_faults *faults,
                   const br_inquiry *inquiry)
{
    /* The promise of a plan with faults could be wrong. */
    if (br_faults_show(faults))
        return;
    show(plan);
    show_answers(inquiry);
}

static br_exit fail(const char *text)
{
    br_console_say(CE_ERROR, "%s", text);
    return BR_EXIT_FAILED;
}

static br_exit check_plan(const br_args *args, br_plan *plan, br_faults *faults)
{
    bool connects = br_args_flag(args, "connect");
    br_inquiry inquiry = { NULL, 0 };
    br_exit code;
    ce_error err;

    /* What the libraries of peers say is in the answers. */
    if (connects)
        br_console_open(CE_ERROR, BR_LOG_TEXT);
    read_plan(plan, args->rest[0], faults);
    if (connects && !faults->count &&
        br_inquire(&inquiry, plan, br_args_ms(args, options, "timeout"),
                   &err) != CE_OK)
        return fail(err.text);
    code = judge(faults, &inquiry);
    if (!br_args_flag(args, "json"))
        report(plan, faults, &inquiry);
    else if (br_verdict_show(plan, faults, connects ? &inquiry : NULL) != CE_OK)
        code = fail("out of memory");
    br_inquiry_free(&inquiry);
    return code;
}

static br_exit check(br_args *args, br_faults *faults)
{
    br_plan plan = { 0 };
    br_exit code;

    if (!faults->count && args->rest_count != 1)
        br_fault_usage(faults, usage);
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    code = check_plan(args, &plan, faults);
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
             "exits with 1 if anything is. --json writes all of this as one "
             "object for programs.",
    .options = options,
    .run = check,
};
