/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge validate: everything that is wrong with events. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/watch/console.h"
#include "bridge/cli/shell_filter.h"
#include "bridge/forms/lint.h"

static const char usage[] = "cebridge validate [options] [FILE...]";

static const ce_option options[] = {
    { "from", CE_OPT_TEXT, "json", "FORM", 0, 0, "the form of what is read" },
    { "lint", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "warns of what is legal and unwise: names, sources, data" },
    { "max_event_bytes", CE_OPT_SIZE, "64MiB", NULL, 1, INT64_MAX,
      "the size of the largest event" },
    CE_OPTION_END,
};

typedef struct validation {
    br_shell_filter filter;
    bool lint;
    const br_place *at; /* the event that is looked at */
    unsigned findings;  /* in it */
} validation;

/* Returns CE_OK, so that the walk goes on to the next finding. */
static ce_status find(void *arg, const ce_error *found)
{
    validation *v = arg;

    br_shell_filter_say(v->at, found->text);
    v->findings++;
    return CE_OK;
}

static void warn(void *arg, const char *text)
{
    validation *v = arg;

    br_complain("%s:%zu: warning: %s", v->at->file, v->at->line, text);
}

static ce_status take(void *arg, const br_place *at, const ce_message *m,
                      ce_arena *arena)
{
    validation *v = arg;
    ce_error *err = &v->filter.err;
    ce_status status;
    ce_event e;

    v->at = at;
    v->findings = 0;
    status = ce_message_findings(m, arena, &e, find, v);
    if (status != CE_OK)
        return ce_fail(err, status, "out of memory");
    /* An event that has findings may have no specversion to compare. */
    if (!v->findings &&
        ce_batch_version_check(&v->filter.version, at->batch, &e, err) != CE_OK)
        find(v, err);
    /* br_lint takes valid events only. */
    if (!v->findings && v->lint)
        br_lint(&e, warn, v);
    v->filter.refused += v->findings > 0;
    return CE_OK;
}

static br_exit run(br_args *args, br_faults *faults)
{
    validation v = { .filter = { .take = take, .arg = &v } };

    v.filter.from = br_shell_filter_form(args, "from", faults);
    v.filter.max_bytes = br_args_bytes(args, options, "max_event_bytes");
    v.lint = br_args_flag(args, "lint");
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    return br_shell_filter_exit(&v.filter,
                                br_shell_filter_run(&v.filter, args));
}

const br_command br_command_validate = {
    .name = "validate",
    .summary = "everything that is wrong with events",
    .usage = usage,
    .about = "Reads events from files, or from standard input, and writes "
             "what is wrong with them to standard error, one finding a "
             "line: FILE:LINE: what. The exit code is 3 when an event is "
             "not valid, and 0 when all are; warnings do not count.",
    .options = options,
    .help = br_shell_filter_help,
    .examples = "  cebridge validate --lint events.ndjson\n",
    .run = run,
};
