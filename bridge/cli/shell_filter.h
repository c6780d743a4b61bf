/* SPDX-License-Identifier: Apache-2.0 */
/* What the shell filters share: files in, findings on stderr, exit codes. */
#ifndef CE_BRIDGE_CLI_SHELL_FILTER_H
#define CE_BRIDGE_CLI_SHELL_FILTER_H

#include "bridge/cli/args.h"
#include "bridge/cli/page.h"
#include "bridge/forms/form.h"
#include "bridge/run/supervisor.h"

typedef struct br_shell_filter {
    const br_form *from;
    size_t max_bytes;
    size_t refused; /* events */
    ce_batch_version version;
    ce_error err; /* of what failed last */
    /* Takes one message; ARENA is for the duration of the call. */
    ce_status (*take)(void *arg, const br_place *at, const ce_message *m,
                      ce_arena *arena);
    void (*before_read)(void *arg); /* the next byte may take long */
    void *arg;
} br_shell_filter;

/* Returns the form that option NAME asks for; NULL with a fault. */
const br_form *br_shell_filter_form(const br_args *args, const char *name,
                                    br_faults *faults);
/* Says on stderr what is wrong with an event. */
void br_shell_filter_say(const br_place *at, const char *text);
/* Call for an event that is refused: says WHY on stderr and counts it. Returns
 * CE_OK, so that the reading goes on. */
ce_status br_shell_filter_refuse(br_shell_filter *f, const br_place *at,
                                 const char *why);
/* Set TAKE before. Reads the files of ARGS in their order, "-" or none for
 * standard input, and gives every message to TAKE. */
ce_status br_shell_filter_run(br_shell_filter *f, const br_args *args);
/* Shows the error behind STATUS, if it is one, and returns the exit code. */
br_exit br_shell_filter_exit(const br_shell_filter *f, ce_status status);
/* Writes what the forms are. */
void br_shell_filter_help(br_page *page, const char *only);

#endif
