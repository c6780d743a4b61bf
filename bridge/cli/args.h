/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, by the same tables as everything else. */
#ifndef CE_BRIDGE_CLI_ARGS_H
#define CE_BRIDGE_CLI_ARGS_H

#include <cloudevents/settings.h>

#include "bridge/config/tree.h"

/* One "--name value" of the command line. */
typedef struct ce_arg {
    char name[80];  /* as in the table: '-' is '_' */
    char place[84]; /* as it was typed */
    const char *value;
} ce_arg;

typedef struct ce_args {
    ce_arg *options; /* in the order they were given */
    unsigned count;
    const char **rest; /* what is no option, with a lone "-" */
    unsigned rest_count;
    bool help;
} ce_args;

/* Options of TABLE may stand anywhere, as "--name value" or "--name=value";
 * "--" ends them. Booleans take no value. Borrows ARGV; faults are listed. */
void ce_args_parse(ce_args *out, int argc, char **argv, const ce_option *table,
                   ce_faults *faults);
/* The last value of an option, or NULL. */
const char *ce_args_value(const ce_args *a, const char *name);
/* The time of an option or its preset, in milliseconds. */
uint64_t ce_args_ms(const ce_args *a, const ce_option *table, const char *name);
/* The bytes of an option or its preset. */
uint64_t ce_args_bytes(const ce_args *a, const ce_option *table,
                       const char *name);
void ce_args_free(ce_args *a);

#endif
