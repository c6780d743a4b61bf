/* SPDX-License-Identifier: Apache-2.0 */
/* Sets attributes from templates; the data is not touched.
 *
 * All templates see the event as it came, so their order means nothing. A
 * change removes the event's signature, because it would not be valid any
 * more. */
#include "core/stages/stages.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/message/envelope.h"

static const ce_slice datacontenttype = CE_SLICE("datacontenttype");
static const ce_slice signature = CE_SLICE("dssematerial");

typedef struct transform {
    ce_stage stage;
    const ce_edits *edits;
} transform;

static ce_status expand(const ce_edits *edits, ce_delivery *d,
                        const ce_event *e, ce_attr **out, ce_error *err)
{
    *out = ce_arena_alloc(d->arena, (edits->len + 1) * sizeof **out);
    if (!*out)
        return ce_no_memory(err);
    for (unsigned i = 0; i < edits->len; i++) {
        ce_status status = ce_edit_expand(&edits->at[i], d, e, &(*out)[i], err);

        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

/* The array may belong to the receiver or to another view: edit a copy. */
static ce_status copy(ce_attrs *attrs, unsigned extra, ce_arena *arena)
{
    unsigned cap = attrs->len + extra;
    ce_attr *at = ce_arena_alloc(arena, (cap + 1) * sizeof *at);

    if (!at)
        return CE_ENOMEM;
    if (attrs->len)
        memcpy(at, attrs->at, attrs->len * sizeof *at);
    attrs->at = at;
    attrs->cap = cap;
    return CE_OK;
}

static void set(ce_attrs *attrs, const ce_attr *a)
{
    for (unsigned i = 0; i < attrs->len; i++)
        if (ce_slice_eq(attrs->at[i].name, a->name)) {
            attrs->at[i] = *a;
            return;
        }
    attrs->at[attrs->len++] = *a;
}

static void drop(ce_attrs *attrs, ce_slice name)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < attrs->len; i++)
        if (!ce_slice_eq(attrs->at[i].name, name))
            attrs->at[kept++] = attrs->at[i];
    attrs->len = kept;
}

/* Whether E has a signature that the edits neither keep valid nor replace. It
 * covers core attributes, data, and the extensions that its maker has chosen,
 * which might be any. */
static bool breaks_signature(const ce_event *e, const ce_attr *edits,
                             unsigned count)
{
    bool changes = false;

    if (!ce_attrs_find(&e->attrs, signature))
        return false;
    for (unsigned i = 0; i < count; i++) {
        const ce_attr *a = ce_attrs_find(&e->attrs, edits[i].name);

        if (ce_slice_eq(edits[i].name, signature))
            return false;
        changes |= !a || !ce_slice_eq(a->text, edits[i].text);
    }
    return changes;
}

static ce_status edit_binary(const ce_attr *edits, unsigned count,
                             const ce_event *e, ce_arena *arena, ce_message *m)
{
    if (copy(&m->attrs, count, arena) != CE_OK)
        return CE_ENOMEM;
    if (breaks_signature(e, edits, count))
        drop(&m->attrs, signature);
    for (unsigned i = 0; i < count; i++) {
        if (ce_slice_eq(edits[i].name, datacontenttype))
            m->content_type = edits[i].text;
        else
            set(&m->attrs, &edits[i]);
    }
    return CE_OK;
}

/* What an edit has made of E that its format cannot write. */
static ce_status name_defect(const ce_event *e, const ce_format *f,
                             ce_error *err)
{
    ce_status status = ce_event_check(e, err);

    if (status != CE_OK)
        return status;
    return ce_envelope_check(e, f, err);
}

static ce_status edit_structured(const ce_attr *edits, unsigned count,
                                 ce_event e, ce_arena *arena, ce_message *m,
                                 ce_error *err)
{
    const ce_format *f = m->format;
    ce_slice key = m->key;
    bool breaks = breaks_signature(&e, edits, count);
    ce_status status;

    if (copy(&e.attrs, count, arena) != CE_OK)
        return CE_ENOMEM;
    if (breaks)
        drop(&e.attrs, signature);
    for (unsigned i = 0; i < count; i++) {
        /* The same bytes under another name: the format looks anew. */
        if (ce_slice_eq(edits[i].name, datacontenttype) &&
            e.data_kind != CE_DATA_NONE)
            e.data_kind = CE_DATA_BYTES;
        set(&e.attrs, &edits[i]);
    }
    status = ce_message_encode(&e, CE_MODE_STRUCTURED, f, arena, m);
    m->key = key;
    if (status == CE_OK || status == CE_ENOMEM)
        return status;
    return name_defect(&e, f, err);
}

static ce_status edit(const transform *s, ce_delivery *d, ce_error *err)
{
    const ce_event *e = ce_delivery_event(d, err);
    const ce_message original = d->message;
    ce_message m = original;
    ce_attr *edits;
    ce_status status;

    if (!e)
        return err->status;
    status = expand(s->edits, d, e, &edits, err);
    if (status != CE_OK)
        return status;
    if (m.mode == CE_MODE_BINARY)
        status = edit_binary(edits, s->edits->len, e, d->arena, &m);
    else
        status = edit_structured(edits, s->edits->len, *e, d->arena, &m, err);
    if (status == CE_ENOMEM)
        return ce_fail(err, status, "out of memory");
    if (status != CE_OK)
        return status;
    ce_delivery_set_message(d, &m);
    if (ce_delivery_event(d, err))
        return CE_OK;
    /* A dead letter holds what came, not what we made of it. */
    d->message = original;
    d->event = e;
    return err->status;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err = { CE_EINVAL, "not a CloudEvent" };
    ce_status status = edit((transform *)stage, d, &err);

    if (status == CE_OK)
        ce_push(stage->next, d);
    else if (status == CE_ENOMEM)
        ce_settle_undelivered(d, 0, 0, err.text);
    else
        ce_settle_nack(d, 0, err.text);
}

static void close_stage(ce_stage *stage)
{
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "transform",
    .push = push,
    .close = close_stage,
};

ce_status ce_transform_stage(ce_stage **out, ce_stage *next,
                             const ce_edits *edits)
{
    transform *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->edits = edits;
    *out = &s->stage;
    return CE_OK;
}
