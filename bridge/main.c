/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge: relays CloudEvents between HTTP, Kafka, MQTT and files. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "bridge/cli/scrub.h"
#include "bridge/commands/commands.h"

/* Names and summaries; the rows are options so that typing errors get the
 * nearest name. */
static const ce_option commands[] = {
    { "relay", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "one route, from SOURCE to SINK" },
    { "run", CE_OPT_TEXT, NULL, NULL, 0, 0, "the routes of a configuration" },
    { "check", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "a configuration's errors, or what it promises" },
    { "send", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "one event from options, or many from standard input" },
    { "request", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "events as send does, and their replies on standard output" },
    { "listen", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "events as lines on standard output" },
    { "convert", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "events of one form into another" },
    { "validate", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "everything that is wrong with events" },
    { "dlq", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "dead letters: list, show, replay, drop" },
    { "health", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "whether a bridge says that it is ready" },
    CE_OPTION_END,
};

static br_command_fn *const functions[] = {
    br_command_relay,   br_command_run,      br_command_check,
    br_command_send,    br_command_request,  br_command_listen,
    br_command_convert, br_command_validate, br_command_dlq,
    br_command_health,  br_command_health,
};

static void help(FILE *out)
{
    fprintf(out,
            "cebridge relays CloudEvents between HTTP, Kafka, MQTT and files, "
            "and loses\nneither events nor attributes.\n\n"
            "usage: cebridge COMMAND [options] [arguments]\n"
            "       cebridge help [COMMAND]\n"
            "       cebridge --version\n\n");
    for (const ce_option *c = commands; c->name; c++)
        fprintf(out, "  %-8s %s\n", c->name, c->help);
    fprintf(out, "\n");
    fprintf(out, "Exit codes: 0 done, 1 runtime failure, 2 usage or "
                 "configuration, 3 an event was\nrefused, 4 an event was not "
                 "delivered.\n");
}

/* Formats depend on the libraries that were there. */
static void print_version(void)
{
    const ce_format *f;

    printf("cebridge %s (event formats:", CE_VERSION);
    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        printf(" %s", f->name);
    printf(")\n");
}

static br_exit unknown(const char *name)
{
    const char *nearest = ce_option_nearest(commands, name);

    if (nearest)
        fprintf(stderr,
                "cebridge: unknown command \"%s\", did you mean \"%s\"?\n",
                name, nearest);
    else
        fprintf(stderr, "cebridge: unknown command \"%s\"\n", name);
    return BR_EXIT_USAGE;
}

static bool is_one_of(const char *word, const char *name, const char *letter)
{
    return strcmp(word, name) == 0 || strcmp(word, letter) == 0;
}

static br_exit run_command(const char *name, int argc, char **argv)
{
    for (unsigned i = 0; commands[i].name; i++)
        if (strcmp(name, commands[i].name) == 0)
            return functions[i](argc, argv);
    return unknown(name);
}

/* What follows the name of the command goes along: "help relay kafka". */
static br_exit help_command(int argc, char **argv)
{
    char option[] = "--help", *name;

    if (argc == 0) {
        help(stdout);
        return BR_EXIT_DONE;
    }
    name = argv[0];
    argv[0] = option;
    return run_command(name, argc, argv);
}

int main(int argc, char **argv)
{
    argv = br_scrub(argc, argv);
    /* Few threads allocate at the same time: more arenas are waste. */
    mallopt(M_ARENA_MAX, 2);
    if (argc < 2) {
        help(stderr);
        return BR_EXIT_USAGE;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        print_version();
        return BR_EXIT_DONE;
    }
    if (is_one_of(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0)
        return help_command(argc - 2, argv + 2);
    return run_command(argv[1], argc - 2, argv + 2);
}
