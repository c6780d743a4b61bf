/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of deliveries and of bytes: the pool is the credit. */
#include <cloudevents/alloc.h>
#include <cloudevents/pipeline.h>

#include <assert.h>
#include <string.h>

#include "core/base/log.h"
#include "core/pipeline/share.h"
#include "core/pipeline/trace.h"

struct ce_pool {
    ce_queue free;
    size_t size;
    unsigned count, made, out;
    size_t max_bytes, bytes;
    bool starved;
    ce_pool_fn *refilled, *idle;
    void *refilled_arg, *idle_arg;
};

void ce_push(ce_stage *s, ce_delivery *d)
{
    if (ce_log_is_on(CE_DEBUG))
        ce_trace_push(s, d);
    else
        s->ops->push(s, d);
}

ce_status ce_pool_open(ce_pool **out, unsigned count, size_t size,
                       size_t max_bytes)
{
    ce_pool *p = ce_alloc_zeroed(sizeof *p);

    assert(count > 0 && size >= sizeof(ce_delivery));
    if (!p)
        return CE_ENOMEM;
    p->count = count;
    p->size = size;
    p->max_bytes = max_bytes;
    *out = p;
    return CE_OK;
}

void ce_pool_on_refilled(ce_pool *p, ce_pool_fn *fn, void *arg)
{
    p->refilled = fn;
    p->refilled_arg = arg;
}

void ce_pool_on_idle(ce_pool *p, ce_pool_fn *fn, void *arg)
{
    p->idle = fn;
    p->idle_arg = arg;
}

static ce_delivery *make(ce_pool *p)
{
    ce_delivery *d;

    if (p->made == p->count || !(d = ce_alloc_zeroed(p->size)))
        return NULL;
    d->arena = ce_arena_new();
    if (!d->arena) {
        ce_free(d);
        return NULL;
    }
    p->made++;
    return d;
}

static ce_delivery *reuse(ce_pool *p)
{
    ce_delivery *d = CE_QUEUE_TAKE(&p->free, ce_delivery, link);
    ce_arena *arena = d->arena;

    memset(d, 0, p->size);
    d->arena = arena;
    return d;
}

ce_delivery *ce_pool_take(ce_pool *p)
{
    ce_delivery *d = NULL;

    if (p->bytes < p->max_bytes)
        d = ce_queue_is_empty(&p->free) ? make(p) : reuse(p);
    if (!d) {
        /* With nothing out, no return of a delivery would end the
         * starvation. */
        p->starved = p->out > 0;
        return NULL;
    }
    d->pool = p;
    d->origin.partition = -1;
    d->origin.offset = -1;
    p->out++;
    return d;
}

void ce_pool_charge(ce_pool *p, ce_delivery *d, size_t bytes)
{
    d->charged += bytes;
    p->bytes += bytes;
}

void ce_pool_give(ce_delivery *d)
{
    ce_pool *p = d->pool;

    assert(d->depth == 0);
    p->bytes -= d->charged;
    p->out--;
    ce_arena_reset(d->arena);
    ce_queue_put_back(&p->free, &d->link); /* its memory is still warm */
    /* Not later: what is out may never come back. */
    if (p->starved && p->bytes < p->max_bytes) {
        p->starved = false;
        if (p->refilled)
            p->refilled(p->refilled_arg);
    }
    if (p->out == 0 && p->idle)
        p->idle(p->idle_arg);
}

bool ce_pool_is_starved(const ce_pool *p)
{
    return p->starved;
}

unsigned ce_pool_out(const ce_pool *p)
{
    return p->out;
}

size_t ce_pool_bytes(const ce_pool *p)
{
    return p->bytes;
}

ce_pool_part ce_pool_all(const ce_pool *p)
{
    return (ce_pool_part){ p->count, p->max_bytes };
}

static bool allows(size_t all, size_t wanted, size_t own)
{
    size_t reserve = all < 16 ? 1 : all / 16;

    return wanted <= all - reserve || own < reserve;
}

bool ce_pool_allows(const ce_pool *p, ce_pool_part own, ce_pool_part more)
{
    return allows(p->count, p->out + more.count, own.count) &&
           allows(p->max_bytes, p->bytes + more.bytes, own.bytes);
}

void ce_pool_close(ce_pool *p)
{
    ce_delivery *d;

    if (!p)
        return;
    assert(p->out == 0);
    while ((d = CE_QUEUE_TAKE(&p->free, ce_delivery, link))) {
        ce_arena_free(d->arena);
        ce_free(d);
    }
    ce_free(p);
}
