/* SPDX-License-Identifier: Apache-2.0 */
/* Help, written from the descriptions of the commands and the option tables:
 * for a terminal, and as manual pages. */
#ifndef CE_BRIDGE_CLI_HELP_H
#define CE_BRIDGE_CLI_HELP_H

#include "bridge/cli/command.h"

/* The page of the program, with its COMMANDS, which end with NULL. */
void br_help_program(br_page *page, const br_command *const *commands);
/* The page of one command. ONLY: the one transport that is asked for, or
 * NULL. */
void br_help_command(br_page *page, const br_command *c, const char *only);
/* The page of the configuration. */
void br_help_configuration(br_page *page, const char *only);

/* Parts of the pages of commands. */

typedef enum br_help_ends {
    BR_HELP_SOURCES,
    BR_HELP_SINKS,
    BR_HELP_BOTH
} br_help_ends;
/* Every transport, or the one called ONLY if there is such a one: its URIs, and
 * the options of its ENDS. */
void br_help_endpoints(br_page *page, br_help_ends ends, const char *only);
/* How templates are written. */
void br_help_templates(br_page *page);
/* What the value of an option is called: TIME, a|b, ... */
const char *br_help_value(const ce_option *o);
/* Sets OUT to an option as it is typed: --dead-letter. */
void br_help_option(char *out, size_t size, const ce_option *o);

#endif
