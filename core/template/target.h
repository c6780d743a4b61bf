/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sink sends an event: the same place always, or the text of a template
 * that is made for each event and has to be on a list.
 *
 * An event may come from anybody. What it holds can choose among the targets
 * that the list allows, and no other. */
#ifndef CE_CORE_TEMPLATE_TARGET_H
#define CE_CORE_TEMPLATE_TARGET_H

#include <cloudevents/settings.h>

#include "core/template/template.h"

/* How the targets of a transport look. All functions are pure. */
typedef struct ce_target_rules {
    const char *noun;   /* "topic" */
    const char *option; /* "topics": the list, in commas */
    ce_text_place place;
    /* Returns what is wrong with a target, or NULL. */
    const char *(*broken)(const char *target);
    /* Returns what is wrong with an item of the list, or NULL. */
    const char *(*broken_item)(const char *item);
    bool (*allows)(const char *item, const char *target);
} ce_target_rules;

typedef struct ce_target ce_target;

/* TEXT is the template; ALLOWED is the value of the option, or NULL. Fails when
 * one of them can never work, and when a template has no list. RULES is
 * borrowed. Close *OUT also when this fails. */
ce_status ce_target_open(ce_target **out, const ce_target_rules *rules,
                         const char *text, const char *allowed, ce_error *err);
/* Accepts NULL. */
void ce_target_close(ce_target *t);
/* Returns the target of every event, or NULL: it depends on the event. */
const char *ce_target_fixed(const ce_target *t);
/* Sets *OUT to the target of D, in D's arena. Fails with CE_ENOENT when the
 * event has none that is allowed, and the sink refuses it for the reason in
 * ERR. */
ce_status ce_target_of(const ce_target *t, ce_delivery *d, const char **out,
                       ce_error *err);
/* Appends the target of D to OUT: "topic orders". OPEN makes it of S, for this
 * one question; none is made: nothing is appended. Errors as ce_target_of. */
typedef ce_status ce_target_open_fn(ce_target **out, const ce_settings *s,
                                    ce_error *err);
ce_status ce_target_tell(ce_target_open_fn *open, const ce_settings *s,
                         ce_delivery *d, ce_buf *out, ce_error *err);
/* Checks TEXT and ALLOWED as ce_target_open does. */
ce_status ce_target_check(const ce_target_rules *rules, const char *text,
                          const char *allowed, ce_error *err);

/* Whether TEXT is PATTERN, in which '*' stands for any characters. */
bool ce_target_glob(const char *pattern, const char *text);

#endif
