/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/cli/command.h"

#include <string.h>

#include "bridge/watch/console.h"

const ce_option *br_command_options(const br_command *c)
{
    return c->make_options ? c->make_options() : c->options;
}

const br_command *br_command_find(const br_command *const *commands,
                                  const char *name)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}

/* The rows are options so that typing errors get the nearest name. */
static const char *nearest(const br_command *const *commands, const char *name)
{
    ce_option rows[32] = { { .name = NULL } };
    unsigned n = 0;

    for (; *commands && n < 31; commands++)
        rows[n++].name = (*commands)->name;
    return ce_option_nearest(rows, name);
}

br_exit br_command_unknown(const br_command *const *commands, const char *name)
{
    const char *meant = nearest(commands, name);

    if (meant)
        br_complain("cebridge: unknown command \"%s\", did you mean \"%s\"?",
                    name, meant);
    else
        br_complain("cebridge: unknown command \"%s\"", name);
    return BR_EXIT_USAGE;
}
