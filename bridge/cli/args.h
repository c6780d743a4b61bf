/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, by the same tables as everything else. */
#ifndef CE_BRIDGE_CLI_ARGS_H
#define CE_BRIDGE_CLI_ARGS_H

#include <cloudevents/settings.h>

#include "bridge/config/faults.h"

/* One "--name value" of the command line. */
typedef struct br_arg {
    char name[80];  /* as in the table: '-' is '_' */
    char place[84]; /* as it was typed */
    const char *value;
} br_arg;

typedef struct br_args {
    br_arg *options; /* in the order they were given */
    unsigned count;
    const char **rest; /* all but options; a lone "-" too */
    unsigned rest_count;
    bool help;
} br_args;

/* Keep ARGV and TABLE: OUT borrows them. Free it in either case. Options of
 * TABLE may stand anywhere, as "--name value" or "--name=value"; "--" ends
 * them. A boolean without a value is true. */
void br_args_parse(br_args *out, int argc, char **argv, const ce_option *table,
                   br_faults *faults);
/* Returns the last value of an option, or NULL. It belongs to A. */
const char *br_args_value(const br_args *a, const char *name);
/* Whether a boolean is given and true. */
bool br_args_flag(const br_args *a, const char *name);
/* Returns the last value of an option or its preset, or NULL. */
const char *br_args_text(const br_args *a, const ce_option *table,
                         const char *name);
/* Returns the number of an option or its preset; 0 without either. */
uint64_t br_args_integer(const br_args *a, const ce_option *table,
                         const char *name);
/* Returns the time of an option or its preset, in milliseconds; 0 without
 * either. */
uint64_t br_args_ms(const br_args *a, const ce_option *table, const char *name);
/* Returns the bytes of an option or its preset; 0 without either. */
uint64_t br_args_bytes(const br_args *a, const ce_option *table,
                       const char *name);
/* Reads A, "NAME=VALUE", and returns VALUE; NULL with a fault, if it has no
 * NAME. */
const char *br_arg_pair(const br_arg *a, ce_slice *name, br_faults *faults);
/* Call also after a fault. Leaves ARGV alone. */
void br_args_free(br_args *a);

#endif
