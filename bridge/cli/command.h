/* SPDX-License-Identifier: Apache-2.0 */
/* What the program knows of a command: it is read, helped with, and completed
 * by one description. */
#ifndef CE_BRIDGE_CLI_COMMAND_H
#define CE_BRIDGE_CLI_COMMAND_H

#include "bridge/cli/args.h"
#include "bridge/cli/page.h"
#include "bridge/run/supervisor.h"

typedef struct br_command {
    const char *name;
    const char *summary; /* what it is about, for the list of commands */
    /* One way to call it a line: "cebridge NAME", "[options]", words that stand
     * for themselves, in lower case, and those that stand for another in upper
     * case, optional ones in brackets. "..." repeats the last word. */
    const char *usage;
    const char *about; /* what it does, in sentences */
    /* The table of options, or the function that makes it. */
    const ce_option *options;
    const ce_option *(*make_options)(void);
    /* Writes what follows the options, or NULL. ONLY: the one transport that is
     * asked for, or NULL. */
    void (*help)(br_page *page, const char *only);
    const char *examples; /* lines, or NULL */
    /* Runs with the words behind the name; fills FAULTS and shows them. */
    br_exit (*run)(br_args *args, br_faults *faults);
} br_command;

const ce_option *br_command_options(const br_command *c);
/* Returns the one called NAME of COMMANDS, which end with NULL, or NULL. */
const br_command *br_command_find(const br_command *const *commands,
                                  const char *name);
/* Says on stderr that there is no command NAME, and which one was meant.
 * Returns the exit code. */
br_exit br_command_unknown(const br_command *const *commands, const char *name);

#endif
