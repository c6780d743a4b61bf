/* SPDX-License-Identifier: Apache-2.0 */
/* A table of lanes by key, and the two queues of a lane. */
#include "core/pipeline/lanes.h"

#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/loop.h>

#include "core/base/hash.h"

/* --- keys --- */

/* Absent if the event's source and subject decide. */
static ce_slice key_text(const ce_delivery *d, const ce_event *e)
{
    ce_slice text = { NULL, 0 };

    if (e)
        text = ce_event_text(e, "partitionkey");
    if (!text.ptr)
        text = d->message.key;
    /* An MQTT topic: no partition, no offset. */
    if (!text.ptr && d->origin.partition < 0 && d->origin.offset < 0)
        text = d->origin.topic;
    return text;
}

/* Only the hash is kept: two keys that share one share a lane, which costs
 * time and breaks nothing. */
uint64_t ce_lane_key(ce_delivery *d)
{
    const ce_event *e = ce_delivery_event(d, NULL);
    ce_slice text = key_text(d, e);

    if (text.ptr)
        return ce_hash_part(CE_HASH_START, text);
    if (!e)
        return CE_HASH_START;
    return ce_hash_part(ce_hash_part(CE_HASH_START, ce_event_text(e, "source")),
                        ce_event_text(e, "subject"));
}

/* --- the table --- */

void ce_lanes_init(ce_lanes *l, size_t size)
{
    l->size = size;
}

static ce_lane **bucket_of(ce_lanes *l, uint64_t key)
{
    return &l->buckets[(key ^ key >> 32) % CE_LANES_BUCKETS];
}

static ce_lane *take_unused(ce_lanes *l)
{
    ce_lane *lane = l->unused;

    if (lane)
        l->unused = lane->chain;
    else
        lane = ce_alloc(l->size);
    return lane;
}

ce_lane *ce_lanes_for_one(ce_lanes *l)
{
    ce_lane *lane = take_unused(l);

    if (!lane)
        return NULL;
    memset(lane, 0, l->size);
    lane->next = l->first;
    if (l->first)
        l->first->before = lane;
    l->first = lane;
    return lane;
}

ce_lane *ce_lanes_find(ce_lanes *l, uint64_t key)
{
    ce_lane *lane = *bucket_of(l, key);

    while (lane && lane->key != key)
        lane = lane->chain;
    return lane;
}

ce_lane *ce_lanes_for_key(ce_lanes *l, uint64_t key)
{
    ce_lane **bucket = bucket_of(l, key), *lane = ce_lanes_find(l, key);

    if (lane)
        return lane;
    lane = ce_lanes_for_one(l);
    if (!lane)
        return NULL;
    lane->key = key;
    lane->keyed = true;
    lane->chain = *bucket;
    *bucket = lane;
    return lane;
}

static void leave_bucket(ce_lanes *l, ce_lane *lane)
{
    ce_lane **at = bucket_of(l, lane->key);

    while (*at != lane)
        at = &(*at)->chain;
    *at = lane->chain;
}

void ce_lanes_give(ce_lanes *l, ce_lane *lane)
{
    if (lane->keyed)
        leave_bucket(l, lane);
    if (lane->before)
        lane->before->next = lane->next;
    else
        l->first = lane->next;
    if (lane->next)
        lane->next->before = lane->before;
    lane->chain = l->unused;
    l->unused = lane;
}

void ce_lanes_free(ce_lanes *l)
{
    while (l->unused) {
        ce_lane *lane = l->unused;

        l->unused = lane->chain;
        ce_free(lane);
    }
}

/* --- one lane --- */

static uint64_t number_of(ce_link *l)
{
    return CE_OWNER(l, ce_place, link)->number;
}

void ce_lane_add(ce_lanes *l, ce_lane *lane, ce_place *p)
{
    p->number = l->numbers++;
    ce_queue_add(&lane->waiting, &p->link);
}

void ce_lane_add_again(ce_lane *lane, ce_place *p)
{
    ce_queue *q = &lane->again;
    ce_link *before = NULL;

    /* Failures come back mostly in order: the end is the usual place. */
    if (!q->last || number_of(q->last) < p->number) {
        ce_queue_add(q, &p->link);
        return;
    }
    for (ce_link *at = q->first; number_of(at) < p->number; at = at->next)
        before = at;
    ce_queue_insert(q, before, &p->link);
}

ce_place *ce_lane_take(ce_lane *lane)
{
    ce_place *p = CE_QUEUE_TAKE(&lane->again, ce_place, link);

    return p ? p : CE_QUEUE_TAKE(&lane->waiting, ce_place, link);
}

ce_queue ce_lane_cut(ce_lane *lane)
{
    ce_place *oldest = ce_lane_take(lane), *p;
    ce_queue rest = { NULL, NULL };

    if (lane->in_flight == 0)
        rest = ce_queue_take_all(&lane->again);
    while ((p = CE_QUEUE_TAKE(&lane->waiting, ce_place, link)))
        ce_queue_add(&rest, &p->link);
    if (oldest)
        ce_lane_add_again(lane, oldest);
    return rest;
}

bool ce_lane_is_empty(const ce_lane *lane)
{
    return ce_queue_is_empty(&lane->again) && ce_queue_is_empty(&lane->waiting);
}
