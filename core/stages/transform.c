/* SPDX-License-Identifier: Apache-2.0 */
/* Sets attributes from templates; the data is not touched.
 *
 * All templates see the event as it came, so their order means nothing. */
#include "core/stages/stages.h"

#include "core/stages/attributes.h"

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

static ce_status edit(const transform *s, ce_delivery *d, ce_error *err)
{
    const ce_event *e = ce_delivery_event(d, err);
    ce_attr *edits;
    ce_status status;

    if (!e)
        return err->status;
    status = expand(s->edits, d, e, &edits, err);
    if (status != CE_OK)
        return status;
    return ce_attributes_set(d, e, edits, s->edits->len, err);
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

static const ce_stage_ops ops = {
    .name = "transform",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_transform_stage(ce_stage **out, ce_stage *next,
                             const ce_edits *edits)
{
    transform *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->edits = edits;
    *out = &s->stage;
    return CE_OK;
}
