/* SPDX-License-Identifier: Apache-2.0 */
/* Receives letters from an inbox. A letter is removed when its event was
 * delivered, and stays otherwise.
 *
 * MQTT confirms what it delivers at once, so a letter that it has delivered is
 * nowhere else. Therefore all that comes is stored first, for this run and for
 * later ones. */
#include "bridge/commands/letters.h"
#include "bridge/run/built_in.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/inbox/store.h"

enum {
    PER_TURN = 64, /* then other work of the loop has its turn */
    IN_FLIGHT = 1000,
    POOL_BYTES = 64 << 20,
    INBOX_BYTES = 1 << 30 /* nothing is put into it: any high mark does */
};

typedef struct incoming {
    ce_delivery d;
    uint64_t number;
} incoming;

typedef struct letters {
    ce_receiver receiver;
    ce_inbox *inbox;
    ce_loop *loop;
    ce_stage *into;
    ce_task turn;
    uint64_t position;
    unsigned read;
    bool running, at_end;
    ce_queue fresh;
    ce_endpoint filler_at;
    ce_receiver *filler; /* or NULL */
    br_quiet quiet;
    uint64_t stored; /* by the filler, at the last look */
} letters;

/* Transports have no argument of their own. */
static br_inbox_letters source;

void br_inbox_letters_set(const br_inbox_letters *from)
{
    source = *from;
}

/* --- back into the store --- */

static void finish_if_done(letters *l)
{
    ce_receiver *r = &l->receiver;

    if (!l->at_end || !l->running || ce_pool_out(r->pool) > 0)
        return;
    l->running = false;
    if (r->ended)
        r->ended(r, r->ended_arg);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    letters *l = h->self;
    const ce_inbox_outcome o = { .number = ((incoming *)d)->number,
                                 .was_refused = !source.filler };
    ce_error err;

    /* One that stays though it was delivered comes again: no loss. */
    if (r->verdict == CE_ACK && r->fate != CE_FILTERED &&
        ce_inbox_finish(l->inbox, &o, 1, &err) != CE_OK)
        ce_log(CE_ERROR, "%s", err.text);
    ce_pool_give(d);
    if (l->running)
        ce_loop_post(l->loop, &l->turn);
}

/* --- out of the store --- */

static bool take_record(void *arg, uint64_t number, ce_slice record)
{
    letters *l = arg;
    ce_slice copy = { NULL, 0 };
    incoming *in;

    if (l->read == PER_TURN)
        return false;
    in = (incoming *)ce_pool_take(l->receiver.pool);
    if (!in)
        return false;
    if (ce_arena_copy(in->d.arena, record, &copy) != CE_OK ||
        ce_record_read(copy, &in->d) != CE_OK)
        ce_log(CE_WARN, "%s: record %llu cannot be read", source.dir,
               (unsigned long long)number);
    ce_pool_charge(l->receiver.pool, &in->d, record.len);
    in->number = l->position = number;
    ce_queue_add(&l->fresh, &in->d.link);
    l->read++;
    return true;
}

static ce_status walk(letters *l, ce_error *err)
{
    return source.filler
               ? ce_inbox_walk(l->inbox, l->position, take_record, l, err)
               : ce_inbox_walk_refused(l->inbox, l->position, take_record, l,
                                       err);
}

/* What cannot be read is the end, and a failure: health is down. */
static void read_on(letters *l)
{
    ce_error err;

    l->read = 0;
    if (l->at_end)
        return;
    if (walk(l, &err) != CE_OK) {
        ce_health_down(&l->receiver.health, "%s", err.text);
        l->at_end = true;
    } else if (l->read == 0) {
        l->at_end = ce_pool_out(l->receiver.pool) == 0;
    }
}

/* Pushing waits until the walk is over: LMDB allows one transaction per
 * thread. */
static void run_turn(ce_task *t)
{
    letters *l = CE_OWNER(t, letters, turn);
    ce_delivery *d;

    if (!l->running)
        return;
    read_on(l);
    if (l->read)
        ce_loop_post(l->loop, &l->turn);
    while ((d = CE_QUEUE_TAKE(&l->fresh, ce_delivery, link))) {
        ce_delivery_hook(d, settled, l, 0);
        ce_push(l->into, d);
    }
    finish_if_done(l);
}

/* --- filling --- */

/* A subscription has no end: all has come when nothing comes. */
static br_quiet_state look_at_filler(br_quiet *q)
{
    letters *l = CE_OWNER(q, letters, quiet);
    uint64_t stored = ce_inbox_count(l->inbox);
    bool is_busy = stored != l->stored;

    l->stored = stored;
    if (!l->filler->health.up)
        return BR_QUIET_AWAY;
    return is_busy ? BR_QUIET_BUSY : BR_QUIET_SILENT;
}

static void on_quiet(br_quiet *q)
{
    letters *l = CE_OWNER(q, letters, quiet);

    l->filler->ops->stop(l->filler);
    ce_loop_post(l->loop, &l->turn);
}

/* Under a name of its own: no route shares its session. */
static ce_status open_filler(letters *l, const ce_endpoint *at, ce_error *err)
{
    l->filler_at = *at;
    l->filler_at.name = "dlq";
    l->filler_at.inbox = l->inbox;
    return source.filler->receiver(&l->filler, &l->filler_at, err);
}

static ce_status start_filler(letters *l, ce_stage *into, ce_error *err)
{
    br_quiet_begin(&l->quiet, l->loop, &source.patience);
    return l->filler->ops->start(l->filler, into, err);
}

/* --- life --- */

static ce_status start(ce_receiver *r, ce_stage *into, ce_error *err)
{
    letters *l = (letters *)r;

    l->into = into;
    l->running = true;
    ce_health_up(&r->health);
    if (l->filler)
        return start_filler(l, into, err);
    ce_loop_post(l->loop, &l->turn);
    return CE_OK;
}

static void stop(ce_receiver *r)
{
    letters *l = (letters *)r;

    l->running = false;
    br_quiet_end(&l->quiet);
    ce_loop_unpost(l->loop, &l->turn);
    if (l->filler)
        l->filler->ops->stop(l->filler);
}

static void close_receiver(ce_receiver *r)
{
    letters *l = (letters *)r;

    stop(r);
    if (l->filler)
        l->filler->ops->close(l->filler);
    if (r->pool)
        ce_pool_close(r->pool);
    ce_inbox_close(l->inbox);
    ce_free(l);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

/* A folder that is none would be made. */
static ce_status open_inbox(ce_inbox **out, ce_error *err)
{
    const ce_inbox_config config = { .dir = source.dir,
                                     .max_bytes = INBOX_BYTES,
                                     .sync = true };
    char file[4096];

    snprintf(file, sizeof file, "%s/data.mdb", source.dir);
    if (!source.filler && access(file, F_OK))
        return ce_fail(err, CE_EIO, "%s: there is no inbox", source.dir);
    return ce_inbox_open(out, &config, err);
}

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    letters *l = ce_alloc_zeroed(sizeof *l);
    ce_status status;

    if (!l)
        return ce_no_memory(err);
    l->receiver.ops = &ops;
    l->loop = at->loop;
    l->turn.run = run_turn;
    l->quiet.look = look_at_filler;
    l->quiet.over = on_quiet;
    ce_health_init(&l->receiver.health, at->loop, source.dir);
    status = ce_pool_open(&l->receiver.pool, IN_FLIGHT, sizeof(incoming),
                          POOL_BYTES) == CE_OK
                 ? open_inbox(&l->inbox, err)
                 : ce_no_memory(err);
    if (status == CE_OK && source.filler)
        status = open_filler(l, at, err);
    if (status == CE_OK)
        *out = &l->receiver;
    else
        close_receiver(&l->receiver);
    return status;
}

const ce_transport br_inbox_letters_transport = {
    .abi = CE_TRANSPORT_ABI,
    .name = "inbox",
    .schemes = br_no_schemes,
    .receiver_options = br_no_options,
    .receiver = open_receiver,
};
