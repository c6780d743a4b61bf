/* SPDX-License-Identifier: Apache-2.0 */
/* How a stage changes attributes of an event, in every content mode. */
#ifndef CE_CORE_STAGES_ATTRIBUTES_H
#define CE_CORE_STAGES_ATTRIBUTES_H

#include <cloudevents/delivery.h>

/* Sets the COUNT attributes EDITS of D, whose event is E; they are copied, and
 * their texts live as long as D. A change removes the event's signature,
 * because it would not be valid any more. After a failure D is as it was. */
ce_status ce_attributes_set(ce_delivery *d, const ce_event *e,
                            const ce_attr *edits, unsigned count,
                            ce_error *err);

#endif
