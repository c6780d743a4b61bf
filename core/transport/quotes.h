/* SPDX-License-Identifier: Apache-2.0 */
/* Values of headers that are JSON strings, as Spring and Kafka Connect write
 * them: the option "quoted". */
#ifndef CE_CORE_TRANSPORT_QUOTES_H
#define CE_CORE_TRANSPORT_QUOTES_H

#include <stdbool.h>

#include <cloudevents/slice.h>

/* Makes *VALUE the text of the JSON string that it is, in ARENA, and sets
 * *CHANGED; what is no JSON string stays. Returns CE_ENOMEM or CE_OK. */
ce_status ce_unquote(ce_slice *value, ce_arena *arena, bool *changed);

#endif
