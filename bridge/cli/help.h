/* SPDX-License-Identifier: Apache-2.0 */
/* Help, written from the option tables. Each function writes one part to OUT,
 * for people. */
#ifndef CE_BRIDGE_CLI_HELP_H
#define CE_BRIDGE_CLI_HELP_H

#include <stdio.h>

#include <cloudevents/settings.h>

/* The first lines: USAGE, what the command does, and the title of its options.
 * Line breaks of TEXT are blanks. */
void br_help_begin(FILE *out, const char *usage, const char *text);
/* The rows of TABLE as keys of a configuration, below TITLE. */
void br_help_keys(FILE *out, const char *title, const ce_option *table);
/* The rows of TABLE as command-line options. */
void br_help_options(FILE *out, const ce_option *table);
typedef enum br_help_ends {
    BR_HELP_SOURCES,
    BR_HELP_SINKS,
    BR_HELP_BOTH
} br_help_ends;
/* Every transport, or the one called ONLY unless that is NULL: its URIs, and
 * the options of its ENDS. */
void br_help_endpoints(FILE *out, br_help_ends ends, const char *only);
/* How templates are written. */
void br_help_templates(FILE *out);
/* The forms of events on files. */
void br_help_forms(FILE *out);
/* What the exit codes say. */
void br_help_exits(FILE *out);

#endif
