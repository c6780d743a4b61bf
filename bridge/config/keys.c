/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of keys, and how a key's value is read. */
#include "bridge/config/keys.h"

#include <string.h>

const ce_option br_top_options[] = {
    { "routes", CE_OPT_TEXT, NULL, "ROUTES", 0, 0,
      "the routes by their names, required" },
    { "admin", CE_OPT_TEXT, NULL, "URL", 0, 0,
      "http://HOST:PORT or unix:PATH that serves /livez, /readyz and "
      "/metrics" },
    { "grace", CE_OPT_TIME, "30s", NULL, 0, 0,
      "how long the end waits for what is in flight" },
    { "log", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr, or { level, format }" },
    CE_OPTION_END,
};

const ce_option br_route_options[] = {
    { "from", CE_OPT_TEXT, NULL, "SOURCE", 0, 0, "the source, required" },
    { "to", CE_OPT_TEXT, NULL, "SINKS", 0, 0,
      "the sink, or a list of sinks; required" },
    { "wrap", CE_OPT_TEXT, NULL, "WRAP", 0, 0,
      "attributes that make plain messages events" },
    { "upgrade", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "make CloudEvents 1.0 of events of version 0.3" },
    { "trace", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "take traceparent and tracestate from messages, and show them to sinks" },
    { "filter", CE_OPT_TEXT, NULL, "FILTER", 0, 0,
      "CESQL text, a dialect, or a list: only what passes goes on" },
    { "set", CE_OPT_TEXT, NULL, "NAME=TEMPLATE", 0, 0,
      "attributes to set, as templates" },
    { "dedup", CE_OPT_TEXT, NULL, "N|true", 0, 0,
      "drops events that the sink had among the last so many, or true" },
    { "retry", CE_OPT_TEXT, NULL, "RETRY", 0, 0,
      "how what was not delivered is tried again" },
    { "order", CE_OPT_CHOICE, "key", "key|none", 0, 0,
      "whether events with one key keep their order" },
    { "dead_letter", CE_OPT_TEXT, NULL, "SINK", 0, 0,
      "where refused events go, with the reason" },
    { "inbox", CE_OPT_TEXT, NULL, "DIR", 0, 0,
      "directory that stores events before they are confirmed" },
    { "inbox_refused", CE_OPT_SIZE, "256MiB", NULL, 65536, (int64_t)1 << 40,
      "room for refused events in the inbox" },
    { "inbox_damaged", CE_OPT_CHOICE, "stop", "stop|salvage", 0, 0,
      "what to do with a damaged inbox: salvage goes on with the rest" },
    { "request", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "ask the sink for a reply, and answer the source with it" },
    /* A loop has a thread: far more than processors only cost memory. */
    { "workers", CE_OPT_INTEGER, "1", NULL, 1, 256,
      "event loops side by side" },
    CE_OPTION_END,
};

const ce_option br_log_options[] = {
    { "level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    { "format", CE_OPT_CHOICE, "text", "text|json|journal", 0, 0,
      "how; text is journal where stderr leads there" },
    CE_OPTION_END,
};

const ce_option br_retry_options[] = {
    /* At most an hour before the first attempt, and a day before a later
     * one. */
    { "base", CE_OPT_TIME, "100ms", NULL, 1, 3600000,
      "the longest first pause; it doubles with each attempt" },
    { "cap", CE_OPT_TIME, "30s", NULL, 1, 86400000, "the longest pause" },
    { "max_attempts", CE_OPT_INTEGER, "0", NULL, 0, 1000000,
      "sends before an event is given up, 0 for no limit" },
    { "max_age", CE_OPT_TIME, "0s", NULL, 0, 0,
      "time before an event is given up, 0s for no limit" },
    { "statuses", CE_OPT_TEXT, NULL, "STATUS=WORD,...", 0, 0,
      "statuses that mean something else: 409=retry,503=refuse" },
    CE_OPTION_END,
};

const ce_option br_wrap_options[] = {
    { "type", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's type, required" },
    { "source", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's source, required" },
    { "id", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the event's id; without it one is made" },
    { "subject", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's subject" },
    { "time", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's time" },
    { "datacontenttype", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the media type of the data" },
    CE_OPTION_END,
};

/* --- values --- */

bool br_config_is_text(const br_node *n, br_faults *faults)
{
    if (n->kind == BR_NODE_SCALAR)
        return true;
    /* YAML takes {topic} for a mapping with one key and no value. */
    if (n->kind == BR_NODE_MAP && n->first && !n->first->next &&
        n->first->kind == BR_NODE_SCALAR && !n->first->text[0]) {
        br_fault(faults, n, "\"%s\" has to be a text: quote it, \"{%s}\"",
                 n->key ? n->key : "item", n->first->key);
        return false;
    }
    br_fault(faults, n, "\"%s\" has to be a text", n->key ? n->key : "item");
    return false;
}

/* What other programs call it. */
static const char *other_name_of(const ce_option *table, const char *name)
{
    static const struct {
        const char *theirs, *ours;
    } rows[] = {
        { "source", "from" },     { "input", "from" },
        { "sink", "to" },         { "output", "to" },
        { "target", "to" },       { "destination", "to" },
        { "dlq", "dead_letter" }, { "transform", "set" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].theirs, name) == 0 &&
            ce_option_find(table, rows[i].ours))
            return rows[i].ours;
    return NULL;
}

bool br_config_check_keys(const br_node *map, const ce_option *table,
                          br_faults *faults)
{
    bool fine = map->kind == BR_NODE_MAP;

    if (!fine)
        br_fault(faults, map, "\"%s\" has to be a mapping: { %s: ... }",
                 map->key, table->name);
    for (const br_node *n = fine ? map->first : NULL; n; n = n->next) {
        const char *nearest;

        if (ce_option_find(table, n->key))
            continue;
        fine = false;
        nearest = other_name_of(table, n->key);
        if (!nearest)
            nearest = ce_option_nearest(table, n->key);
        if (nearest)
            br_fault(faults, n, "unknown option \"%s\", did you mean \"%s\"?",
                     n->key, nearest);
        else
            br_fault(faults, n, "unknown option \"%s\"", n->key);
    }
    return fine;
}

const char *br_config_text(const br_node *map, const ce_option *table,
                           const char *key, br_faults *faults)
{
    const ce_option *o = ce_option_find(table, key);
    const br_node *n = br_node_find(map, key);
    ce_error err;

    if (!n || !br_config_is_text(n, faults))
        return o->preset;
    if (ce_option_check(o, n->text, &err) == CE_OK)
        return n->text;
    br_fault(faults, n, "%s", err.text);
    return o->preset;
}

uint64_t br_config_bytes(const br_node *map, const ce_option *table,
                         const char *key, br_faults *faults)
{
    uint64_t bytes = 0;

    if (ce_parse_bytes(br_config_text(map, table, key, faults), &bytes) !=
        CE_OK)
        return 0;
    return bytes;
}

uint64_t br_config_ms(const br_node *map, const ce_option *table,
                      const char *key, br_faults *faults)
{
    uint64_t ms = 0;

    /* A text that is no time has been reported and replaced already. */
    if (ce_parse_ms(br_config_text(map, table, key, faults), &ms) != CE_OK)
        return 0;
    return ms;
}

/* The table has checked the name: what is none of the others is "debug". */
ce_level br_config_level(const char *name)
{
    for (int level = CE_ERROR; level < CE_DEBUG; level++)
        if (strcmp(name, ce_level_name((ce_level)level)) == 0)
            return (ce_level)level;
    return CE_DEBUG;
}

br_log_form br_config_log_form(const char *name)
{
    if (strcmp(name, "json") == 0)
        return BR_LOG_JSON;
    return strcmp(name, "journal") == 0 ? BR_LOG_JOURNAL : BR_LOG_TEXT;
}
