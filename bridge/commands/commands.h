/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: each gets the words behind its name, and returns the exit
 * code of the program. */
#ifndef CE_BRIDGE_COMMANDS_COMMANDS_H
#define CE_BRIDGE_COMMANDS_COMMANDS_H

#include "bridge/run/supervisor.h"

typedef ce_exit ce_command_fn(int argc, char **argv);

ce_command_fn ce_command_relay, ce_command_run, ce_command_check,
    ce_command_send, ce_command_request, ce_command_listen, ce_command_convert,
    ce_command_validate;

#endif
