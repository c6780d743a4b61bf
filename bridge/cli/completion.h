/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell completes: the program itself knows its words, and small scripts
 * ask it. */
#ifndef CE_BRIDGE_CLI_COMPLETION_H
#define CE_BRIDGE_CLI_COMPLETION_H

#include "bridge/cli/command.h"

/* Writes the words that may stand in place of the last of WORDS, which follow
 * the program's name; COUNT is at least 1. A line has a word and, behind a tab,
 * what it is. Nothing: the shell completes names of files. */
void br_complete(FILE *out, const br_command *const *commands,
                 const char *const *words, unsigned count);
/* Returns the script that makes SHELL (bash, zsh, fish) ask, or NULL. */
const char *br_completion_script(const char *shell);

#endif
