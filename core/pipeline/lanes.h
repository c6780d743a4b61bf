/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes keep the order of each key: every key has a lane while an event of it
 * is here, and lanes do not wait for each other. A lane knows which event is
 * the next; its owner decides when that one may go. Loop thread only. */
#ifndef CE_CORE_PIPELINE_LANES_H
#define CE_CORE_PIPELINE_LANES_H

#include <cloudevents/delivery.h>

/* How many buckets the table of keys has: about as many as a receiver's pool
 * has deliveries, so that chains stay short; 8 KiB per stage. */
enum { CE_LANES_BUCKETS = 1024 };

/* An event's place in its lane; a member of what the owner keeps of it. */
typedef struct ce_place {
    ce_link link;
    uint64_t number; /* of arrival */
} ce_place;

/* The first member of the owner's lane. */
typedef struct ce_lane ce_lane;
struct ce_lane {
    ce_queue again;     /* places of events that were sent before, by number */
    ce_queue waiting;   /* places of events that were not; all are newer */
    unsigned in_flight; /* the owner counts them */
    uint64_t key;
    bool keyed;
    ce_lane *chain;         /* in a bucket, or unused */
    ce_lane *before, *next; /* among all lanes in use */
};

typedef struct ce_lanes {
    ce_lane *first; /* those in use; walk them by NEXT */
    ce_lane *unused;
    size_t size; /* of the owner's lane */
    uint64_t numbers;
    ce_lane *buckets[CE_LANES_BUCKETS];
} ce_lanes;

/* Zero L before. SIZE is that of the owner's lane. */
void ce_lanes_init(ce_lanes *l, size_t size);
/* Call when no lane is in use any more. */
void ce_lanes_free(ce_lanes *l);

/* Returns the key of D's order, as a number: the attribute partitionkey, else
 * the message's own key, else the topic of a source without offsets (MQTT),
 * else source and subject. */
uint64_t ce_lane_key(ce_delivery *d);
/* Returns the lane of KEY, or NULL without memory. Give it back with
 * ce_lanes_give. The owner's part of a new lane is zeroed. */
ce_lane *ce_lanes_for_key(ce_lanes *l, uint64_t key);
/* Returns the lane of KEY if it is in use, or NULL. */
ce_lane *ce_lanes_find(ce_lanes *l, uint64_t key);
/* Returns a new lane that no other event will find: no order. Give it back with
 * ce_lanes_give. */
ce_lane *ce_lanes_for_one(ce_lanes *l);
/* Call when nothing of the lane waits or is in flight. */
void ce_lanes_give(ce_lanes *l, ce_lane *lane);

/* Call for an event that has just arrived: adds it behind all others. */
void ce_lane_add(ce_lanes *l, ce_lane *lane, ce_place *p);
/* Call for an event that comes back from an attempt: puts it between its
 * neighbours of before. */
void ce_lane_add_again(ce_lane *lane, ce_place *p);
/* Takes the oldest event out and returns it; NULL: none waits. */
ce_place *ce_lane_take(ce_lane *lane);
/* Takes out all but the oldest event, and returns their places in order: they
 * are newer than all that stay or are in flight. What is to stay after all goes
 * back by ce_lane_add_again. */
ce_queue ce_lane_cut(ce_lane *lane);
bool ce_lane_is_empty(const ce_lane *lane);

#endif
