/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: each gets the words behind its name, and returns the exit
 * code of the program. */
#ifndef CE_BRIDGE_COMMANDS_COMMANDS_H
#define CE_BRIDGE_COMMANDS_COMMANDS_H

#include "bridge/run/supervisor.h"

typedef br_exit br_command_fn(int argc, char **argv);

br_command_fn br_command_relay, br_command_run, br_command_check,
    br_command_send, br_command_request, br_command_listen, br_command_convert,
    br_command_validate, br_command_dlq, br_command_health;

#endif
