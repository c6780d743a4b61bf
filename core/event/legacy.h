/* SPDX-License-Identifier: Apache-2.0 */
/* Where CloudEvents 0.3 differs from 1.0. */
#ifndef CE_CORE_EVENT_LEGACY_H
#define CE_CORE_EVENT_LEGACY_H

#include <cloudevents/event.h>

/* Returns whether the event's specversion is 0.3. */
bool ce_event_is_legacy(const ce_event *e);
/* Returns whether its datacontentencoding says that the data is a text in
 * Base64. */
bool ce_event_is_encoded(const ce_event *e);

#endif
