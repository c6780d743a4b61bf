/* SPDX-License-Identifier: Apache-2.0 */
/* Random valid events from a seed: every attribute type, every kind of data,
 * and text from all over Unicode. */
#ifndef RANDOM_EVENT_H
#define RANDOM_EVENT_H

#include <cloudevents/cloudevents.h>

typedef struct random_source {
    uint64_t state; /* the seed to begin with */
} random_source;

/* From 0 to BELOW - 1. */
unsigned random_below(random_source *r, unsigned below);
/* The caller frees it; NULL without memory. */
ce_event *random_event(random_source *r);

#endif
