/* SPDX-License-Identifier: Apache-2.0 */
/* An event format: how a whole event is written as bytes.
 *
 * Use this header to read and write formats directly, or to add one:
 * CONTRIBUTING.md says how. */
#ifndef CLOUDEVENTS_FORMAT_H
#define CLOUDEVENTS_FORMAT_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

/* Takes one event of a batch; anything but CE_OK ends the walk. E is valid
 * during the call; BODY is its own encoded text: a view of the batch, or valid
 * during the call too where the batch's text does not stand alone. */
typedef ce_status ce_event_fn(void *arg, const ce_event *e, ce_slice body);

/* Constant and without state: any thread may use it at any time. ERR may be
 * NULL. A function that appends may leave a part in OUT when it fails; free
 * OUT with ce_buf_free in any case. */
typedef struct ce_format {
    const char *name;             /* "json" */
    const char *media_type;       /* "application/cloudevents+json" */
    const char *batch_media_type; /* NULL: the format has no batches */
    /* Reads one event and checks it in full. OUT is a view of BODY and ARENA:
     * keep both while you use it. */
    ce_status (*decode)(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err);
    /* Appends. The event must be valid; see ce_event_check. */
    ce_status (*encode)(const ce_event *e, ce_buf *out);
    /* Calls EACH per event, in order. An error may come after some calls. */
    ce_status (*decode_batch)(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err);
    /* Appends COUNT valid events as one batch. */
    ce_status (*encode_batch)(const ce_event *const *events, size_t count,
                              ce_buf *out);
    /* As decode, but calls FN for everything that is wrong with one event, and
     * fills OUT only when nothing is; NULL: decode tells the first. */
    ce_status (*findings)(ce_slice body, ce_arena *arena, ce_event *out,
                          ce_finding_fn *fn, void *arg);
    /* Whether the format can carry E, which is valid; ERR says what it cannot.
     * NULL: it carries every event. Encoding others fails with CE_ENOTSUP. */
    ce_status (*check)(const ce_event *e, ce_error *err);
} ce_format;

/* JSON (JSON Event Format 1.0) is always there: the specification asks it of
 * every implementation. Every other format is a folder below formats/. */
CE_API extern const ce_format ce_format_json;

/* The formats that the next functions return live for ever. */

/* Returns the format of a single event's Content-Type, ignoring case and
 * parameters; NULL when it is not known, or names a charset that is not
 * UTF-8. */
CE_API const ce_format *ce_format_find(ce_slice content_type);
/* The same of a batch's Content-Type. */
CE_API const ce_format *ce_format_find_batch(ce_slice content_type);
/* Returns the format with this short name, such as "json", compared with case;
 * NULL when it is not known. */
CE_API const ce_format *ce_format_named(ce_slice name);
/* Walks the formats of this build: INDEX from 0 until NULL. */
CE_API const ce_format *ce_format_at(unsigned index);

/* The size is part of the ABI: a program that was linked with another build may
 * hold a copy of the array. */
enum { CE_FORMAT_NAMES_SIZE = 256 };
/* The names of all formats of this build, separated by '|', as the choices of
 * an option are: "json|avro|protobuf|xml". */
CE_API extern const char ce_format_names[CE_FORMAT_NAMES_SIZE];

CE_END_DECLS

#endif
