/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of things in an event that are legal and unwise. */
#ifndef CE_BRIDGE_FORMS_LINT_H
#define CE_BRIDGE_FORMS_LINT_H

#include <cloudevents/event.h>

/* Give it valid events only. Calls WARN, with one line for people, for each
 * thing that readers of the event are likely to get wrong. */
void br_lint(const ce_event *e, void (*warn)(void *arg, const char *text),
             void *arg);

#endif
