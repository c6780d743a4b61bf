/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of attributes: names, texts, and those of the core attributes. */
#ifndef CE_CORE_EVENT_ATTR_H
#define CE_CORE_EVENT_ATTR_H

#include <cloudevents/event.h>

/* Whether the specification itself defines NAME. */
bool ce_attr_is_core(ce_slice name);
/* The type that the specification gives NAME, else TYPE. */
ce_type ce_attr_type_of(ce_slice name, ce_type type);
/* The name alone. */
ce_status ce_attr_check_name(ce_slice name, ce_error *err);
/* Name, text, type and, for a core attribute, its own rule. ERR names them. */
ce_status ce_attr_check(const ce_attr *a, ce_error *err);
/* Returns room for one more, which you fill in; NULL when out of memory. */
ce_attr *ce_attrs_push(ce_attrs *attrs, ce_arena *arena);
/* Calls FN for each that breaks a rule. Returns what FN returned last, as the
 * next two do. */
ce_status ce_attrs_broken(const ce_attrs *attrs, ce_finding_fn *fn, void *arg);
/* Calls FN for each required name that is not there. */
ce_status ce_attrs_missing(const ce_attrs *attrs, ce_finding_fn *fn, void *arg);
enum { CE_SHOWN_MAX = 64, CE_SHOWN_ROOM = CE_SHOWN_MAX + 16 };
/* Writes TEXT to OUT for people: cut to CE_SHOWN_MAX, and bytes that cannot be
 * printed as \xHH. Returns OUT. */
const char *ce_attr_show(ce_slice text, char out[CE_SHOWN_ROOM]);
/* Fails with CE_EINVAL and a text about attribute NAME. VALUE, which may be
 * absent, is shortened and made printable. */
ce_status ce_attr_fail(ce_error *err, ce_slice name, const char *broken,
                       ce_slice value);
/* Calls FN for each name that is there again; or CE_ENOMEM. */
ce_status ce_attrs_twice(const ce_attrs *attrs, ce_finding_fn *fn, void *arg);
/* Sets *NAME to one that is there again, or absent; or CE_ENOMEM. */
ce_status ce_attrs_find_twice(const ce_attrs *attrs, ce_slice *name);
/* Ends a walk at its first finding, which it copies to ARG, a ce_error or
 * NULL. */
ce_finding_fn ce_first_finding;

#endif
