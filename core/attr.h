/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of attributes: names, texts, and those of the core attributes. */
#ifndef CE_ATTR_H
#define CE_ATTR_H

#include <cloudevents/event.h>

/* Whether the specification itself defines NAME. */
bool ce_attr_is_core(ce_slice name);
/* The type that the specification gives NAME, else TYPE. */
ce_type ce_attr_type_of(ce_slice name, ce_type type);
/* Name, text, type and, for a core attribute, its own rule. ERR names them. */
ce_status ce_attr_check(const ce_attr *a, ce_error *err);
/* All of them, and that the required ones are there. */
ce_status ce_attrs_check(const ce_attrs *attrs, ce_error *err);
/* An error about attribute NAME; VALUE is shortened and made printable. */
ce_status ce_attr_fail(ce_error *err, ce_slice name, const char *broken,
                       ce_slice value);
/* A name that occurs more than once, or an absent slice. */
ce_status ce_attrs_find_twice(const ce_attrs *attrs, ce_slice *out);

#endif
