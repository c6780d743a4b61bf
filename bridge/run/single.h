/* SPDX-License-Identifier: Apache-2.0 */
/* A source of exactly one event, for the event that a command line makes. */
#ifndef CE_BRIDGE_RUN_SINGLE_H
#define CE_BRIDGE_RUN_SINGLE_H

#include <cloudevents/transport.h>

/* It has no URI: it is put into a plan by hand. */
extern const ce_transport ce_single_transport;

/* Borrows E for all receivers that are opened later. */
void ce_single_set(const ce_event *e);

#endif
