/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/view.h"

#include <cloudevents/alloc.h>

typedef struct view {
    ce_stage stage;
    const br_view *of;
    ce_buf text; /* reused */
} view;

static ce_status render(view *s, ce_delivery *d, ce_error *err)
{
    const ce_event *e = ce_delivery_event(d, err);
    ce_message m = { .mode = CE_MODE_NONE, .key = d->message.key };
    ce_status status;

    if (!e)
        return err->status;
    ce_buf_clear(&s->text);
    status = s->of->render(s->of->arg, d, e, &s->text);
    if (status == CE_OK)
        status = ce_arena_copy(d->arena, ce_buf_slice(&s->text), &m.body);
    if (status != CE_OK)
        return ce_no_memory(err);
    ce_delivery_set_message(d, &m);
    d->defect.plain = true;
    return CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err = { CE_OK, "" };

    if (render((view *)stage, d, &err) == CE_OK)
        ce_push(stage->next, d);
    else
        ce_settle_undelivered(d, 0, 0, err.text);
}

static void close_stage(ce_stage *stage)
{
    ce_buf_free(&((view *)stage)->text);
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "view",
    .push = push,
    .close = close_stage,
};

ce_status br_view_stage(ce_stage **out, ce_stage *next, const br_view *v)
{
    view *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->of = v;
    *out = &s->stage;
    return CE_OK;
}
