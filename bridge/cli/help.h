/* SPDX-License-Identifier: Apache-2.0 */
/* Help, written from the option tables. Each function writes one part to OUT,
 * for people. */
#ifndef CE_BRIDGE_CLI_HELP_H
#define CE_BRIDGE_CLI_HELP_H

#include <stdio.h>

#include <cloudevents/settings.h>

/* The rows of TABLE as command-line options. */
void br_help_options(FILE *out, const ce_option *table);
/* Every transport: its URIs, and the options of its sources or sinks, or of
 * both. */
void br_help_endpoints(FILE *out, bool sources, bool sinks);
/* How templates are written. */
void br_help_templates(FILE *out);
/* The forms of events on files. */
void br_help_forms(FILE *out);
/* What the exit codes say. */
void br_help_exits(FILE *out);

#endif
