/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge send: one event from options, or many from standard input. */
#include "bridge/commands/commands.h"

#include <stdio.h>

#include "bridge/cli/event_options.h"
#include "bridge/cli/help.h"
#include "bridge/commands/submit.h"

static const char usage[] = "cebridge send [options] SINK [-]";

static const ce_option options[] = {
    BR_EVENT_OPTIONS,
    /* At most a day: a longer one is surely a mistake. */
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long delivery is tried" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

static void help(void)
{
    br_help_begin(stdout, usage,
                  "Sends one event that the options describe, or with "
                  "\"-\" the events of standard input (structured JSON, "
                  "one a line). It ends when the sink has confirmed.");
    br_help_options(stdout, options);
    printf("  --help                      this text\n");
    br_help_exits(stdout);
    br_help_endpoints(stdout, BR_HELP_SINKS, NULL);
    printf("\nExamples:\n"
           "  cebridge send http://localhost:8080/events \\\n"
           "      --type com.example.hi --source /me \\\n"
           "      --data '{\"a\":1}' --content-type application/json\n"
           "  cebridge send kafka://localhost:9092/events - < "
           "events.ndjson\n");
}

br_exit br_command_send(int argc, char **argv)
{
    br_faults faults = { 0 };
    br_exit code = BR_EXIT_DONE;
    br_args args;

    br_args_parse(&args, argc, argv, options, &faults);
    if (args.help)
        help();
    else
        code = br_submit(&args, options, usage, NULL, &faults);
    br_args_free(&args);
    br_faults_free(&faults);
    return code;
}
