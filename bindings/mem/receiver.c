/* SPDX-License-Identifier: Apache-2.0 */
/* Takes parcels as the pool has credit; until then they wait in the queue of
 * the host. */
#include "bindings/mem/mem.h"

#include <cloudevents/alloc.h>

#include "bindings/mem/place.h"

/* Parcels have memory of their own; this only limits what is taken at once. */
enum { POOL_BYTES = 64 << 20 };

typedef struct mem_receiver {
    ce_receiver receiver;
    ce_mem_host host;
    ce_task arrived;
    ce_stage *into; /* NULL: nothing is received */
} mem_receiver;

/* A delivery of the pool; its message is the parcel's. */
typedef struct incoming {
    ce_delivery d;
    ce_mem_parcel *parcel;
} incoming;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    ce_mem_parcel *p = ((incoming *)d)->parcel;

    (void)h;
    ce_mem_parcel_settle(p, r);
    ce_mem_answer(p);
    ce_pool_give(d);
}

static void push(mem_receiver *r, incoming *in, ce_mem_parcel *p)
{
    ce_delivery *d = &in->d;

    in->parcel = p;
    d->message = p->message;
    d->origin.topic = ce_slice_of(r->host.name);
    d->interactive = true;
    if (p->message.mode == CE_MODE_NONE)
        d->defect.reason = "the message is no event";
    ce_pool_charge(d->pool, d, p->message.body.len);
    ce_delivery_hook(d, settled, r, 0);
    ce_push(r->into, d);
}

static void on_arrived(ce_task *t)
{
    mem_receiver *r = CE_OWNER(t, mem_receiver, arrived);

    while (r->into) {
        incoming *in = (incoming *)ce_pool_take(r->receiver.pool);
        ce_mem_parcel *p;

        if (!in)
            return;
        p = ce_mem_host_take(&r->host);
        if (!p) {
            ce_pool_give(&in->d);
            return;
        }
        push(r, in, p);
    }
}

static void on_refilled(void *arg)
{
    mem_receiver *r = arg;

    ce_loop_post(r->host.loop, &r->arrived);
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    mem_receiver *r = (mem_receiver *)receiver;
    ce_status status = ce_mem_host_join(&r->host, err);

    if (status != CE_OK)
        return status;
    r->into = into;
    ce_health_up(&receiver->health);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    mem_receiver *r = (mem_receiver *)receiver;

    r->into = NULL;
    ce_mem_host_leave(&r->host);
}

static void close_receiver(ce_receiver *receiver)
{
    mem_receiver *r = (mem_receiver *)receiver;

    stop(receiver);
    ce_loop_unpost(r->host.loop, &r->arrived);
    ce_pool_close(receiver->pool);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

ce_status ce_mem_receiver_open(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    const ce_settings *s = at->settings;
    unsigned count = (unsigned)ce_settings_integer(s, "max_in_flight");
    mem_receiver *r = ce_alloc_zeroed(sizeof *r);

    if (!r || ce_pool_open(&r->receiver.pool, count, sizeof(incoming),
                           POOL_BYTES) != CE_OK) {
        ce_free(r);
        return ce_no_memory(err);
    }
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    r->receiver.ops = &ops;
    r->receiver.interactive = true;
    r->receiver.ordered = true;
    r->arrived.run = on_arrived;
    r->host = (ce_mem_host){ .name = ce_settings_authority(s),
                             .loop = at->loop,
                             .arrived = &r->arrived };
    ce_health_init(&r->receiver.health, at->loop, ce_settings_label(s));
    *out = &r->receiver;
    return CE_OK;
}
