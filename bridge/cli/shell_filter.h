/* SPDX-License-Identifier: Apache-2.0 */
/* What the shell filters share: files in, findings on stderr, exit codes. */
#ifndef CE_BRIDGE_CLI_SHELL_FILTER_H
#define CE_BRIDGE_CLI_SHELL_FILTER_H

#include "bridge/cli/args.h"
#include "bridge/forms/form.h"
#include "bridge/run/supervisor.h"

typedef struct ce_filter {
    const ce_form *from;
    size_t max_bytes;
    size_t refused; /* events */
    ce_batch_version version;
    ce_error err; /* of what failed last */
    /* Takes one message; ARENA is for the duration of the call. */
    ce_status (*take)(void *arg, const ce_place *at, const ce_message *m,
                      ce_arena *arena);
    void (*before_read)(void *arg); /* the next byte may take long */
    void *arg;
} ce_filter;

/* The form that option NAME asks for; NULL with a fault. */
const ce_form *ce_filter_form(const ce_args *args, const char *name,
                              ce_faults *faults);
/* Says on stderr what is wrong with an event. */
void ce_filter_say(const ce_place *at, const char *text);
/* Says it, counts the event, and goes on. */
ce_status ce_filter_refuse(ce_filter *f, const ce_place *at, const char *why);
/* Reads the files, "-" or none for standard input, in their order. */
ce_status ce_filter_run(ce_filter *f, const ce_args *args);
/* The exit code, after the error behind STATUS was shown. */
ce_exit ce_filter_exit(const ce_filter *f, ce_status status);

#endif
