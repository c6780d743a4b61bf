/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge: relays CloudEvents between HTTP, Kafka, MQTT and files. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/cli/help.h"
#include "bridge/cli/scrub.h"
#include "bridge/commands/commands.h"
#include "bridge/watch/console.h"
#include "core/base/descriptors.h"

/* Formats depend on the libraries that were there. */
static void print_version(void)
{
    const ce_format *f;

    printf("cebridge %s (event formats:", CE_VERSION);
    for (unsigned i = 0; (f = ce_format_at(i)); i++)
        printf(" %s", f->name);
    printf(")\n");
}

static bool is_one_of(const char *word, const char *name, const char *letter)
{
    return strcmp(word, name) == 0 || strcmp(word, letter) == 0;
}

static br_exit run(const br_command *c, int argc, char **argv)
{
    br_page page = { .out = stdout };
    br_exit code = BR_EXIT_DONE;
    br_faults faults = { 0 };
    br_args args;

    br_args_parse(&args, argc, argv, br_command_options(c), &faults);
    if (args.help)
        br_help_command(&page, c, args.rest_count ? args.rest[0] : NULL);
    else
        code = c->run(&args, &faults);
    br_args_free(&args);
    br_faults_free(&faults);
    return code;
}

static br_exit do_as_told(int argc, char **argv)
{
    br_page page = { .out = argc < 2 ? stderr : stdout };
    const br_command *c;

    if (argc < 2 || is_one_of(argv[1], "--help", "-h")) {
        br_help_program(&page, br_commands);
        return argc < 2 ? BR_EXIT_USAGE : BR_EXIT_DONE;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        print_version();
        return BR_EXIT_DONE;
    }
    c = br_command_find(br_commands, argv[1]);
    if (!c)
        return br_command_unknown(br_commands, argv[1]);
    return run(c, argc - 2, argv + 2);
}

/* Else the next file that is opened would be standard output, say. Their use
 * fails, as that of a closed descriptor does. */
static void open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int unfit = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", unfit) != fd)
            abort();
    }
}

int main(int argc, char **argv)
{
    br_exit code;

    open_standard();
    argv = br_scrub(argc, argv);
    /* Few threads allocate at the same time: more arenas are waste. */
    mallopt(M_ARENA_MAX, 2);
    ce_descriptors_raise();
    code = do_as_told(argc, argv);
    if (code != BR_EXIT_DONE || (fflush(stdout) == 0 && !ferror(stdout)))
        return code;
    br_complain("cebridge: standard output cannot be written");
    return BR_EXIT_FAILED;
}
