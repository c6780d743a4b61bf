/* SPDX-License-Identifier: Apache-2.0 */
/* Events as people read them on a terminal. */
#ifndef CE_BRIDGE_COMMANDS_PRETTY_H
#define CE_BRIDGE_COMMANDS_PRETTY_H

#include <cloudevents/event.h>

/* Appends E: its type and time, a line for each other attribute, and its data,
 * JSON with a member on a line. Nothing in it moves the cursor or turns the
 * direction of text. CE_ENOMEM is the only failure. */
ce_status br_pretty(const ce_event *e, bool colors, ce_buf *out);

#endif
