/* SPDX-License-Identifier: Apache-2.0 */
/* An event's data, in and out: bytes, text, JSON; and the event as JSON.
 *
 * The rules of event.h hold here: one thread at a time for an event, ERR may
 * be NULL, CE_ENOMEM is always possible. */
#ifndef CLOUDEVENTS_DATA_H
#define CLOUDEVENTS_DATA_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

/* Of <cJSON.h>. A program that uses the two functions with trees includes it
 * and builds with pkg-config --cflags --libs cloudevents libcjson. */
struct cJSON;

/* --- setting data --- */

/* Each of these replaces the data and, unless CONTENT_TYPE is absent, sets
 * datacontenttype, a media type (RFC 2046). Absent data removes the data; empty
 * data is data. Each fails with CE_EINVAL when CONTENT_TYPE is no media type.
 * After an error the event is as it was. */

/* Copies DATA. */
CE_API ce_status ce_event_set_data(ce_event *e, ce_slice content_type,
                                   ce_slice data, ce_error *err) CE_MUST_USE;
/* Borrows DATA: keep it as long as the event, or until other data is set.
 * ce_event_clone makes a copy of it. */
CE_API ce_status ce_event_borrow_data(ce_event *e, ce_slice content_type,
                                      ce_slice data, ce_error *err) CE_MUST_USE;
/* Takes DATA over: RELEASE gets its pointer when the event is freed or other
 * data is set, on the thread that does it. An error leaves DATA with the
 * caller. */
CE_API ce_status ce_event_take_data(ce_event *e, ce_slice content_type,
                                    ce_slice data, void (*release)(void *bytes),
                                    ce_error *err) CE_MUST_USE;
/* Sets a copy of TEXT as text/plain. Fails with CE_EINVAL unless it is
 * UTF-8. */
CE_API ce_status ce_event_set_text(ce_event *e, const char *text,
                                   ce_error *err) CE_MUST_USE;
/* Sets a copy of one JSON text, byte for byte as it is written. The type
 * becomes application/json, unless the event has another JSON type already.
 * Fails with CE_ESYNTAX when TEXT is no JSON; ERR says where. */
CE_API ce_status ce_event_set_json(ce_event *e, const char *text,
                                   ce_error *err) CE_MUST_USE;
/* As ce_event_set_json, of a tree, which stays yours. */
CE_API ce_status ce_event_set_cjson(ce_event *e, const struct cJSON *tree,
                                    ce_error *err) CE_MUST_USE;

/* --- reading data --- */

/* Sets *OUT to the data as a tree; free it with cJSON_Delete. Numbers become
 * doubles: read E->data yourself where every digit counts. Fails with
 * CE_ENOENT without data and with CE_ESYNTAX when it is no JSON text; *OUT is
 * NULL then. */
CE_API ce_status ce_event_json(const ce_event *e, struct cJSON **out,
                               ce_error *err) CE_MUST_USE;

/* Returns whether the media type, without parameters, is JSON: any type with
 * the subtype json or the suffix +json (JSON format 3.1.1). */
CE_API bool ce_media_type_is_json(ce_slice content_type);
/* The same of XML: the subtype xml or the suffix +xml. */
CE_API bool ce_media_type_is_xml(ce_slice content_type);
/* Returns whether the media type is text/ and anything. */
CE_API bool ce_media_type_is_text(ce_slice content_type);

/* --- the event as a text --- */

/* Appends the event as one JSON object (JSON format 3), after a check. OUT is
 * yours: free it with ce_buf_free. Fails with CE_EINVAL when the event is not
 * valid. */
CE_API ce_status ce_event_to_json(const ce_event *e, ce_buf *out,
                                  ce_error *err) CE_MUST_USE;
/* Sets *OUT to an event made of one JSON object; free it with ce_event_free.
 * TEXT may go after the call. Fails with CE_ESYNTAX or CE_EINVAL when it is no
 * valid event; *OUT is NULL then. */
CE_API ce_status ce_event_from_json(ce_event **out, ce_slice text,
                                    ce_error *err) CE_MUST_USE;
/* Appends the event for people: an attribute a line, then the data, or its
 * length when it is no text. Do not parse it: the layout may change. */
CE_API ce_status ce_event_print(const ce_event *e, ce_buf *out) CE_MUST_USE;

CE_END_DECLS

#endif
