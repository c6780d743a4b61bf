/* SPDX-License-Identifier: Apache-2.0 */
/* Brings messages into the content mode that a sink was configured for. */
#include "core/stages/stages.h"

typedef struct encode {
    ce_stage stage;
    ce_mode mode;
    const ce_format *format;
} encode;

static void push(ce_stage *stage, ce_delivery *d)
{
    encode *s = (encode *)stage;
    ce_message tmp;
    const ce_message *m = &d->message;
    ce_status status = CE_OK;
    ce_error err;

    if (s->mode != CE_MODE_NONE)
        status = ce_message_as(&d->message, s->mode, s->format, d->arena, &tmp,
                               &m, &err);
    if (status == CE_ENOMEM) {
        ce_settle_undelivered(d, 0, 0, err.text);
        return;
    }
    if (status != CE_OK) {
        ce_settle_nack(d, 0, err.text);
        return;
    }
    /* The cached event stays true: only its wrapping has changed. */
    if (m == &tmp)
        d->message = tmp;
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "encode",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_encode_stage(ce_stage **out, ce_stage *next, ce_mode mode,
                          const ce_format *format)
{
    encode *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->mode = mode;
    s->format = format;
    *out = &s->stage;
    return CE_OK;
}
