/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks, settlement, and the cached view of the event. */
#include <cloudevents/delivery.h>

#include <assert.h>

#include "core/base/log.h"
#include "core/pipeline/trace.h"

void ce_delivery_hook(ce_delivery *d, ce_settle_fn *settled, void *self,
                      uint64_t state)
{
    assert(d->depth < CE_HOOKS_MAX);
    d->hooks[d->depth++] = (ce_hook){ settled, self, state };
}

void ce_settle(ce_delivery *d, const ce_result *r)
{
    ce_hook h;

    assert(d->depth > 0);
    if (ce_log_is_on(CE_DEBUG)) {
        ce_trace_settle(d, r);
        return;
    }
    h = d->hooks[--d->depth];
    h.settled(&h, d, r);
}

/* Made once: the way of every event that goes well. */
static const ce_result acks[] = {
    [CE_DELIVERED] = { .fate = CE_DELIVERED },
    [CE_STORED] = { .fate = CE_STORED },
    [CE_FILTERED] = { .fate = CE_FILTERED },
    [CE_DUPLICATE] = { .fate = CE_DUPLICATE },
    [CE_DEAD_LETTERED] = { .fate = CE_DEAD_LETTERED },
};

void ce_settle_ack(ce_delivery *d, ce_fate fate)
{
    ce_settle(d, &acks[fate]);
}

static void settle_because(ce_delivery *d, ce_result r, const char *reason)
{
    if (reason)
        ce_result_explain(&r, "%s", reason);
    ce_settle(d, &r);
}

void ce_settle_nack(ce_delivery *d, int code, const char *reason)
{
    settle_because(d, (ce_result){ .verdict = CE_NACK, .code = code }, reason);
}

void ce_settle_undelivered(ce_delivery *d, int code, uint32_t retry_after_ms,
                           const char *reason)
{
    settle_because(d,
                   (ce_result){ .verdict = CE_UNDELIVERED,
                                .code = code,
                                .retry_after_ms = retry_after_ms },
                   reason);
}

void ce_settle_malformed(ce_delivery *d, int code, const char *reason)
{
    settle_because(
        d, (ce_result){ .verdict = CE_NACK, .malformed = true, .code = code },
        reason);
}

bool ce_delivery_is_abandoned(const ce_delivery *d)
{
    while (d && !d->abandoned)
        d = d->parent;
    return d != NULL;
}

ce_delivery *ce_delivery_next(ce_queue *q)
{
    ce_delivery *d;

    while ((d = CE_QUEUE_FIRST(q, ce_delivery, link)) &&
           ce_delivery_is_abandoned(d)) {
        ce_queue_remove(q, &d->link);
        ce_settle_undelivered(d, 0, 0, "abandoned");
    }
    return d;
}

const ce_event *ce_delivery_event(ce_delivery *d, ce_error *err)
{
    ce_event *e;

    if (d->event)
        return d->event;
    e = ce_arena_alloc(d->arena, sizeof *e);
    if (!e) {
        ce_no_memory(err);
        return NULL;
    }
    *e = (ce_event){ .arena = d->arena };
    if (ce_message_decode(&d->message, d->arena, e, err) != CE_OK)
        return NULL;
    d->event = e;
    return e;
}

const char *ce_delivery_id(ce_delivery *d)
{
    const ce_event *e = ce_delivery_event(d, NULL);
    const ce_attr *id = e ? ce_event_get(e, "id") : NULL;

    return id ? ce_arena_printf(d->arena, "%.*s", CE_ARG(id->text)).ptr : NULL;
}

void ce_delivery_set_message(ce_delivery *d, const ce_message *m)
{
    d->message = *m;
    d->event = NULL;
}
