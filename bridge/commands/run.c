/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge run: the routes of a configuration. */
#include "bridge/commands/commands.h"

#include "bridge/cli/args.h"
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/watch/console.h"

static const char usage[] = "cebridge run [options] CONFIG.yaml";

static const ce_option options[] = {
    { "grace", CE_OPT_TIME, NULL, NULL, 0, 0,
      "how long the end waits for what is in flight, instead of the "
      "configuration's" },
    { "log_level", CE_OPT_CHOICE, NULL, "error|warning|info|debug", 0, 0,
      "what is written to stderr, instead of the configuration's" },
    { "log_format", CE_OPT_CHOICE, NULL, "text|json|journal", 0, 0,
      "how it is written, instead of the configuration's" },
    CE_OPTION_END,
};

static void plan_run(br_plan *plan, const br_args *args, br_faults *faults)
{
    const char *level = br_args_value(args, "log_level");
    const char *form = br_args_value(args, "log_format");

    if (faults->count)
        return;
    if (args->rest_count != 1) {
        br_fault_usage(faults, usage);
        return;
    }
    /* Every fault is found before anything is opened. */
    br_config_load(plan, args->rest[0], faults);
    if (br_args_value(args, "grace"))
        plan->grace_ms = br_args_ms(args, options, "grace");
    if (level)
        plan->log = br_config_level(level);
    if (form)
        plan->log_form = br_config_log_form(form);
}

/* A reload reads the same file with the same options. */
static bool read_again(void *arg, br_plan *out, ce_buf *why)
{
    br_faults faults = { .is_for_log = true };
    bool fine;

    plan_run(out, arg, &faults);
    fine = faults.count == 0;
    if (!fine && ce_buf_append(why, ce_buf_slice(&faults.text)) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
    br_faults_free(&faults);
    return fine;
}

static br_exit run(br_args *args, br_faults *faults)
{
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };

    plan_run(&plan, args, faults);
    if (!br_faults_show(faults)) {
        br_console_open(plan.log, plan.log_form);
        plan.progress = true;
        plan.reload = read_again;
        plan.reload_arg = args;
        code = br_supervise(&plan);
    }
    br_plan_free(&plan);
    return code;
}

const br_command br_command_run = {
    .name = "run",
    .summary = "the routes of a configuration",
    .usage = usage,
    .about = "Runs all routes of a configuration until every source has "
             "ended or a signal comes. A faulty configuration ends it "
             "before anything is opened; cebridge check says the same "
             "without running. SIGHUP, or POST /reload at the admin "
             "address, applies a changed configuration route by route. "
             "\"cebridge help configuration\" lists its keys.",
    .options = options,
    .run = run,
};
