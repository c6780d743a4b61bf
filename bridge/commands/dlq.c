/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge dlq: dead letters listed, shown, sent again, and thrown away. */
#include "bridge/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/cli/relay_options.h"
#include "bridge/config/keys.h"
#include "bridge/commands/deadline.h"
#include "bridge/commands/letters.h"
#include "bridge/watch/console.h"
#include "core/cesql/filter.h"
#include "core/settings/state.h"
#include "core/settings/unset.h"
#include "core/transport/terms.h"

static const char usage[] =
    "cebridge dlq list SOURCE\n"
    "       cebridge dlq show SOURCE ID\n"
    "       cebridge dlq replay SOURCE SINK [--id ID | --filter E]\n"
    "       cebridge dlq drop SOURCE --id ID | --filter E | --all";

/* The words behind the verb, with SOURCE first. */
static const struct {
    const char *name;
    unsigned words;
} verbs[] = {
    [BR_LETTERS_LIST] = { "list", 1 },
    [BR_LETTERS_SHOW] = { "show", 2 },
    [BR_LETTERS_REPLAY] = { "replay", 2 },
    [BR_LETTERS_DROP] = { "drop", 1 },
};

static const ce_option options[] = {
    { "id", CE_OPT_TEXT, NULL, "ID", 0, 0, "only letters with this id" },
    { "filter", CE_OPT_TEXT, NULL, "CESQL", 0, 0,
      "CESQL text: only letters that pass" },
    { "all", CE_OPT_BOOLEAN, NULL, NULL, 0, 0, "drops every letter" },
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long the delivery of a letter is tried" },
    { "quiet", CE_OPT_TIME, "5s", NULL, 100, 86400000,
      "how long nothing comes from a source without an end, such as a "
      "subscription, until all is read" },
    { "longest", CE_OPT_TIME, "1m", NULL, 100, 86400000,
      "how long a subscription that is never quiet is read" },
    { "log_level", CE_OPT_CHOICE, "warning", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

typedef struct command {
    const br_args *args;
    br_faults *faults;
    br_letters letters;
    ce_filter *filter;
    const char *source, *inbox;
    char *state; /* where letters are that MQTT has delivered */
} command;

/* --- what is asked for --- */

static void find_verb(command *c)
{
    const char *name = c->args->rest_count ? c->args->rest[0] : "";

    for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(name, verbs[i].name) != 0)
            continue;
        c->letters.verb = (br_letters_verb)i;
        if (c->args->rest_count == verbs[i].words + 1)
            return;
    }
    br_fault_usage(c->faults, usage);
}

static void read_filter(command *c)
{
    const char *text = br_args_value(c->args, "filter");
    ce_error err;

    if (text && (ce_filter_sql(&c->filter, ce_slice_of(text), &err) != CE_OK ||
                 ce_filter_check_calls(c->filter, &err) != CE_OK))
        br_fault(c->faults, NULL, "--filter: %s", err.text);
    c->letters.filter = c->filter;
}

static void read_selection(command *c)
{
    bool is_drop = c->letters.verb == BR_LETTERS_DROP;
    bool is_all = br_args_flag(c->args, "all");
    unsigned given;

    c->letters.id = br_args_value(c->args, "id");
    read_filter(c);
    given = !!c->letters.id + !!br_args_value(c->args, "filter") + is_all;
    if (given > 1)
        br_fault(c->faults, NULL, "--id, --filter and --all: give one");
    else if (is_drop && !given)
        br_fault(c->faults, NULL, "drop: --id, --filter or --all is missing");
    else if (!is_drop && is_all)
        br_fault(c->faults, NULL, "--all: only drop has it");
    else if (given && c->letters.verb < BR_LETTERS_REPLAY)
        br_fault(c->faults, NULL,
                 "--id and --filter: only replay and drop "
                 "have them");
    if (c->letters.verb == BR_LETTERS_SHOW && !c->faults->count)
        c->letters.id = c->args->rest[2];
}

/* --- the route --- */

static bool is_reading(const command *c)
{
    return c->letters.verb < BR_LETTERS_REPLAY;
}

static void set(command *c, br_endpoint_plan *from, const char *name,
                const char *value)
{
    ce_error err;

    if (ce_option_find(from->transport->receiver_options, name) &&
        !ce_settings_has(from->settings, name) &&
        ce_settings_set(from->settings, name, value, &err) != CE_OK)
        br_fault(c->faults, NULL, "%s", err.text);
}

static bool is_named(const br_endpoint_plan *e, const char *name)
{
    return strcmp(e->transport->name, name) == 0;
}

static void check_drop(command *c, const br_endpoint_plan *from)
{
    if (c->letters.verb != BR_LETTERS_DROP)
        return;
    if (is_named(from, "file"))
        br_fault(c->faults, NULL,
                 "drop: %s: nothing is dropped there; inbox:DIR, Kafka and "
                 "MQTT can",
                 c->source);
    else if (is_named(from, "kafka") && !br_args_flag(c->args, "all"))
        br_fault(c->faults, NULL,
                 "drop: Kafka keeps its records, and only --all moves the "
                 "group's offset");
}

static br_patience patience_of(const command *c)
{
    return (br_patience){
        .quiet_ms = br_args_ms(c->args, options, "quiet"),
        .longest_ms = br_args_ms(c->args, options, "longest"),
    };
}

/* SOURCE has a group for replay and drop. */
static void read_without_group(command *c, br_endpoint_plan *from)
{
    set(c, from, "clean", "true");
    if (ce_settings_boolean(from->settings, "clean"))
        ce_settings_unset(from->settings, "group");
}

/* What a group has was there when it was asked, however much that is. */
static void read_kafka(command *c, br_endpoint_plan *from)
{
    set(c, from, "until_end", "true");
    if (is_reading(c)) {
        read_without_group(c, from);
        return;
    }
    c->letters.patience.quiet_ms = patience_of(c).quiet_ms;
    c->letters.holds = true;
    set(c, from, "max_in_flight", "65535");
}

/* What a broker sends to a subscriber that leaves nothing behind. */
static void read_retained(command *c, br_endpoint_plan *from)
{
    ce_error err;

    if (!is_reading(c))
        br_fault(c->faults, NULL,
                 "%s: with inbox=off MQTT gives no letter back",
                 verbs[c->letters.verb].name);
    else if (ce_leave_nothing(from->transport, from->settings, &err) != CE_OK)
        br_fault(c->faults, NULL, "%s", err.text);
    c->letters.patience = patience_of(c);
}

/* In a folder of their own: no route reads them. The broker has given them away
 * then, so each is taken whole, as large as MQTT allows. */
static void keep_letters(command *c, br_route_plan *r)
{
    br_inbox_letters letters = {
        .filler = r->from.transport,
        .patience = patience_of(c),
    };
    char name[CE_STATE_NAME];
    ce_error err;

    set(c, &r->from, "max_event_bytes", "256MiB");
    ce_state_name(name, "dlq", r->from.settings, r->from.transport->identity);
    ce_free(r->state);
    r->state = ce_strndup(name, strlen(name));
    if (!r->state)
        br_fault(c->faults, NULL, "out of memory");
    else if (br_route_inbox_dir(r, &c->state, &err) != CE_OK)
        br_fault(c->faults, NULL, "%s", err.text);
    letters.dir = c->state;
    br_inbox_letters_set(&letters);
    r->from.transport = &br_inbox_letters_transport;
}

static void read_inbox(const char *dir, br_endpoint_plan *from)
{
    br_inbox_letters_set(&(br_inbox_letters){ .dir = dir });
    from->transport = &br_inbox_letters_transport;
}

static void set_up_source(command *c, br_route_plan *r)
{
    br_endpoint_plan *from = &r->from;

    if (c->inbox)
        read_inbox(c->inbox, from);
    check_drop(c, from);
    if (is_named(from, "kafka"))
        read_kafka(c, from);
    else if (is_named(from, "mqtt") &&
             ce_custody_of(from->transport, from->settings) == CE_CUSTODY_NONE)
        read_retained(c, from);
    else if (is_named(from, "mqtt"))
        keep_letters(c, r);
    else if (!c->inbox && !is_named(from, "file"))
        br_fault(c->faults, NULL, "%s: holds no letters", c->source);
    br_letters_read(from, &c->letters);
}

static void make_plan(command *c, br_plan *plan)
{
    const char *level = br_args_value(c->args, "log_level");
    const char *sink = "-";
    const br_args none = { 0 };

    c->source = c->args->rest[1];
    if (strncmp(c->source, "inbox:", 6) == 0)
        c->inbox = c->source + 6;
    if (c->letters.verb == BR_LETTERS_REPLAY)
        sink = c->args->rest[2];
    br_relay_plan(plan, &none, c->inbox ? "-" : c->source, &sink, 1, c->faults);
    if (c->faults->count)
        return;
    plan->quiet = true;
    plan->is_filter = is_reading(c);
    plan->log = br_config_level(level ? level : "warning");
    br_deadline_set(&plan->routes[0], br_args_ms(c->args, options, "timeout"),
                    c->faults);
    set_up_source(c, &plan->routes[0]);
}

/* --- the end --- */

static br_exit judge(const command *c, br_exit code)
{
    const br_letters *l = &c->letters;

    if (fflush(stdout) || ferror(stdout)) {
        br_complain("cebridge: standard output cannot be written");
        return BR_EXIT_FAILED;
    }
    if (l->failed) {
        br_complain("cebridge: a letter cannot be shown");
        return BR_EXIT_FAILED;
    }
    if (l->is_cut_short) {
        br_complain("cebridge: the letters that are left where they are fill "
                    "the memory of a run: those behind them were not read");
        return BR_EXIT_FAILED;
    }
    if (code != BR_EXIT_DONE)
        return code;
    if (l->undelivered)
        return BR_EXIT_UNDELIVERED;
    if (l->refused || (l->unreadable && !l->id && !l->filter))
        return BR_EXIT_REFUSED;
    if (l->found || !l->id)
        return BR_EXIT_DONE;
    br_complain("cebridge: there is no letter with the id \"%s\"", l->id);
    return BR_EXIT_FAILED;
}

static br_exit run(br_args *args, br_faults *faults)
{
    command c = { .args = args, .faults = faults };
    br_exit code = BR_EXIT_USAGE;
    br_plan plan = { 0 };

    if (!faults->count)
        find_verb(&c);
    if (!faults->count)
        read_selection(&c);
    if (!faults->count)
        make_plan(&c, &plan);
    if (!br_faults_show(faults)) {
        br_console_open(plan.log, plan.log_form);
        code = judge(&c, br_supervise(&plan));
    }
    br_plan_free(&plan);
    ce_free(c.state);
    ce_filter_free(c.filter);
    return code;
}

const br_command br_command_dlq = {
    .name = "dlq",
    .summary = "dead letters: list, show, replay, drop",
    .usage = usage,
    .about = "SOURCE is the dead_letter target of a route, or inbox:DIR "
             "for what an inbox keeps as refused. Letters that come while it "
             "is read are for the next run. list and show remove no "
             "letter, and read Kafka without the group (group=). replay sends "
             "each event as it was refused; a letter that was delivered is "
             "removed from an inbox, and the group's offset passes it on "
             "Kafka, while a file keeps its lines. drop removes letters of an "
             "inbox; on Kafka it moves the offset to the end (--all). What "
             "MQTT has delivered to the session of this command (client_id=) "
             "is kept in an inbox in the state directory.",
    .options = options,
    .examples = "  cebridge dlq list kafka://localhost:9092/events.dlq\n"
                "  cebridge dlq replay inbox:/var/lib/cebridge/devices \\\n"
                "      https://service.example/hook\n",
    .run = run,
};
