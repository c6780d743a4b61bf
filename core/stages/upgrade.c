/* SPDX-License-Identifier: Apache-2.0 */
/* Makes events of version 1.0 out of those of version 0.3. */
#include "core/stages/stages.h"

#include "core/event/legacy.h"

static ce_status upgrade(ce_delivery *d, ce_error *err)
{
    const ce_event *e = ce_delivery_event(d, err);
    ce_message m;
    ce_event now;
    ce_status status;

    if (!e)
        return err->status;
    if (!ce_event_is_legacy(e))
        return CE_OK;
    status = ce_event_upgrade(e, d->arena, &now, err);
    if (status != CE_OK)
        return status;
    status = ce_message_encode(&now, d->message.mode, d->message.format,
                               d->arena, &m);
    if (status != CE_OK)
        return ce_fail(err, status, "the upgraded event cannot be written: %s",
                       ce_status_name(status));
    /* Encoding knows no Kafka key, and it decides about the order. */
    m.key = d->message.key;
    ce_delivery_set_message(d, &m);
    return CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_error err = { CE_EINVAL, "not a CloudEvent" };
    ce_status status = upgrade(d, &err);

    if (status == CE_OK)
        ce_push(stage->next, d);
    else if (status == CE_ENOMEM)
        ce_settle_undelivered(d, 0, 0, err.text);
    else
        ce_settle_malformed(d, 0, err.text);
}

static const ce_stage_ops ops = {
    .name = "upgrade",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_upgrade_stage(ce_stage **out, ce_stage *next)
{
    ce_stage *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    *out = s;
    return CE_OK;
}
