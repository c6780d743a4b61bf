/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the in-memory transport share.
 *
 * Receivers and senders meet by name within the process, each on a loop of its
 * own. A parcel carries a copy of a message to the receiver's loop and brings
 * the result back; either end may go while it is under way. */
#ifndef CE_BINDINGS_MEM_MEM_H
#define CE_BINDINGS_MEM_MEM_H

#include <cloudevents/transport.h>

ce_status ce_mem_receiver_open(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err);
ce_status ce_mem_sender_open(ce_sender **out, const ce_endpoint *at,
                             ce_error *err);

/* --- parcels --- */

typedef struct ce_mem_parcel ce_mem_parcel;
struct ce_mem_parcel {
    ce_arena *arena;
    ce_message message; /* in the arena, as the reply */
    ce_message reply;
    ce_result result;
    struct ce_mem_guest *from; /* NULL: the sender has gone; under the lock */
    ce_delivery *d;            /* the sender's; NULL: it was given up */
    ce_mem_parcel *next;       /* in a queue */
    ce_mem_parcel *before, *after; /* among those of its sender */
};

/* Empty; NULL without memory. */
ce_mem_parcel *ce_mem_parcel_new(void);
ce_status ce_mem_parcel_fill(ce_mem_parcel *p, const ce_message *m);
/* Copies the result and its reply. */
void ce_mem_parcel_settle(ce_mem_parcel *p, const ce_result *r);
void ce_mem_parcel_free(ce_mem_parcel *p);

typedef struct ce_mem_queue {
    ce_mem_parcel *first, *last;
} ce_mem_queue;

void ce_mem_queue_add(ce_mem_queue *q, ce_mem_parcel *p);
ce_mem_parcel *ce_mem_queue_take(ce_mem_queue *q);

/* --- where they meet; any thread --- */

/* A receiver's place. */
typedef struct ce_mem_host ce_mem_host;
struct ce_mem_host {
    const char *name;
    ce_loop *loop;
    ce_task *arrived;
    ce_mem_queue queue; /* under the lock, as what follows */
    ce_mem_host *next;
};

/* A sender's. */
typedef struct ce_mem_guest ce_mem_guest;
struct ce_mem_guest {
    const char *name;
    ce_loop *loop;
    ce_task *answered;
    ce_task *changed;     /* a receiver came or went */
    ce_mem_queue answers; /* under the lock, as what follows */
    ce_mem_guest *next;
};

/* CE_EINVAL: somebody receives there already. */
ce_status ce_mem_host_join(ce_mem_host *h, ce_error *err);
/* What waits goes back undelivered. Harmless when it has not joined. */
void ce_mem_host_leave(ce_mem_host *h);
ce_mem_parcel *ce_mem_host_take(ce_mem_host *h);
/* P has its result: it goes back, or away with its sender. */
void ce_mem_answer(ce_mem_parcel *p);

void ce_mem_guest_join(ce_mem_guest *g);
/* Parcels that are out, from OUT on, belong to themselves. */
void ce_mem_guest_leave(ce_mem_guest *g, ce_mem_parcel *out);
/* Whether somebody receives there. */
bool ce_mem_is_open(const char *name);
/* False: nobody receives there, and P is still the caller's. */
bool ce_mem_send(ce_mem_guest *g, ce_mem_parcel *p);
ce_mem_parcel *ce_mem_guest_take(ce_mem_guest *g);

#endif
