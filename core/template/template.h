/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with {placeholders}, and the edits and wraps made of them. */
#ifndef CE_CORE_TEMPLATE_TEMPLATE_H
#define CE_CORE_TEMPLATE_TEMPLATE_H

#include <cloudevents/delivery.h>

/* Placeholders: {ATTRIBUTE}, {topic}, {topic[N]} (levels from 0), {partition},
 * {offset}, {timestamp}, {retain}, {key}, {header[NAME]}, {data} (a text),
 * {data/JSON/POINTER}; {A|B|"text"} stands for the first that has a value, and
 * {epoch_ms(A)}, {epoch_s(A)} and {utc(A)} for a time; {{ and }} stand for
 * braces. */
typedef struct ce_template ce_template;

/* Where the text will stand, so that values are encoded for it. */
typedef enum ce_text_place {
    CE_IN_TEXT,      /* values stand as they are */
    CE_IN_REFERENCE, /* a URI-reference; a value that is one itself stands as
                           it is at the beginning */
    CE_IN_LINE,      /* of a terminal: values are printable, and one that is
                           missing is "-" */
    CE_IN_PATH       /* of a URI: no value can leave its segment or its
                           parameter; {topic} may be several segments */
} ce_text_place;

ce_status ce_template_compile(ce_template **out, const char *text,
                              ce_text_place place, ce_error *err);
/* Sets *OUT to the text for one delivery, in D's arena or a view; E may be NULL
 * when there is no event yet. Fails with CE_ENOENT; ERR names the placeholder
 * that has no value. */
ce_status ce_template_expand(const ce_template *t, ce_delivery *d,
                             const ce_event *e, ce_slice *out, ce_error *err);
void ce_template_free(ce_template *t);
/* Returns the text when it is the same for all deliveries, else an absent
 * one. */
ce_slice ce_template_literal(const ce_template *t);
/* Returns whether there are placeholders in it. */
bool ce_template_varies(const ce_template *t);
/* Returns the name of an attribute that the text takes from the event, or an
 * absent one. */
ce_slice ce_template_attribute(const ce_template *t);

/* Attribute name = template, in order; an empty list is zeroed. */
typedef struct ce_edit {
    char *name;
    ce_template *value;
} ce_edit;
typedef struct ce_edits {
    ce_edit *at;
    unsigned len;
} ce_edits;

/* Give the legal name of an attribute that may be edited, else it fails with
 * CE_EINVAL. Both texts are copied. */
ce_status ce_edits_add(ce_edits *edits, const char *name, const char *value,
                       ce_error *err);
void ce_edits_free(ce_edits *edits);
/* Sets *OUT to the attribute for one delivery, checked. It borrows from EDIT
 * and D's arena. */
ce_status ce_edit_expand(const ce_edit *edit, ce_delivery *d, const ce_event *e,
                         ce_attr *out, ce_error *err);

/* How a plain message becomes an event: type and source are required; id,
 * time, subject, datacontenttype and any extension may be given. Without an
 * id template Kafka records get "TOPIC-PARTITION-OFFSET" (the same after a
 * redelivery) and others a UUIDv7. */
typedef struct ce_wrap {
    ce_edits attributes;
} ce_wrap;

/* The same as ce_edits_add for an attribute of a wrap: its text cannot take
 * attributes, because there is no event yet. */
ce_status ce_wrap_add(ce_edits *attributes, const char *name, const char *value,
                      ce_error *err);
/* Call once all attributes are added: fails unless the required ones are
 * there. */
ce_status ce_wrap_check(const ce_wrap *w, ce_error *err);
/* Makes *OUT, which borrows from D and its arena, in binary mode. */
ce_status ce_wrap_apply(const ce_wrap *w, ce_delivery *d, ce_message *out,
                        ce_error *err);
/* Whether ID is what wrapping makes of the place of D's record: a topic that
 * was made again has another record there. */
bool ce_wrap_is_place(const ce_delivery *d, ce_slice id);

#endif
