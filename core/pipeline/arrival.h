/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a delivery has come as far as a sink: what is settled before would
 * have the same fate on its way to any other. */
#ifndef CE_CORE_PIPELINE_ARRIVAL_H
#define CE_CORE_PIPELINE_ARRIVAL_H

#include <cloudevents/delivery.h>

/* The state of the receiver's hook then; the receiver begins with another. */
enum { CE_ARRIVED = 1 };

/* Marks D, or the delivery that its stages have made it from. */
void ce_arrival_mark(ce_delivery *d);
bool ce_arrival_is_marked(const ce_delivery *d);

#endif
