/* SPDX-License-Identifier: Apache-2.0 */
/* Gives events without a trace the one of the message that they came in.
 *
 * An event keeps its own traceparent: that is the trace of its making, and the
 * headers are those of one hop (distributed tracing extension). A signed event
 * stays as it is, too. */
#include "core/stages/stages.h"

#include <string.h>

#include "core/event/tracing.h"
#include "core/pipeline/headers.h"
#include "core/stages/attributes.h"

static const ce_slice traceparent = CE_SLICE("traceparent");
static const ce_slice tracestate = CE_SLICE("tracestate");

typedef struct tracing {
    ce_stage stage;
    ce_meter *meter;
} tracing;

static unsigned count(const ce_attrs *all, ce_slice name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < all->len; i++)
        n += all->at[i].text.ptr && ce_slice_eq_nocase(all->at[i].name, name);
    return n;
}

/* Trace Context 3.3.1: a list may be divided into several headers; their order
 * is that of the list. What is too long to be valid grows no longer: a peer may
 * send thousands. */
static ce_status join(const ce_attrs *all, ce_slice name, ce_arena *arena,
                      ce_slice *out)
{
    *out = (ce_slice){ NULL, 0 };
    for (unsigned i = 0; i < all->len && out->len <= CE_TRACESTATE_MAX; i++) {
        ce_slice text = all->at[i].text;

        if (!text.ptr || !ce_slice_eq_nocase(all->at[i].name, name))
            continue;
        if (out->ptr)
            text =
                ce_arena_printf(arena, "%.*s,%.*s", CE_ARG(*out), CE_ARG(text));
        if (!text.ptr)
            return CE_ENOMEM;
        *out = text;
    }
    return CE_OK;
}

/* Fills OUT with what is valid, and returns how many those are. Two parents are
 * none (Trace Context 4.2). */
static unsigned choose(ce_slice parent, unsigned parents, ce_slice state,
                       ce_attr out[2])
{
    if (parents != 1 || !ce_traceparent_is_valid(parent))
        return 0;
    out[0] = (ce_attr){ traceparent, parent, CE_STRING };
    if (!ce_tracestate_is_valid(state))
        return 1;
    out[1] = (ce_attr){ tracestate, state, CE_STRING };
    return 2;
}

static void note_ignored(const tracing *s)
{
    if (s->meter)
        atomic_fetch_add_explicit(&s->meter->tolerated, 1,
                                  memory_order_relaxed);
}

static ce_status adopt(const tracing *s, ce_delivery *d, const ce_event *e,
                       ce_error *err)
{
    ce_attrs all;
    ce_slice parent, state;
    unsigned parents, n;
    ce_attr made[2];

    if (ce_headers_of(d, &all) != CE_OK)
        return CE_ENOMEM;
    parents = count(&all, traceparent);
    if (!parents)
        return CE_OK;
    if (join(&all, traceparent, d->arena, &parent) != CE_OK ||
        join(&all, tracestate, d->arena, &state) != CE_OK)
        return CE_ENOMEM;
    n = choose(parent, parents, state, made);
    if (n < 1 + (state.len > 0))
        note_ignored(s);
    return n ? ce_attributes_set(d, e, made, n, err) : CE_OK;
}

static bool has(const ce_event *e, const char *name)
{
    return ce_attrs_find(&e->attrs, ce_slice_of(name)) != NULL;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    const ce_event *e = ce_delivery_event(d, NULL);
    ce_error err = { CE_OK, "" };
    ce_status status = CE_OK;

    if (e && !has(e, "traceparent") && !has(e, "tracestate") &&
        !has(e, "dssematerial"))
        status = adopt((tracing *)stage, d, e, &err);
    if (status == CE_ENOMEM)
        ce_settle_undelivered(d, 0, 0, "out of memory");
    else
        ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "trace",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_tracing_stage(ce_stage **out, ce_stage *next, ce_meter *meter)
{
    tracing *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->meter = meter;
    *out = &s->stage;
    return CE_OK;
}
