/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses messages that are no valid events; wraps plain ones if it is told
 * to. */
#include "core/stages/stages.h"

typedef struct check {
    ce_stage stage;
    const ce_wrap *wrap;
} check;

/* A dead letter holds what came: without an event all stays as it was. */
static ce_status wrap(const check *s, ce_delivery *d, ce_error *err)
{
    const ce_message original = d->message;
    ce_message made;
    ce_status status = ce_wrap_apply(s->wrap, d, &made, err);

    if (status != CE_OK)
        return status;
    ce_delivery_set_message(d, &made);
    if (!ce_delivery_event(d, err)) {
        ce_delivery_set_message(d, &original);
        return err->status;
    }
    d->defect.reason = NULL;
    d->defect.code = 0;
    d->defect.plain = false;
    return CE_OK;
}

static ce_status make_event(const check *s, ce_delivery *d, ce_error *err)
{
    if (d->message.mode != CE_MODE_NONE)
        return ce_delivery_event(d, err) ? CE_OK : err->status;
    if (d->defect.plain && s->wrap)
        return wrap(s, d, err);
    return ce_fail(err, CE_EINVAL, "%s",
                   d->defect.reason ? d->defect.reason : "not a CloudEvent");
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err = { CE_EINVAL, "not a CloudEvent" };
    ce_status status = make_event((check *)stage, d, &err);

    if (status == CE_OK)
        ce_push(stage->next, d);
    else if (status == CE_ENOMEM || status == CE_EIO)
        ce_settle_undelivered(d, 0, 0, err.text);
    else
        ce_settle_malformed(d, d->defect.code, err.text);
}

static const ce_stage_ops ops = {
    .name = "check",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_check_stage(ce_stage **out, ce_stage *next, const ce_wrap *w)
{
    check *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->wrap = w;
    *out = &s->stage;
    return CE_OK;
}
