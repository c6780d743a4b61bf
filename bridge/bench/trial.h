/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement: what is asked for, and what came of it. The generator and
 * the recorder share it, each on the thread of its loop. */
#ifndef CE_BRIDGE_BENCH_TRIAL_H
#define CE_BRIDGE_BENCH_TRIAL_H

#include <stdatomic.h>

#include <cloudevents/result.h>
#include <cloudevents/slice.h>

#include "bridge/bench/histogram.h"

typedef struct br_trial_config {
    uint64_t count;
    uint64_t rate;      /* events a second; 0: as fast as they are confirmed */
    uint64_t in_flight; /* that are out at most */
    uint64_t bytes;     /* of the data */
    uint64_t keys;      /* values of partitionkey; 0: there is none */
    uint64_t timeout_ms;
    bool receives; /* what was sent is waited for */
} br_trial_config;

enum { BR_TRIAL_SOURCE = 64 };

typedef struct br_trial {
    br_trial_config config;
    char source[BR_TRIAL_SOURCE]; /* of the events, and of no others */
    char *data;
    /* Of each event: when it was sent, or was to be sent; 0: it was not. */
    atomic_uint_fast64_t *sent_ns;
    atomic_uchar *marks; /* which is confirmed, which has arrived */
    atomic_bool is_sent; /* no result comes any more */
    atomic_uint_fast64_t confirmed, last_ns; /* LAST: of all results */
    atomic_uint_fast64_t met;                /* confirmed, and arrived */
    /* The generator's, until all threads have ended. */
    uint64_t begun_ns, sent, refused, undelivered;
    bool gave_up; /* something was not connected in time */
    br_histogram confirmation;
    /* The recorder's, likewise. */
    uint64_t arrived, duplicates, foreign, arrived_ns; /* NS: the last one */
    bool is_over; /* nothing more is waited for */
    br_histogram arrival;
} br_trial;

/* Close it after a failure too. */
ce_status br_trial_open(br_trial **out, const br_trial_config *c,
                        ce_error *err);
/* Accepts NULL. */
void br_trial_close(br_trial *t);

/* Call before event NUMBER, from 0, goes. NS: by uv_hrtime. */
void br_trial_send(br_trial *t, uint64_t number, uint64_t ns);
/* Call with the result of that event. */
void br_trial_settle(br_trial *t, uint64_t number, ce_verdict verdict);
/* Call for each event that comes. */
void br_trial_arrive(br_trial *t, ce_slice source, ce_slice id);
/* Whether all that was confirmed has arrived, or had its time. The recorder's
 * thread. */
bool br_trial_is_over(br_trial *t);

/* Returns how many events were confirmed and never came. Call it and the next
 * one when all threads have ended. */
uint64_t br_trial_lost(const br_trial *t);
/* Whether it went on to its end. */
bool br_trial_is_whole(const br_trial *t);

#endif
