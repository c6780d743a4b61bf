/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/work.h"

void br_work_add_dedup(ce_chain *c, const br_route_plan *plan)
{
    if (plan->dedup)
        ce_chain_add(c, ce_dedup_stage(&c->made, c->top, plan->dedup));
}

void br_work_add_tracing(ce_chain *c, const br_route_plan *plan,
                         ce_meter *meter)
{
    if (plan->traces)
        ce_chain_add(c, ce_tracing_stage(&c->made, c->top, meter));
}

void br_work_add_edits(ce_chain *c, const br_route_plan *plan, ce_meter *meter)
{
    if (plan->edits.len)
        ce_chain_add(c, ce_transform_stage(&c->made, c->top, &plan->edits));
    if (plan->filter)
        ce_chain_add(c, ce_filter_stage(&c->made, c->top, plan->filter));
    if (plan->upgrades)
        ce_chain_add(c, ce_upgrade_stage(&c->made, c->top));
    br_work_add_tracing(c, plan, meter);
}

void br_work_add_check(ce_chain *c, const br_route_plan *plan)
{
    const ce_wrap *wrap = plan->wraps ? &plan->wrap : NULL;

    ce_chain_add(c, ce_check_stage(&c->made, c->top, wrap));
}

void br_work_add_encode(ce_chain *c, const br_endpoint_plan *to)
{
    const ce_content *content = &to->content;

    if (content->mode != CE_MODE_NONE)
        ce_chain_add(c, ce_encode_stage(&c->made, c->top, content->mode,
                                        content->format));
}

void br_work_add_dead_letter(ce_chain *c, const br_route_plan *plan,
                             const char *target, ce_stage *letters)
{
    const ce_dead_letter_config config = { .route = plan->name,
                                           .target = target,
                                           .letters = letters };

    if (letters)
        ce_chain_add(c, ce_dead_letter_stage(&c->made, c->top, &config));
}

void br_work_add_guard(ce_chain *c, const br_route_plan *plan,
                       ce_stage *letters)
{
    br_work_add_check(c, plan);
    br_work_add_dead_letter(c, plan, "route", letters);
}
