/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a plan, and its end. */
#include "bridge/run/plan.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

static const char *option(const ce_settings *s, const ce_option *table,
                          const char *name)
{
    const char *text = NULL;

    if (ce_option_find(table, name))
        text = ce_settings_text(s, name);
    return text ? text : "";
}

static const char *source_option(const br_route_plan *r, const char *name)
{
    return option(r->from.settings, r->from.transport->receiver_options, name);
}

bool br_route_takes_custody(const br_route_plan *r)
{
    return r->from.transport->needs_inbox && !r->requests &&
           strcmp(source_option(r, "inbox"), "off") != 0;
}

bool br_route_has_inbox(const br_route_plan *r)
{
    return r->inbox || br_route_takes_custody(r);
}

bool br_route_source_holds(const br_route_plan *r)
{
    if (br_route_has_inbox(r))
        return true;
    return !r->from.transport->needs_inbox &&
           strcmp(ce_settings_scheme(r->from.settings), "-") != 0;
}

/* --- promises --- */

static bool sink_may_lose(const br_endpoint_plan *to)
{
    const ce_option *table = to->transport->sender_options;

    return strcmp(option(to->settings, table, "qos"), "0") == 0 ||
           strcmp(option(to->settings, table, "rdkafka.acks"), "0") == 0;
}

static const char *promise_of_source(const br_route_plan *r)
{
    const char *kind = r->from.transport->name;

    if (strcmp(kind, "http") == 0)
        return "at least once: the sender is answered after the sink has "
               "confirmed";
    if (strcmp(kind, "kafka") == 0)
        return "at least once: an offset is stored after the sink has "
               "confirmed";
    if (strcmp(kind, "file") == 0)
        return "at least once: a run that was cut short begins again at the "
               "file's first line";
    return "at least once";
}

/* Whoever asks can ask again, and is told when it makes sense. */
static const char *promise_of_request(const br_route_plan *r)
{
    if (r->from.transport->needs_inbox)
        return "at most once: a request that is lost in a crash is not "
               "answered, and its requester may repeat it";
    if (strcmp(r->from.transport->name, "kafka") == 0)
        return "at least once: an offset is stored after the reply has been "
               "confirmed";
    return "at least once: the sender has the sink's reply, or hears that "
           "there is none and may repeat its request";
}

const char *br_route_guarantee(const br_route_plan *r)
{
    if (r->requests)
        return promise_of_request(r);
    for (unsigned i = 0; i < r->sinks; i++)
        if (sink_may_lose(&r->to[i]))
            return "at most once: the sink's broker does not confirm";
    if (strcmp(source_option(r, "qos"), "0") == 0)
        return "at most once: the source's broker sends with qos=0";
    if (br_route_has_inbox(r))
        return strcmp(source_option(r, "inbox"), "sync") == 0
                   ? "at least once: the inbox is flushed to disk before the "
                     "source has its confirmation"
                   : "at least once: the inbox keeps what the source has been "
                     "told is safe, but for a loss of power";
    if (r->from.transport->needs_inbox)
        return "at most once: without an inbox a message is confirmed before "
               "the sink has it";
    if (!br_route_source_holds(r))
        return "at most once: standard input cannot be read again after a "
               "crash";
    return promise_of_source(r);
}

/* --- the end --- */

static void free_end(br_endpoint_plan *e)
{
    ce_settings_close(e->settings);
}

void br_route_plan_free(br_route_plan *r)
{
    for (unsigned i = 0; i < r->sinks; i++)
        free_end(&r->to[i]);
    free_end(&r->from);
    free_end(&r->dead_letter);
    ce_free(r->to);
    ce_free(r->name);
    ce_free(r->state);
    ce_free(r->inbox);
    ce_edits_free(&r->wrap.attributes);
    ce_edits_free(&r->edits);
    ce_filter_free(r->filter);
    *r = (br_route_plan){ 0 };
}

void br_plan_free(br_plan *p)
{
    for (unsigned i = 0; i < p->count; i++)
        br_route_plan_free(&p->routes[i]);
    ce_free(p->routes);
    ce_free(p->admin);
    *p = (br_plan){ 0 };
}
