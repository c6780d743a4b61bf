/* SPDX-License-Identifier: Apache-2.0 */
/* A message that goes from loop to loop with its own memory, and comes back
 * with its result. */
#ifndef CE_BINDINGS_MEM_PARCEL_H
#define CE_BINDINGS_MEM_PARCEL_H

#include <cloudevents/delivery.h>

typedef struct ce_mem_parcel ce_mem_parcel;
struct ce_mem_parcel {
    ce_arena *arena;
    ce_message message; /* in the arena, as the reply */
    ce_message reply;
    ce_result result;
    struct ce_mem_guest *from; /* NULL: the sender has gone; under the lock of
                                  the places */
    ce_link link;              /* in the queue of a place, or unused */
    /* The sender's. */
    ce_delivery *d;                /* NULL: it was given up */
    ce_mem_parcel *before, *after; /* among those that are out */
};

/* Empty; NULL without memory. */
ce_mem_parcel *ce_mem_parcel_new(void);
/* Copies M, in place of what was there. */
ce_status ce_mem_parcel_fill(ce_mem_parcel *p, const ce_message *m);
/* Copies the result and its reply. */
void ce_mem_parcel_settle(ce_mem_parcel *p, const ce_result *r);
void ce_mem_parcel_free(ce_mem_parcel *p);

#endif
