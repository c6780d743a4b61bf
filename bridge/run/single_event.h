/* SPDX-License-Identifier: Apache-2.0 */
/* A source of exactly one event, for the event that a command line makes. */
#ifndef CE_BRIDGE_RUN_SINGLE_EVENT_H
#define CE_BRIDGE_RUN_SINGLE_EVENT_H

#include <cloudevents/transport.h>

/* Put it into a plan by hand: it has no URI. Set the event before. */
extern const ce_transport br_single_event_transport;

/* Keep E until all receivers are closed: they borrow it. */
void br_single_event_set(const ce_event *e);

#endif
