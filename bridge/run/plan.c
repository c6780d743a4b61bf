/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a plan, and its end. */
#include "bridge/run/plan.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/transport/terms.h"

/* --- the inbox --- */

static ce_custody custody_of(const br_route_plan *r)
{
    return ce_custody_of(r->from.transport, r->from.settings);
}

bool br_route_source_fills_inbox(const br_route_plan *r)
{
    return !r->requests && custody_of(r) != CE_CUSTODY_NONE;
}

bool br_route_has_inbox(const br_route_plan *r)
{
    return r->inbox || br_route_source_fills_inbox(r);
}

bool br_route_keeps_order(const br_route_plan *r, const ce_receiver *source)
{
    return r->order == CE_ORDER_KEY &&
           (source->ordered || br_route_has_inbox(r));
}

bool br_route_flushes_inbox(const br_route_plan *r)
{
    return custody_of(r) == CE_CUSTODY_FLUSHED;
}

static ce_promise promise_of_source(const br_route_plan *r)
{
    ce_role role = r->requests ? CE_ROLE_RESPONDER : CE_ROLE_RECEIVER;

    return ce_promise_of(r->from.transport, role, r->from.settings);
}

bool br_route_can_take_again(const br_route_plan *r)
{
    return br_route_has_inbox(r) ||
           promise_of_source(r).level == CE_AT_LEAST_ONCE;
}

/* --- the listener --- */

bool br_route_shares_listener(const br_route_plan *a, const br_route_plan *b)
{
    const ce_transport *t = a->from.transport;

    return t == b->from.transport && t->share &&
           t->share(a->from.settings, b->from.settings, NULL) == CE_OK;
}

/* --- promises --- */

/* The weakest; of equals one that leaves something out. */
static ce_promise promise_of_sinks(const br_route_plan *r)
{
    ce_promise weakest = { .level = CE_AT_LEAST_ONCE };

    for (unsigned i = 0; i < r->sinks; i++) {
        ce_promise p = ce_promise_of(r->to[i].transport, CE_ROLE_SENDER,
                                     r->to[i].settings);

        if (p.level > weakest.level ||
            (p.level == weakest.level && !weakest.but))
            weakest = p;
    }
    return weakest;
}

static ce_promise promise_of_inbox(const br_route_plan *r)
{
    ce_promise p = {
        .level = CE_AT_LEAST_ONCE,
        .text = "the inbox keeps what the source has been told is safe"
    };

    if (br_route_flushes_inbox(r))
        p.text = "the inbox is flushed to disk before the source has its "
                 "confirmation";
    return p;
}

ce_promise br_route_promise(const br_route_plan *r)
{
    ce_promise source = promise_of_source(r), sinks = promise_of_sinks(r);

    /* A reply shows that the sink had the request, however it was sent. */
    if (r->requests)
        return source;
    if (sinks.level != CE_AT_LEAST_ONCE)
        return sinks;
    /* What was lost before it came here, no inbox brings back. */
    if (br_route_has_inbox(r) && source.level != CE_AT_MOST_ONCE)
        return promise_of_inbox(r);
    return source;
}

/* A source that answers has said so. A reply says it too, and an inbox keeps
 * refused events. */
static bool only_logs_refused(const br_route_plan *r)
{
    return !r->dead_letter.transport && !r->requests &&
           !r->from.transport->answers && !br_route_has_inbox(r);
}

static const char *of_inbox(const br_route_plan *r)
{
    return !r->requests && br_route_has_inbox(r) && !br_route_flushes_inbox(r)
               ? "may lose on power failure because the inbox is not flushed"
               : NULL;
}

static const char *of_source(const br_route_plan *r)
{
    return promise_of_source(r).but;
}

static const char *of_sinks(const br_route_plan *r)
{
    return r->requests ? NULL : promise_of_sinks(r).but;
}

/* The source hears success when its letter is handed over. */
static ce_promise promise_of_letters(const br_route_plan *r)
{
    const br_endpoint_plan *to = &r->dead_letter;

    if (!to->transport)
        return (ce_promise){ .level = CE_AT_LEAST_ONCE };
    return ce_promise_of(to->transport, CE_ROLE_SENDER, to->settings);
}

static const char *of_letters(const br_route_plan *r)
{
    ce_promise p = promise_of_letters(r);

    /* Once is enough. */
    return p.level == CE_AT_LEAST_ONCE && p.but != of_sinks(r) ? p.but : NULL;
}

static const char *of_lost_letters(const br_route_plan *r)
{
    ce_promise p = promise_of_letters(r);

    return p.level == CE_AT_LEAST_ONCE ? NULL : p.text;
}

static const char *of_refused(const br_route_plan *r)
{
    return only_logs_refused(r) ? "refused events are only logged" : NULL;
}

void br_route_promise_text(char out[BR_PROMISE_TEXT], const br_route_plan *r)
{
    /* What a promise of at least once leaves out, by its weight. */
    static const struct {
        const char *begin;
        const char *(*of)(const br_route_plan *r);
    } exceptions[] = {
        { "", of_source },
        { "", of_inbox },
        { "", of_sinks },
        { "dead letters are at most once because ", of_lost_letters },
        { "for dead letters it ", of_letters },
        { "", of_refused },
    };
    ce_promise p = br_route_promise(r);
    const char *joint = ", but ";
    size_t len = 13;

    if (p.level != CE_AT_LEAST_ONCE) {
        snprintf(out, BR_PROMISE_TEXT, "at most once%s%s",
                 p.text ? " because " : "", p.text ? p.text : "");
        return;
    }
    snprintf(out, BR_PROMISE_TEXT, "at least once");
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        const char *text = exceptions[i].of(r);

        if (!text)
            continue;
        len += (size_t)snprintf(out + len, BR_PROMISE_TEXT - len, "%s%s%s",
                                joint, exceptions[i].begin, text);
        joint = ", and ";
    }
    snprintf(out + len, BR_PROMISE_TEXT - len, "%s%s", p.text ? ": " : "",
             p.text ? p.text : "");
}

void br_sink_name(char out[BR_SINK_NAME], const br_route_plan *r,
                  unsigned index)
{
    if (r->to[index].name)
        snprintf(out, BR_SINK_NAME, "%s", r->to[index].name);
    else
        snprintf(out, BR_SINK_NAME, "%u", index + 1);
}

/* --- places --- */

ce_status br_route_blame(const br_route_plan *r, const br_endpoint_plan *e,
                         ce_status status, ce_error *err)
{
    if (status == CE_OK || !r->file || !err)
        return status;
    return ce_fail(err, status, "%s:%u: %s: %s", r->file, e ? e->line : r->line,
                   r->name, err->text);
}

ce_status br_route_judge_end(const br_route_plan *r, const ce_health *source,
                             ce_error *err)
{
    if (source->up)
        return CE_OK;
    return br_route_blame(
        r, &r->from,
        ce_fail(err, CE_EIO, "%s: %s", source->label, source->reason), err);
}

static bool has_label(const br_endpoint_plan *e, const char *label)
{
    return e->settings && strcmp(ce_settings_label(e->settings), label) == 0;
}

unsigned br_route_line(const br_route_plan *r, const char *label)
{
    if (!label)
        return 0;
    for (unsigned i = 0; i < r->sinks; i++)
        if (has_label(&r->to[i], label))
            return r->to[i].line;
    if (has_label(&r->dead_letter, label))
        return r->dead_letter.line;
    return has_label(&r->from, label) ? r->from.line : 0;
}

/* --- the end --- */

static void free_end(br_endpoint_plan *e)
{
    ce_settings_close(e->settings);
    ce_free(e->name);
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
    ce_free(p->file);
    ce_settings_close(p->admin);
    *p = (br_plan){ 0 };
}
