/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge help: every text that explains the program. */
#include "bridge/commands/commands.h"

#include <string.h>

#include <cloudevents/transport.h>

#include "bridge/cli/help.h"
#include "bridge/watch/console.h"

static const char usage[] =
    "cebridge help [options] [COMMAND] [TRANSPORT]\n"
    "       cebridge help [options] configuration [TRANSPORT]";

static const ce_option options[] = {
    { "man", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "the source of the manual page instead, for man -l -" },
    CE_OPTION_END,
};

/* The rows are options so that typing errors get the nearest name. */
static bool is_transport(const char *name, const char **nearest)
{
    ce_option rows[32] = { { .name = NULL } };
    const ce_transport *t;

    for (unsigned i = 0; i < 31 && (t = ce_transport_at(i)); i++) {
        if (strcmp(t->name, name) == 0)
            return true;
        rows[i].name = t->name;
    }
    *nearest = ce_option_nearest(rows, name);
    return false;
}

static br_exit refuse(const char *name, const char *nearest)
{
    br_complain("cebridge: unknown transport \"%s\"%s%s%s", name,
                nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                nearest ? "\"?" : "");
    return BR_EXIT_USAGE;
}

static br_exit show(br_page *page, const char *topic, const char *transport)
{
    const br_command *c = br_command_find(br_commands, topic);
    bool is_topic = c || strcmp(topic, "configuration") == 0;
    const char *nearest;

    if (is_topic && transport && !is_transport(transport, &nearest))
        return refuse(transport, nearest);
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
