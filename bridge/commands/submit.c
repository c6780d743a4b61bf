/* SPDX-License-Identifier: Apache-2.0 */
/* A route from the command line's event, or standard input, to one sink. */
#include "bridge/commands/submit.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/watch/console.h"
#include "bridge/cli/event_options.h"
#include "bridge/cli/help.h"
#include "bridge/cli/relay_options.h"
#include "bridge/commands/deadline.h"
#include "bridge/run/single_event.h"

static bool is_wrap(const br_arg *a)
{
    return strncmp(a->name, "wrap.", 5) == 0;
}

/* What makes events of lines of text. */
static br_args wraps_of(const br_args *args)
{
    br_args wraps = { .options = ce_alloc_zeroed((args->count + 1) *
                                                 sizeof *args->options) };

    for (unsigned i = 0; wraps.options && i < args->count; i++)
        if (is_wrap(&args->options[i]))
            wraps.options[wraps.count++] = args->options[i];
    return wraps;
}

/* Of an event and of lines each option belongs to one. */
static void check_options(const br_args *args, bool from_stdin,
                          br_faults *faults)
{
    static const ce_option of_event[] = { BR_EVENT_OPTIONS, CE_OPTION_END };

    for (unsigned i = 0; i < args->count; i++) {
        const br_arg *a = &args->options[i];

        if (is_wrap(a) && !from_stdin)
            br_fault(faults, NULL,
                     "%s is for lines of standard input, and there is no "
                     "\"-\" behind SINK",
                     a->place);
        else if (from_stdin && ce_option_find(of_event, a->name))
            br_fault(faults, NULL,
                     "%s describes one event, and \"-\" takes those of "
                     "standard input",
                     a->place);
    }
}

static void make_plan(br_plan *plan, const br_args *args,
                      const ce_option *table, bool from_stdin,
                      br_faults *faults)
{
    const char *level = br_args_value(args, "log_level");
    br_args wraps = wraps_of(args);
    br_route_plan *r;

    br_relay_plan(plan, &wraps, wraps.count ? "-?lines=text" : "-", args->rest,
                  1, faults);
    ce_free(wraps.options);
    if (faults->count)
        return;
    plan->quiet = true;
    if (level)
        plan->log = br_config_level(level);
    r = &plan->routes[0];
    br_deadline_set(r, br_args_ms(args, table, "timeout"), faults);
    /* No URI names the event of a command line. */
    if (!from_stdin)
        r->from.transport = &br_single_event_transport;
}

br_exit br_submit(const br_args *args, const ce_option *table,
                  const char *usage, br_submit_fn *adjust, br_faults *faults)
{
    bool from_stdin = args->rest_count == 2 && strcmp(args->rest[1], "-") == 0;
    br_exit code = BR_EXIT_USAGE;
    ce_event *e = NULL;
    br_plan plan = { 0 };

    if (!faults->count && args->rest_count != 1 + (unsigned)from_stdin)
        br_fault_usage(faults, usage);
    check_options(args, from_stdin, faults);
    if (!faults->count && !from_stdin)
        e = br_event_of_options(args, faults);
    if (!faults->count)
        make_plan(&plan, args, table, from_stdin, faults);
    if (!faults->count && adjust)
        adjust(&plan.routes[0], args, faults);
    if (!br_faults_show(faults)) {
        /* Borrowed until br_supervise has closed all receivers. */
        br_single_event_set(e);
        br_console_open(plan.log, plan.log_form);
        code = br_supervise(&plan);
    }
    br_plan_free(&plan);
    ce_event_free(e);
    return code;
}

void br_submit_help(br_page *page, const char *only)
{
    br_help_endpoints(page, BR_HELP_SINKS, only);
}
