/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/explain/goal.h"

typedef struct goal {
    ce_stage stage;
    br_testimony *testimony;
    const br_endpoint_plan *to;
} goal;

static ce_status aim(const goal *g, ce_delivery *d, ce_buf *why, ce_error *err)
{
    const br_endpoint_plan *to = g->to;
    const ce_transport *t = to->transport;

    if (ce_buf_printf(why, "%s mode to %s%s", ce_mode_name(d->message.mode),
                      ce_settings_label(to->settings), t->aim ? ": " : ""))
        return ce_no_memory(err);
    return t->aim ? t->aim(to->settings, d, why, err) : CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    goal *g = (goal *)stage;
    ce_buf why = { 0 };
    ce_error err;
    ce_status status = aim(g, d, &why, &err);

    if (status == CE_OK)
        br_testimony_tell(g->testimony, "sent", ce_buf_slice(&why));
    ce_buf_free(&why);
    if (status == CE_OK)
        ce_settle_ack(d, CE_DELIVERED);
    else if (status == CE_ENOENT)
        ce_settle_nack(d, 0, err.text);
    else
        ce_settle_undelivered(d, 0, 0, err.text);
}

static const ce_stage_ops ops = {
    .name = "goal",
    .push = push,
    .close = ce_stage_free,
};

ce_status br_goal_stage(ce_stage **out, br_testimony *t,
                        const br_endpoint_plan *to)
{
    goal *g = ce_stage_new(sizeof *g, &ops, NULL);

    if (!g)
        return CE_ENOMEM;
    g->testimony = t;
    g->to = to;
    *out = &g->stage;
    return CE_OK;
}
