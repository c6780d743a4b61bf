/* SPDX-License-Identifier: Apache-2.0 */
/* A route from the command line's event, or standard input, to one sink. */
#include "bridge/commands/submit.h"

#include <string.h>

#include "bridge/config/config.h"
#include "bridge/watch/console.h"
#include "bridge/cli/event_options.h"
#include "bridge/cli/relay_options.h"
#include "bridge/run/single.h"

static void make_plan(ce_plan *plan, const ce_args *args,
                      const ce_option *table, bool from_stdin,
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
    r->retry.max_age_ms = ce_args_ms(args, table, "timeout");
    if (!from_stdin)
        r->from.transport = &ce_single_transport;
}

ce_exit ce_submit(const ce_args *args, const ce_option *table,
                  const char *usage, ce_submit_fn *adjust, ce_faults *faults)
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
        make_plan(&plan, args, table, from_stdin, faults);
    if (!faults->count && adjust)
        adjust(&plan.routes[0], args, faults);
    if (!ce_console_faults(faults)) {
        ce_single_set(e);
        ce_console_open(plan.log);
        code = ce_supervise(&plan);
    }
    ce_plan_free(&plan);
    ce_event_free(e);
    return code;
}
