/* SPDX-License-Identifier: Apache-2.0 */
/* One name between the braces of a template, and what it stands for. */
#ifndef CE_CORE_TEMPLATE_PLACEHOLDER_H
#define CE_CORE_TEMPLATE_PLACEHOLDER_H

#include <cloudevents/delivery.h>

#include "core/template/moment.h"

typedef enum ce_placeholder_kind {
    CE_PLACEHOLDER_TEXT, /* "a text" */
    CE_PLACEHOLDER_ATTRIBUTE,
    CE_PLACEHOLDER_TOPIC,
    CE_PLACEHOLDER_LEVEL, /* of the topic */
    CE_PLACEHOLDER_PARTITION,
    CE_PLACEHOLDER_OFFSET,
    CE_PLACEHOLDER_TIMESTAMP,
    CE_PLACEHOLDER_RETAIN,
    CE_PLACEHOLDER_KEY,
    CE_PLACEHOLDER_HEADER,
    CE_PLACEHOLDER_DATA,
    CE_PLACEHOLDER_POINTER
} ce_placeholder_kind;

typedef struct ce_placeholder {
    ce_placeholder_kind kind;
    ce_slice text; /* a name, a pointer, or the text itself */
    unsigned level;
    ce_moment moment; /* the form in which the value is a time */
} ce_placeholder;

/* Reads what stands between the braces, or between two '|'. It borrows TEXT.
 * Returns false when it is unknown. */
bool ce_placeholder_read(ce_slice text, ce_placeholder *out);
/* Sets *OUT to the value for D, which stays absent when there is none. E may be
 * NULL when there is no event yet. Fails only with CE_ENOMEM. */
ce_status ce_placeholder_value(const ce_placeholder *p, ce_delivery *d,
                               const ce_event *e, ce_slice *out);

#endif
