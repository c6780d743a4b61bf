/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end of the in-memory transport. */
#include "tests/support/mem_ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

typedef struct mem_receiver mem_receiver;
struct mem_receiver {
    ce_receiver receiver;
    char name[64];
    ce_loop *loop;
    ce_stage *into; /* NULL: nothing is received */
    ce_task refilled;
    ce_mem_outcome *outcomes;
    int count, cap;
    void (*settled)(void *arg, int number);
    void *settled_arg;
    mem_receiver *next; /* among those that receive */
};

struct mem_arrival {
    ce_delivery d;
    mem_receiver *to;
    mem_bag bag;
    int number;
    mem_heard_fn *heard;
    void *arg;
};

static mem_receiver *receiving;
static mem_guest *guests;

/* --- who meets whom --- */

void mem_join(mem_guest *g)
{
    g->next = guests;
    guests = g;
}

void mem_leave(mem_guest *g)
{
    for (mem_guest **at = &guests; *at; at = &(*at)->next)
        if (*at == g) {
            *at = g->next;
            return;
        }
}

void mem_tell(const char *name)
{
    for (mem_guest *g = guests, *next; g; g = next) {
        next = g->next;
        if (!strcmp(g->name, name))
            g->changed(g);
    }
}

static mem_receiver *find(const char *name)
{
    mem_receiver *r = receiving;

    while (r && strcmp(r->name, name))
        r = r->next;
    return r;
}

bool mem_is_open(const char *name)
{
    return find(name) != NULL;
}

void ce_mem_forget(void)
{
    receiving = NULL;
    guests = NULL;
}

/* --- settlement --- */

static void note(ce_mem_outcome *o, const ce_result *r)
{
    o->settlements++;
    o->out = NULL;
    o->result = *r;
    o->result.reply = NULL;
    o->replied = r->reply != NULL;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    struct mem_arrival *a = (struct mem_arrival *)d;
    mem_receiver *to = h->self;
    mem_heard_fn *heard = a->heard;
    void *arg = a->arg;
    int number = a->number;

    note(&to->outcomes[number], r);
    /* The result may point into the message, so its bytes go last. */
    if (heard)
        heard(arg, r);
    mem_bag_free(&a->bag);
    ce_pool_give(d);
    if (to->settled)
        to->settled(to->settled_arg, number);
}

/* --- arrival --- */

static int next_number(mem_receiver *r)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->outcomes =
            realloc(r->outcomes, (size_t)r->cap * sizeof *r->outcomes);
        if (!r->outcomes)
            abort();
    }
    memset(&r->outcomes[r->count], 0, sizeof *r->outcomes);
    return r->count++;
}

static void copy(struct mem_arrival *a, const ce_delivery *like)
{
    ce_delivery *d = &a->d;

    d->message = mem_bag_message(&a->bag, &like->message);
    d->origin = mem_bag_origin(&a->bag, &like->origin);
    d->abandoned = like->abandoned;
    d->insists = like->insists;
    d->defect.plain = like->defect.plain;
    d->defect.code = like->defect.code;
    if (like->defect.reason)
        d->defect.reason =
            mem_bag_slice(&a->bag,
                          (ce_slice){ like->defect.reason,
                                      strlen(like->defect.reason) + 1 })
                .ptr;
}

static struct mem_arrival *arrive(mem_receiver *r, const ce_delivery *like,
                                  mem_heard_fn *heard, void *arg)
{
    struct mem_arrival *a;

    if (!r->into)
        return NULL;
    a = (struct mem_arrival *)ce_pool_take(r->receiver.pool);
    if (!a)
        return NULL;
    copy(a, like);
    a->to = r;
    a->number = next_number(r);
    r->outcomes[a->number].out = &a->d;
    a->heard = heard;
    a->arg = arg;
    a->d.interactive = r->receiver.interactive;
    a->d.unordered = like->unordered;
    ce_pool_charge(r->receiver.pool, &a->d, like->message.body.len);
    ce_delivery_hook(&a->d, settled, r, 0);
    return a;
}

int ce_mem_arrive(ce_receiver *receiver, const ce_delivery *like)
{
    mem_receiver *r = (mem_receiver *)receiver;
    struct mem_arrival *a = arrive(r, like, NULL, NULL);
    int number = a ? a->number : -1;

    if (a)
        ce_push(r->into, &a->d);
    return number;
}

int ce_mem_arrive_message(ce_receiver *r, const ce_message *m)
{
    ce_delivery like = { .message = *m,
                         .origin = { .partition = -1, .offset = -1 } };

    return ce_mem_arrive(r, &like);
}

int ce_mem_arrive_event(ce_receiver *r, const char *id, const char *key)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), ce_slice_of(id), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("com.example.t"), CE_STRING },
        { CE_SLICE("partitionkey"), ce_slice_of(key), CE_STRING },
    };
    ce_message m = {
        .mode = CE_MODE_BINARY,
        .content_type = CE_SLICE("text/plain"),
        .body = CE_SLICE("data"),
        .attrs = { attrs, key ? 5 : 4, 5 },
    };

    return ce_mem_arrive_message(r, &m);
}

struct mem_arrival *mem_hand_over(const char *name, const ce_message *m,
                                  mem_heard_fn *heard, void *arg)
{
    ce_delivery like = { .message = *m,
                         .origin = { .partition = -1, .offset = -1 } };
    mem_receiver *r = find(name);

    return r ? arrive(r, &like, heard, arg) : NULL;
}

void mem_push(struct mem_arrival *a)
{
    ce_push(a->to->into, &a->d);
}

void mem_forget(struct mem_arrival *a)
{
    a->heard = NULL;
}

/* --- what tests ask --- */

const ce_mem_outcome *ce_mem_outcome_of(const ce_receiver *receiver, int number)
{
    const mem_receiver *r = (const mem_receiver *)receiver;

    return number >= 0 && number < r->count ? &r->outcomes[number] : NULL;
}

unsigned ce_mem_settled(const ce_receiver *receiver)
{
    const mem_receiver *r = (const mem_receiver *)receiver;
    unsigned n = 0;

    for (int i = 0; i < r->count; i++)
        n += r->outcomes[i].settlements > 0;
    return n;
}

void ce_mem_on_settled(ce_receiver *receiver, void (*fn)(void *arg, int number),
                       void *arg)
{
    mem_receiver *r = (mem_receiver *)receiver;

    r->settled = fn;
    r->settled_arg = arg;
}

void ce_mem_end(ce_receiver *r)
{
    if (r->ended)
        r->ended(r, r->ended_arg);
}

/* --- life --- */

static void on_refilled(void *arg)
{
    mem_receiver *r = arg;

    ce_loop_post(r->loop, &r->refilled);
}

static void tell_refilled(ce_task *t)
{
    mem_tell(CE_OWNER(t, mem_receiver, refilled)->name);
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    mem_receiver *r = (mem_receiver *)receiver;

    if (find(r->name))
        return ce_fail(err, CE_EIO, "mem://%s is in use", r->name);
    r->into = into;
    r->next = receiving;
    receiving = r;
    ce_health_up(&receiver->health);
    mem_tell(r->name);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    mem_receiver *r = (mem_receiver *)receiver;

    if (!r->into)
        return;
    r->into = NULL;
    for (mem_receiver **at = &receiving; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            break;
        }
    mem_tell(r->name);
}

static void close_receiver(ce_receiver *receiver)
{
    mem_receiver *r = (mem_receiver *)receiver;

    stop(receiver);
    ce_loop_unpost(r->loop, &r->refilled);
    ce_pool_close(receiver->pool);
    free(r->outcomes);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

ce_status mem_receiver_open(ce_receiver **out, const ce_endpoint *at,
                            ce_error *err)
{
    mem_receiver *r = ce_alloc_zeroed(sizeof *r);
    const ce_settings *s = at->settings;
    unsigned count = (unsigned)ce_settings_integer(s, "max_in_flight");

    if (!r || ce_pool_open(&r->receiver.pool, count, sizeof(struct mem_arrival),
                           (size_t)1 << 30) != CE_OK) {
        ce_free(r);
        return ce_no_memory(err);
    }
    r->receiver.ops = &ops;
    r->receiver.ordered = ce_settings_boolean(s, "ordered");
    r->receiver.interactive = ce_settings_boolean(s, "interactive");
    r->loop = at->loop;
    r->refilled.run = tell_refilled;
    snprintf(r->name, sizeof r->name, "%s", ce_settings_authority(s));
    ce_health_init(&r->receiver.health, at->loop, ce_settings_label(s));
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    *out = &r->receiver;
    return CE_OK;
}
