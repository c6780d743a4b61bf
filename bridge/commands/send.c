/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge send: one event from options, or many from standard input. */
#include "bridge/commands/commands.h"

#include "bridge/cli/event_options.h"
#include "bridge/commands/submit.h"

static const char usage[] = "cebridge send [options] SINK [-]";

static const ce_option options[] = {
    BR_EVENT_OPTIONS,
    { "wrap.", CE_OPT_FAMILY, NULL, NULL, 0, 0,
      "--wrap.type T, --wrap.source S, ...: make events of lines of text" },
    /* At most a day: a longer one is surely a mistake. */
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long delivery is tried" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

static br_exit run(br_args *args, br_faults *faults)
{
    return br_submit(args, options, usage, NULL, faults);
}

const br_command br_command_send = {
    .name = "send",
    .summary = "one event from options, or many from standard input",
    .usage = usage,
    .about = "Sends one event that the options describe, or with \"-\" the "
             "events of standard input (structured JSON, one a line). With "
             "--wrap its lines are texts, and become the data of events. It "
             "ends when the sink has confirmed.",
    .options = options,
    .help = br_submit_help,
    .examples =
        "  cebridge send http://localhost:8080/events \\\n"
        "      --type com.example.hi --source /me \\\n"
        "      --data '{\"a\":1}' --content-type application/json\n"
        "  cebridge send kafka://localhost:9092/events - < events.ndjson\n"
        "  cebridge send --wrap.type com.example.line --wrap.source /log \\\n"
        "      http://localhost:8080/events - < /var/log/messages\n",
    .run = run,
};
