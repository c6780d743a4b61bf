/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stages/attributes.h"

#include <string.h>

#include "core/message/envelope.h"

static const ce_slice datacontenttype = CE_SLICE("datacontenttype");
static const ce_slice signature = CE_SLICE("dssematerial");

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

ce_status ce_attributes_set(ce_delivery *d, const ce_event *e,
                            const ce_attr *edits, unsigned count, ce_error *err)
{
    const ce_message original = d->message;
    ce_message m = original;
    ce_status status;

    if (m.mode == CE_MODE_BINARY)
        status = edit_binary(edits, count, e, d->arena, &m);
    else
        status = edit_structured(edits, count, *e, d->arena, &m, err);
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
