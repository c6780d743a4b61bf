/* SPDX-License-Identifier: Apache-2.0 */
/* T1 to T4 of the checklist for transports with a broker: the same client, the
 * same fixture, counted at the receiver. */
#ifndef CE_TESTS_CORE_CLIENT_CHECKLIST_H
#define CE_TESTS_CORE_CLIENT_CHECKLIST_H

#include "tests/core/client/client_rig.h"

enum { MANY = 100 };

/* One place at the broker. */
typedef struct place {
    char receive[512], send[256];
} place;

/* Starts a receiver there; S notes what it gets. */
ce_client *receive_at(const place *p, seen *s);
void check_sends(const place *p);
typedef struct replies {
    ce_event *expected;
    atomic_uint equal, other;
} replies;

/* One after the other ONE_BY_ONE times, then the rest of T2 at once. */
void check_requests(const place *p, unsigned one_by_one);
/* T7, and T2 without a reply. */
void check_refusals(const place *p);
/* T3 with fewer clients: a broker takes its time for each. */
void check_many_clients(const place *p, unsigned clients);

#endif
