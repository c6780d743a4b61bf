/* SPDX-License-Identifier: Apache-2.0 */
/* Without memory the outcome is told, and its words may be missing. */
#include "bridge/explain/testimony.h"

#include "core/cesql/filter.h"
#include "core/event/attr.h"

void br_testimony_tell(br_testimony *t, const char *outcome, ce_slice why)
{
    if (t->stage)
        t->tell(t->arg, t->stage, outcome, why);
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

static bool had_event(const br_testimony *t)
{
    return t->before.attrs.len > 0;
}

static ce_slice words_for(const br_testimony *t, const ce_event *now,
                          ce_buf *room)
{
    if (t->words && had_event(t))
        return ce_slice_of(t->words);
    if (add_changes(room, &t->before.attrs, &now->attrs) != CE_OK)
        ce_buf_clear(room);
    return room->len ? ce_buf_slice(room) : CE_SLICE("nothing to change");
}

static void tell_passed(br_testimony *t, const ce_event *now)
{
    ce_buf room = { 0 };

    br_testimony_tell(t, "passed", words_for(t, now, &room));
    ce_buf_free(&room);
}

/* The next stage may replace the message, and what was read of it. */
static void keep(br_testimony *t, ce_delivery *d, const ce_event *now)
{
    if (!now || ce_event_copy(now, d->arena, &t->before) != CE_OK)
        t->before = (ce_event){ 0 };
}

void br_testimony_enter(br_testimony *t, ce_delivery *d, const char *stage,
                        const char *words)
{
    const ce_event *now = d->message.mode ? ce_delivery_event(d, NULL) : NULL;

    if (t->stage && now)
        tell_passed(t, now);
    t->stage = stage;
    t->words = words;
    keep(t, d, now);
}

/* --- a stage that does not --- */

static void tell_filtered(br_testimony *t, ce_delivery *d)
{
    ce_buf why = { 0 };

    if (!had_event(t) ||
        ce_filter_explain(t->filter, &t->before, d->arena, &why) != CE_OK)
        ce_buf_clear(&why);
    br_testimony_tell(t, "filtered", ce_buf_slice(&why));
    ce_buf_free(&why);
}

void br_testimony_end(br_testimony *t, ce_delivery *d, const ce_result *r)
{
    if (r->verdict == CE_ACK && r->fate == CE_FILTERED) {
        tell_filtered(t, d);
        return;
    }
    t->refused |= r->verdict != CE_ACK;
    br_testimony_tell(t, r->verdict == CE_NACK ? "refused" : "undelivered",
                      ce_slice_of(r->reason));
}
