/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the program. */
#ifndef CE_BRIDGE_COMMANDS_COMMANDS_H
#define CE_BRIDGE_COMMANDS_COMMANDS_H

#include "bridge/cli/command.h"

extern const br_command br_command_relay, br_command_run, br_command_check,
    br_command_explain, br_command_send, br_command_request, br_command_listen,
    br_command_convert, br_command_validate, br_command_dlq, br_command_bench,
    br_command_health, br_command_completion, br_command_schema,
    br_command_help;

/* All of them, as help shows them; NULL ends them. */
extern const br_command *const br_commands[];

#endif
