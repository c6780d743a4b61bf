/* SPDX-License-Identifier: Apache-2.0 */
/* An event's data, in and out: bytes, text, JSON; and the event as JSON. */
#ifndef CLOUDEVENTS_DATA_H
#define CLOUDEVENTS_DATA_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

struct cJSON;

/* Each of these replaces the data and, unless CONTENT_TYPE is absent, sets
 * datacontenttype. Absent data removes the data; empty data is data. After an
 * error the event is as it was. The first one copies. */
CE_API ce_status ce_event_set_data(ce_event *e, ce_slice content_type,
                                   ce_slice data, ce_error *err) CE_MUST_USE;
/* DATA has to live as long as the event, or until other data is set. */
CE_API ce_status ce_event_borrow_data(ce_event *e, ce_slice content_type,
                                      ce_slice data, ce_error *err) CE_MUST_USE;
/* RELEASE gets DATA's pointer when the event is freed or other data is set. An
 * error leaves DATA with the caller. */
CE_API ce_status ce_event_take_data(ce_event *e, ce_slice content_type,
                                    ce_slice data, void (*release)(void *bytes),
                                    ce_error *err) CE_MUST_USE;
/* A copy of TEXT as text/plain. Fails unless it is UTF-8. */
CE_API ce_status ce_event_set_text(ce_event *e, const char *text,
                                   ce_error *err) CE_MUST_USE;
/* A copy of one JSON text, which is checked and kept as it is written, as
 * application/json, unless the event has another JSON type already. */
CE_API ce_status ce_event_set_json(ce_event *e, const char *text,
                                   ce_error *err) CE_MUST_USE;
/* The same of a tree, which stays the caller's. */
CE_API ce_status ce_event_set_cjson(ce_event *e, const struct cJSON *tree,
                                    ce_error *err) CE_MUST_USE;

/* The data as a tree that the caller frees with cJSON_Delete. Numbers become
 * doubles: what has to keep its digits is read from the data itself. Fails
 * with CE_ENOENT without data and with CE_ESYNTAX when it is no JSON text. */
CE_API ce_status ce_event_json(const ce_event *e, struct cJSON **out,
                               ce_error *err) CE_MUST_USE;

/* Whether the media type, without parameters, is JSON: any type with the
 * subtype json or the suffix +json. Of XML and text likewise. */
CE_API bool ce_media_type_is_json(ce_slice content_type);
CE_API bool ce_media_type_is_xml(ce_slice content_type);
CE_API bool ce_media_type_is_text(ce_slice content_type);

/* Appends the event as structured JSON, after a check. */
CE_API ce_status ce_event_to_json(const ce_event *e, ce_buf *out,
                                  ce_error *err) CE_MUST_USE;
/* Makes an event, which the caller frees, of structured JSON. */
CE_API ce_status ce_event_from_json(ce_event **out, ce_slice text,
                                    ce_error *err) CE_MUST_USE;
/* Appends the event for people: an attribute a line, then the data, or how
 * long it is when it is no text. Not meant to be parsed. */
CE_API ce_status ce_event_print(const ce_event *e, ce_buf *out) CE_MUST_USE;

CE_END_DECLS

#endif
