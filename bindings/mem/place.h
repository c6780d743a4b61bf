/* SPDX-License-Identifier: Apache-2.0 */
/* Where receivers and senders meet by name: they are hosts and guests. Any
 * thread may call these, with its own host or guest. */
#ifndef CE_BINDINGS_MEM_PLACE_H
#define CE_BINDINGS_MEM_PLACE_H

#include <cloudevents/loop.h>

#include "bindings/mem/parcel.h"

/* A receiver. NAME to ARRIVED are set by it. */
typedef struct ce_mem_host ce_mem_host;
struct ce_mem_host {
    const char *name;
    ce_loop *loop;
    ce_task *arrived;
    ce_queue parcels; /* under the lock, as what follows */
    ce_mem_host *next;
};

/* A sender. NAME to CHANGED are set by it. */
typedef struct ce_mem_guest ce_mem_guest;
struct ce_mem_guest {
    const char *name;
    ce_loop *loop;
    ce_task *answered;
    ce_task *changed; /* a receiver came or went */
    ce_queue answers; /* of parcels; under the lock, as what follows */
    ce_mem_guest *next;
};

/* CE_EINVAL: another host has the name. */
ce_status ce_mem_host_join(ce_mem_host *h, ce_error *err);
/* What waits goes back undelivered. Harmless when it has not joined. */
void ce_mem_host_leave(ce_mem_host *h);
/* The next parcel, or NULL. */
ce_mem_parcel *ce_mem_host_take(ce_mem_host *h);
/* Call it when P has its result: it goes back, or is freed when its sender has
 * gone. */
void ce_mem_answer(ce_mem_parcel *p);

void ce_mem_guest_join(ce_mem_guest *g);
/* Call it before G goes. The parcels from OUT on are freed by those who hold
 * them. */
void ce_mem_guest_leave(ce_mem_guest *g, ce_mem_parcel *out);
/* Whether a host has the name. */
bool ce_mem_is_open(const char *name);
/* False: there is no host, and P is still the caller's. */
bool ce_mem_send(ce_mem_guest *g, ce_mem_parcel *p);
/* The next parcel that came back, or NULL. */
ce_mem_parcel *ce_mem_guest_take(ce_mem_guest *g);

#endif
