/* SPDX-License-Identifier: Apache-2.0 */
/* One line when a delivery is first seen, one per stage, one at its end. */
#include "core/pipeline/trace.h"

#include <stdatomic.h>
#include <stdio.h>

#include <cloudevents/log.h>

/* Shared by all routes, so that a number means one delivery. It is drawn at
 * the first line: without the level debug it costs nothing. */
static atomic_uint_fast64_t numbers;

static unsigned long long number_of(const ce_delivery *d)
{
    return (unsigned long long)d->number;
}

static void introduce(ce_delivery *d)
{
    const ce_origin *o = &d->origin;

    d->number = atomic_fetch_add(&numbers, 1) + 1;
    if (d->parent && d->parent->number)
        ce_log(CE_DEBUG, "#%llu is part of #%llu", number_of(d),
               number_of(d->parent));
    else if (!o->topic.len)
        ce_log(CE_DEBUG, "#%llu is new", number_of(d));
    else if (o->partition >= 0)
        ce_log(CE_DEBUG, "#%llu comes from %.*s, partition %d, offset %lld",
               number_of(d), CE_ARG(o->topic), (int)o->partition,
               (long long)o->offset);
    else if (o->offset >= 0)
        ce_log(CE_DEBUG, "#%llu comes from %.*s:%lld", number_of(d),
               CE_ARG(o->topic), (long long)o->offset);
    else
        ce_log(CE_DEBUG, "#%llu comes from %.*s", number_of(d),
               CE_ARG(o->topic));
}

void ce_trace_push(ce_stage *s, ce_delivery *d)
{
    if (!d->number)
        introduce(d);
    if (d->stage)
        ce_log(CE_DEBUG, "#%llu %s: passes", number_of(d), d->stage);
    d->stage = s->ops->name;
    s->ops->push(s, d);
}

static const char *verdict_of(const ce_result *r)
{
    if (r->verdict == CE_NACK)
        return "nack";
    if (r->verdict == CE_UNDELIVERED)
        return r->exhausted ? "undelivered for good" : "undelivered";
    switch (r->fate) {
    case CE_STORED:
        return "ack, stored";
    case CE_FILTERED:
        return "ack, filtered";
    case CE_DUPLICATE:
        return "ack, duplicate";
    case CE_DEAD_LETTERED:
        return "ack, dead-lettered";
    case CE_DELIVERED:
        break;
    }
    return "ack";
}

static void write_result(const ce_delivery *d, const char *who,
                         const ce_result *r)
{
    char code[16] = "";

    if (r->code)
        snprintf(code, sizeof code, " %d", r->code);
    ce_log(CE_DEBUG, "#%llu %s: %s%s%s%s", number_of(d), who, verdict_of(r),
           code, r->reason[0] ? " " : "", r->reason);
}

void ce_trace_settle(ce_delivery *d, const ce_result *r)
{
    ce_hook h;

    if (!d->number)
        introduce(d);
    /* Once only: hooks hand the same result on. */
    if (d->stage)
        write_result(d, d->stage, r);
    d->stage = NULL;
    if (d->depth == 1) /* the receiver's hook is left */
        write_result(d, "settled", r);
    h = d->hooks[--d->depth];
    h.settled(&h, d, r);
}
