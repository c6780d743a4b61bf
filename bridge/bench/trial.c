/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bench/trial.h"

#include <stdio.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "core/base/uuid.h"

enum { CONFIRMED = 1, ARRIVED = 2, MET = CONFIRMED | ARRIVED };

/* Text that any form of an event can carry. */
static void fill(char *data, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        data[i] = (char)('a' + i % 26);
}

static ce_status name_source(br_trial *t, ce_error *err)
{
    char run[CE_UUID_LEN + 1];

    if (ce_uuid_new(run) != CE_OK)
        return ce_fail(err, CE_EIO, "no random numbers");
    snprintf(t->source, sizeof t->source, "/cebridge/bench/%s", run);
    return CE_OK;
}

ce_status br_trial_open(br_trial **out, const br_trial_config *c, ce_error *err)
{
    br_trial *t = ce_alloc_zeroed(sizeof *t);

    *out = t;
    if (!t)
        return ce_no_memory(err);
    t->config = *c;
    t->data = ce_alloc(c->bytes + 1);
    t->sent_ns = ce_alloc_zeroed(c->count * sizeof *t->sent_ns);
    t->marks = ce_alloc_zeroed(c->count * sizeof *t->marks);
    if (!t->data || !t->sent_ns || !t->marks)
        return ce_no_memory(err);
    fill(t->data, c->bytes);
    return name_source(t, err);
}

void br_trial_close(br_trial *t)
{
    if (!t)
        return;
    ce_free(t->data);
    ce_free(t->sent_ns);
    ce_free(t->marks);
    ce_free(t);
}

/* Returns whether it is the first of this kind for the event. */
static bool mark(br_trial *t, uint64_t number, unsigned char kind)
{
    unsigned char before = atomic_fetch_or(&t->marks[number], kind);

    if (before != MET && (before | kind) == MET)
        atomic_fetch_add(&t->met, 1);
    return !(before & kind);
}

static void observe(br_trial *t, br_histogram *h, uint64_t number, uint64_t now)
{
    uint64_t sent = atomic_load(&t->sent_ns[number]);

    br_histogram_add(h, now > sent ? now - sent : 0);
}

/* --- the generator's side --- */

void br_trial_send(br_trial *t, uint64_t number, uint64_t ns)
{
    if (!t->begun_ns)
        t->begun_ns = ns;
    t->sent++;
    atomic_store(&t->sent_ns[number], ns);
}

void br_trial_settle(br_trial *t, uint64_t number, ce_verdict verdict)
{
    uint64_t now = uv_hrtime();

    atomic_store(&t->last_ns, now);
    t->refused += verdict == CE_NACK;
    t->undelivered += verdict == CE_UNDELIVERED;
    if (verdict != CE_ACK)
        return;
    observe(t, &t->confirmation, number, now);
    atomic_fetch_add(&t->confirmed, 1);
    mark(t, number, CONFIRMED);
}

/* --- the recorder's side --- */

/* Returns the event's number; COUNT: it is none of these. */
static uint64_t number_of(const br_trial *t, ce_slice id)
{
    uint64_t count = t->config.count, number = 0;

    for (size_t i = 0; i < id.len && number <= count; i++) {
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return count;
        number = number * 10 + (uint64_t)(id.ptr[i] - '0');
    }
    return number > 0 && number <= count ? number - 1 : count;
}

void br_trial_arrive(br_trial *t, ce_slice source, ce_slice id)
{
    uint64_t now = uv_hrtime(), number = number_of(t, id);

    if (!ce_slice_eq(source, ce_slice_of(t->source)) ||
        number == t->config.count) {
        t->foreign++;
        return;
    }
    if (!mark(t, number, ARRIVED)) {
        t->duplicates++;
        return;
    }
    t->arrived++;
    t->arrived_ns = now;
    observe(t, &t->arrival, number, now);
}

static bool has_had_its_time(br_trial *t)
{
    uint64_t last = atomic_load(&t->last_ns);

    return uv_hrtime() >= last + t->config.timeout_ms * 1000000;
}

bool br_trial_is_over(br_trial *t)
{
    if (atomic_load(&t->is_sent))
        t->is_over = atomic_load(&t->met) == atomic_load(&t->confirmed) ||
                     has_had_its_time(t);
    return t->is_over;
}

/* --- the end --- */

uint64_t br_trial_lost(const br_trial *t)
{
    /* What was cut short might have come. */
    return t->is_over ? atomic_load(&t->confirmed) - atomic_load(&t->met) : 0;
}

bool br_trial_is_whole(const br_trial *t)
{
    uint64_t settled = atomic_load(&t->confirmed) + t->refused + t->undelivered;

    return settled == t->config.count && (t->is_over || !t->config.receives);
}
