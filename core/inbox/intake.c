/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/intake.h"

#include <unistd.h>

#include "core/base/hash.h"

enum {
    PER_TURN = 64,       /* records; then other work of the loop has its turn */
    SKIPS = 4096,        /* the same, of records that are only passed over */
    MAX_BYTES = 8 << 20, /* out at once: small, the rest is safe on disk, and
                            enough for eight of the largest events */
};

/* --- one record --- */

static void read_message(const ce_intake *n, ce_incoming *in)
{
    ce_status status = ce_record_read(in->record, &in->d);

    ce_record_name(in->record, n->seed, in->number, in->d.origin.record);
    if (status == CE_OK)
        return;
    in->d.message = (ce_message){ .body = in->record };
    in->d.defect.plain = false;
    if (status == CE_ENOTSUP)
        in->d.defect.reason = "record of an unknown version";
    else
        in->d.defect.reason = "record that cannot be read";
}

void ce_intake_renew(ce_intake *n, ce_incoming *in)
{
    ce_arena_rewind(in->d.arena, in->mark);
    in->d.event = NULL;
    read_message(n, in);
}

void ce_intake_give(ce_intake *n, ce_incoming *in)
{
    ce_stub *stub = in->d.stub;

    n->yard.unkeyed -= in->is_batch;
    if (stub && !stub->stands)
        ce_yard_done(stub);
    ce_pool_give(&in->d);
}

/* With deliveries out, it is credit that lacks: they bring it. */
static ce_incoming *take_credit(ce_intake *n)
{
    ce_incoming *in = (ce_incoming *)ce_pool_take(n->pool);

    n->yard.is_short = !in && ce_pool_out(n->pool) > 0;
    n->lacks_memory = !in && !n->yard.is_short;
    return in;
}

static ce_incoming *copy(ce_intake *n, uint64_t number, ce_slice record)
{
    ce_incoming *in = take_credit(n);

    if (!in)
        return NULL;
    if (ce_arena_copy(in->d.arena, record, &in->record) != CE_OK) {
        n->lacks_memory = true;
        ce_intake_give(n, in);
        return NULL;
    }
    in->number = number;
    in->mark = ce_arena_marked(in->d.arena);
    read_message(n, in);
    return in;
}

static void take(ce_intake *n, ce_incoming *in, ce_stub *stub)
{
    in->d.stub = stub;
    in->is_first = stub->mark;
    in->is_batch = in->d.message.mode == CE_MODE_BATCH;
    n->yard.unkeyed += in->is_batch;
    ce_pool_charge(n->pool, &in->d, in->record.len);
    ce_queue_add(&n->fresh, &in->d.link);
    n->read++;
}

/* --- in order --- */

/* Events of a batch would pass older ones of their keys that stand in the
 * yard: it waits until that is empty. */
static bool may_come(const ce_intake *n, const ce_incoming *in)
{
    return in->d.message.mode != CE_MODE_BATCH || n->yard.count == 0;
}

static bool try_to_take(ce_intake *n, uint64_t number, ce_slice record)
{
    ce_incoming *in = copy(n, number, record);
    ce_stub *stub = NULL;

    if (in && may_come(n, in)) {
        stub = ce_yard_new(&n->yard, number);
        n->lacks_memory = !stub;
    }
    if (in && !stub)
        ce_intake_give(n, in);
    if (!stub)
        return false;
    stub->mark = ce_inbox_take(n->inbox, n->sink, number);
    n->position = number;
    take(n, in, stub);
    return true;
}

static bool take_record(void *arg, uint64_t number, ce_slice record)
{
    ce_intake *n = arg;

    n->is_cut = true;
    n->is_long |= n->read == PER_TURN || n->skipped == SKIPS;
    if (n->is_long || n->yard.count >= CE_YARD_MAX)
        return false;
    if (ce_inbox_has(n->inbox, n->sink, number)) {
        n->position = number;
        n->skipped++;
    } else if (!try_to_take(n, number, record)) {
        return false;
    }
    n->is_cut = false;
    return true;
}

/* --- out of the yard --- */

static bool take_wanted(void *arg, uint64_t number, ce_slice record)
{
    ce_intake *n = arg;
    ce_stub *stub = n->wanted;
    ce_incoming *in;

    if (number != stub->place.number)
        return false;
    n->wanted = NULL;
    in = copy(n, number, record);
    n->lacks_room = !in;
    if (!in)
        return false;
    ce_yard_leave(stub);
    take(n, in, stub);
    return false;
}

/* A record that is no longer there was done with for all sinks. */
static ce_status read_stub(ce_intake *n, ce_stub *stub, ce_error *err)
{
    ce_status status;

    n->wanted = stub;
    status =
        ce_inbox_walk(n->inbox, stub->place.number - 1, take_wanted, n, err);
    if (status != CE_OK || !n->wanted)
        return status;
    ce_yard_leave(stub);
    ce_yard_done(stub);
    return CE_OK;
}

static ce_status read_yard(ce_intake *n, ce_error *err)
{
    ce_status status = CE_OK;
    ce_stub *stub;

    n->lacks_room = false;
    while (status == CE_OK && n->read < PER_TURN && !n->lacks_room &&
           (stub = ce_yard_next(&n->yard, ce_pool_out(n->pool) == 0)))
        status = read_stub(n, stub, err);
    return status;
}

/* Each of the two has its share of the turn. */
ce_status ce_intake_read(ce_intake *n, ce_error *err)
{
    ce_status status;
    bool is_long;

    n->read = n->skipped = 0;
    n->is_long = n->is_cut = n->lacks_memory = false;
    status = read_yard(n, err);
    is_long = n->read == PER_TURN;
    n->read = 0;
    if (status == CE_OK && !n->lacks_room)
        status = ce_inbox_walk(n->inbox, n->position, take_record, n, err);
    n->is_cut |= status != CE_OK || n->lacks_room;
    n->is_long |= is_long;
    return status;
}

bool ce_intake_is_done(const ce_intake *n)
{
    return !n->is_cut && ce_pool_out(n->pool) == 0 && n->yard.count == 0;
}

/* --- life --- */

/* Other bridges have inboxes of the same name. */
static uint64_t seed_of(const ce_inbox *i)
{
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    return ce_hash_part(ce_hash_part(CE_HASH_START, ce_slice_of(host)),
                        ce_slice_of(ce_inbox_dir(i)));
}

ce_status ce_intake_open(ce_intake *n, ce_inbox *i, unsigned sink,
                         unsigned max_in_flight)
{
    *n = (ce_intake){ .inbox = i, .sink = sink, .is_cut = true };
    n->seed = seed_of(i);
    ce_yard_init(&n->yard);
    return ce_pool_open(&n->pool, max_in_flight, sizeof(ce_incoming),
                        MAX_BYTES);
}

void ce_intake_close(ce_intake *n)
{
    ce_pool_close(n->pool);
    ce_yard_close(&n->yard);
}
