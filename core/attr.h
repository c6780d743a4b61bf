/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of attributes: names, texts, and those of the core attributes. */
#ifndef CE_ATTR_H
#define CE_ATTR_H

#include <cloudevents/event.h>

/* The type that the specification gives NAME, else CE_STRING. */
ce_type ce_attr_type_of(ce_slice name);
/* Name, text and, for a core attribute, its own rule. ERR names all three. */
ce_status ce_attr_check(const ce_attr *a, ce_error *err);
/* An error about attribute NAME; VALUE is shortened and made printable. */
ce_status ce_attr_fail(ce_error *err, ce_slice name, const char *broken,
                       ce_slice value);

#endif
