/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/witness.h"

#include <string.h>

#include "core/cesql/filter.h"
#include "core/event/attr.h"

typedef struct witness {
    ce_stage stage;
    br_testimony *testimony;
    const char *name;
} witness;

typedef struct goal {
    ce_stage stage;
    br_testimony *testimony;
    const br_endpoint_plan *to;
} goal;

static void tell(br_testimony *t, const char *outcome, const ce_buf *why)
{
    if (t->stage)
        t->tell(t->arg, t->stage, outcome, ce_buf_slice(why));
    t->stage = NULL;
}

/* --- a stage that passes the event on --- */

static ce_status add_change(ce_buf *out, const ce_attr *a)
{
    return ce_buf_printf(out, "%s%.*s = \"%.*s\"", out->len ? ", " : "",
                         CE_ARG(a->name), CE_ARG(a->text));
}

static ce_status add_removal(ce_buf *out, const ce_attr *a)
{
    return ce_buf_printf(out, "%sno %.*s", out->len ? ", " : "",
                         CE_ARG(a->name));
}

/* The attributes of NOW that BEFORE has not, or with another value. */
static ce_status add_changes(ce_buf *out, const ce_attrs *before,
                             const ce_attrs *now)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < now->len && status == CE_OK; i++) {
        const ce_attr *was = ce_attrs_find(before, now->at[i].name);

        if (!was || !ce_slice_eq(was->text, now->at[i].text))
            status = add_change(out, &now->at[i]);
    }
    for (unsigned i = 0; i < before->len && status == CE_OK; i++)
        if (!ce_attrs_find(now, before->at[i].name))
            status = add_removal(out, &before->at[i]);
    return status;
}

/* Of the others it is of interest what they have changed. */
static const char *words_for(const br_testimony *t)
{
    if (!strcmp(t->stage, "check") && t->had_event)
        return "a valid event";
    if (!strcmp(t->stage, "filter"))
        return "it matches";
    if (!strcmp(t->stage, "dedup"))
        return "the first with its source and id";
    return NULL;
}

static void tell_passed(br_testimony *t, const ce_event *now)
{
    const char *words = words_for(t);
    ce_buf why = { 0 };
    ce_status status;

    if (words)
        status = ce_buf_append(&why, ce_slice_of(words));
    else
        status = add_changes(&why, &t->before.attrs, &now->attrs);
    if (status == CE_OK && !why.len)
        status = ce_buf_append(&why, CE_SLICE("nothing to change"));
    (void)status; /* the outcome is right with fewer words, too */
    tell(t, "passed", &why);
    ce_buf_free(&why);
}

/* --- a stage that does not --- */

static bool is_filtered(const ce_result *r)
{
    return r->verdict == CE_ACK && r->fate == CE_FILTERED;
}

static const char *outcome_of(const ce_result *r)
{
    if (is_filtered(r))
        return "filtered";
    return r->verdict == CE_NACK ? "refused" : "undelivered";
}

static void tell_settled(br_testimony *t, ce_delivery *d, const ce_result *r)
{
    ce_buf why = { 0 };
    ce_status status;

    if (is_filtered(r) && t->had_event)
        status = ce_filter_explain(t->filter, &t->before, d->arena, &why);
    else
        status = ce_buf_append(&why, ce_slice_of(r->reason));
    (void)status;
    t->refused |= r->verdict != CE_ACK;
    tell(t, outcome_of(r), &why);
    ce_buf_free(&why);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    witness *w = h->self;

    if (w->testimony->stage == w->name)
        tell_settled(w->testimony, d, r);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    witness *w = (witness *)stage;
    br_testimony *t = w->testimony;
    const ce_event *now = d->message.mode ? ce_delivery_event(d, NULL) : NULL;

    if (t->stage && now)
        tell_passed(t, now);
    /* A letter that is tried again says nothing new. */
    t->stage = d->insists ? NULL : w->name;
    t->had_event = now != NULL;
    t->before = now ? *now : (ce_event){ 0 };
    ce_delivery_hook(d, settled, w, 0);
    ce_push(stage->next, d);
}

static const ce_stage_ops witness_ops = {
    .name = "witness",
    .push = push,
    .close = ce_stage_free,
};

ce_status br_witness_stage(ce_stage **out, ce_stage *next, br_testimony *t,
                           const char *name)
{
    witness *w = ce_stage_new(sizeof *w, &witness_ops, next);

    if (!w)
        return CE_ENOMEM;
    w->testimony = t;
    w->name = name;
    *out = &w->stage;
    return CE_OK;
}

/* --- the end --- */

static ce_status aim(const goal *g, ce_delivery *d, ce_buf *why, ce_error *err)
{
    const br_endpoint_plan *to = g->to;
    ce_status status =
        ce_buf_printf(why, "%s mode to %s", ce_mode_name(d->message.mode),
                      ce_settings_label(to->settings));

    if (status == CE_OK && to->transport->aim)
        status = ce_buf_append(why, CE_SLICE(": "));
    if (status != CE_OK)
        return ce_no_memory(err);
    return to->transport->aim ? to->transport->aim(to->settings, d, why, err)
                              : CE_OK;
}

static void arrive(ce_stage *stage, ce_delivery *d)
{
    goal *g = (goal *)stage;
    ce_buf why = { 0 };
    ce_error err;
    ce_status status = aim(g, d, &why, &err);

    if (status == CE_OK)
        tell(g->testimony, "sent", &why);
    ce_buf_free(&why);
    if (status == CE_OK)
        ce_settle_ack(d, CE_DELIVERED);
    else if (status == CE_ENOENT)
        ce_settle_nack(d, 0, err.text);
    else
        ce_settle_undelivered(d, 0, 0, err.text);
}

static const ce_stage_ops goal_ops = {
    .name = "goal",
    .push = arrive,
    .close = ce_stage_free,
};

ce_status br_goal_stage(ce_stage **out, br_testimony *t,
                        const br_endpoint_plan *to)
{
    goal *g = ce_stage_new(sizeof *g, &goal_ops, NULL);

    if (!g)
        return CE_ENOMEM;
    g->testimony = t;
    g->to = to;
    *out = &g->stage;
    return CE_OK;
}
