/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge request: one event from options, or many from standard input, and
 * their replies as lines. */
#include "bridge/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/log.h>

#include "bridge/cli/event_options.h"
#include "bridge/cli/json_line.h"
#include "bridge/commands/submit.h"

static const char usage[] = "cebridge request [options] SINK [-]";

static const ce_option options[] = {
    BR_EVENT_OPTIONS,
    { "timeout", CE_OPT_TIME, "10s", NULL, 1000, 86400000,
      "how long the reply is waited for" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

/* Flushes each line: a script may read replies while others are awaited. */
static void write_reply(const ce_message *reply, ce_arena *arena)
{
    const ce_message *m;
    ce_message tmp;
    ce_error err;

    if (ce_message_as(reply, CE_MODE_STRUCTURED, &ce_format_json, arena, &tmp,
                      &m, &err) != CE_OK)
        ce_log(CE_ERROR, "the reply is no valid event: %s", err.text);
    else if (br_json_line(m->body, stdout) != CE_OK || fflush(stdout) != 0)
        ce_log(CE_ERROR, "standard output: %s", strerror(errno));
}

static void ask_for_replies(br_route_plan *r, const br_args *args,
                            br_faults *faults)
{
    const ce_transport *to = r->to[0].transport;

    (void)args;
    r->requests = true;
    r->replied = write_reply;
    r->retry.only_unsent = true;
    if (!to->requester)
        br_fault(faults, NULL, "SINK: %s cannot be asked for replies",
                 to->name);
}

static br_exit run(br_args *args, br_faults *faults)
{
    return br_submit(args, options, usage, ask_for_replies, faults);
}

const br_command br_command_request = {
    .name = "request",
    .summary = "events as send does, and their replies on standard output",
    .usage = usage,
    .about = "Sends one event that the options describe, waits for the "
             "event that answers it, and writes that one to standard "
             "output as a line of structured JSON. When the sink is done "
             "and answers nothing, it ends with 0 and without a line. It "
             "tries again only while there is no connection: what the sink "
             "may have seen is never sent twice. "
             "With \"-\" it does so for every event of standard input, as "
             "the replies come.",
    .options = options,
    .help = br_submit_help,
    .examples =
        "  cebridge request http://localhost:8080/orders \\\n"
        "      --type com.example.order.get --source /me --subject 4711\n"
        "  cebridge request kafka://localhost:9092/orders \\\n"
        "      --type com.example.order.get --source /me --timeout 3s\n",
    .run = run,
};
