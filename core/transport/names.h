/* SPDX-License-Identifier: Apache-2.0 */
/* Names of attributes that the specification forbids (CloudEvents 1.0, naming
 * conventions), from peers that write them all the same: the option "names". */
#ifndef CE_CORE_TRANSPORT_NAMES_H
#define CE_CORE_TRANSPORT_NAMES_H

#include <cloudevents/settings.h>
#include <cloudevents/slice.h>

typedef enum ce_names {
    CE_NAMES_EXACT, /* such an event is malformed */
    CE_NAMES_LOWER, /* made of the letters, in lower case, and digits */
    CE_NAMES_DROP   /* such an attribute is left out */
} ce_names;

/* What the user asks for. */
ce_names ce_names_of(const ce_settings *s);
/* Makes NAME what RULE makes of it; absent where the attribute is left out.
 * Sets *CHANGED if it was not allowed as it was. Returns CE_ENOMEM or CE_OK. */
ce_status ce_names_apply(ce_names rule, ce_slice *name, ce_arena *arena,
                         bool *changed);

#endif
