/* SPDX-License-Identifier: Apache-2.0 */
/* A source of exactly one event, for the event that a command line makes. */
#ifndef CE_BRIDGE_RUN_SINGLE_EVENT_H
#define CE_BRIDGE_RUN_SINGLE_EVENT_H

#include <cloudevents/transport.h>

/* It has no URI: it is put into a plan by hand. */
extern const ce_transport br_single_event_transport;

/* Borrows E for all receivers that are opened later. */
void br_single_event_set(const ce_event *e);

#endif
