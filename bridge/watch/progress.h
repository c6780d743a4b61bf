/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a person at a terminal watches. */
#ifndef CE_BRIDGE_WATCH_PROGRESS_H
#define CE_BRIDGE_WATCH_PROGRESS_H

#include <cloudevents/loop.h>

typedef struct br_progress br_progress;

typedef struct br_progress_counts {
    uint64_t delivered, in_flight;
    uint64_t waiting; /* the lag of Kafka groups, and what inboxes hold */
} br_progress_counts;

/* Asks COUNT once a second, and writes a line to stderr when something has
 * changed. *OUT is NULL where stderr is no terminal. */
ce_status br_progress_open(br_progress **out, ce_loop *loop,
                           br_progress_counts (*count)(void *arg), void *arg);
/* Accepts NULL. */
void br_progress_close(br_progress *p);
/* Call it before another line is written to stderr: removes this one. Any
 * thread. */
void br_progress_clear(void);

#endif
