/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge help: every text that explains the program. */
#include "bridge/commands/commands.h"

#include <string.h>

#include "bridge/cli/help.h"

static const char usage[] =
    "cebridge help [options] [COMMAND] [TRANSPORT]\n"
    "       cebridge help [options] configuration [TRANSPORT]";

static const ce_option options[] = {
    { "man", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "the source of the manual page instead, for man -l -" },
    CE_OPTION_END,
};

static br_exit show(br_page *page, const char *topic, const char *transport)
{
    const br_command *c = br_command_find(br_commands, topic);

    if (strcmp(topic, "configuration") == 0)
        br_help_configuration(page, transport);
    else if (c)
        br_help_command(page, c, transport);
    else
        return br_command_unknown(br_commands, topic);
    return BR_EXIT_DONE;
}

static br_exit help(br_args *args, br_faults *faults)
{
    br_page page = { .out = stdout, .is_man = br_args_flag(args, "man") };
    const char *transport = args->rest_count > 1 ? args->rest[1] : NULL;

    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    if (args->rest_count)
        return show(&page, args->rest[0], transport);
    br_help_program(&page, br_commands);
    return BR_EXIT_DONE;
}

const br_command br_command_help = {
    .name = "help",
    .summary = "this text, or what a command does",
    .usage = usage,
    .about = "Explains the program, a command, or the configuration, with the "
             "endpoints of one transport only where one is named.",
    .options = options,
    .run = help,
};
