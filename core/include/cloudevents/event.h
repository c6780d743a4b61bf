/* SPDX-License-Identifier: Apache-2.0 */
/* The CloudEvents 1.0 data model: attributes, types, data, and its rules. */
#ifndef CLOUDEVENTS_EVENT_H
#define CLOUDEVENTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <cloudevents/slice.h>

CE_BEGIN_DECLS

/* The seven types of CloudEvents 1.0, "Type System". */
typedef enum ce_type {
    CE_STRING, /* also: not known to be anything else */
    CE_BOOLEAN,
    CE_INTEGER,
    CE_BINARY,
    CE_URI,
    CE_URI_REF,
    CE_TIMESTAMP
} ce_type;

/* An attribute: its name, its canonical text, and the type it is known to
 * have. Transports carry strings, so attributes from them are CE_STRING
 * unless the specification defines the name; JSON remembers integers and
 * booleans. */
typedef struct ce_attr {
    ce_slice name, text;
    ce_type type;
} ce_attr;

typedef struct ce_attrs {
    ce_attr *at;
    unsigned len, cap;
} ce_attrs;

/* What the data is known to be; it decides how a format writes it. */
typedef enum ce_data_kind {
    CE_DATA_NONE,  /* the event has no data */
    CE_DATA_BYTES, /* bytes; datacontenttype says more */
    CE_DATA_TEXT,  /* valid UTF-8 that is no JSON text */
    CE_DATA_JSON   /* one valid JSON text, as it was written */
} ce_data_kind;

/* A decoded event: a view of somebody's bytes, or the owner of its own through
 * the arena. ATTRS holds every context attribute, with specversion and
 * datacontenttype. Transparent, so that stages can work on it. */
typedef struct ce_event {
    ce_attrs attrs;
    ce_slice data;
    ce_data_kind data_kind;
    ce_arena *arena; /* where setters put their copies */
    bool owned;      /* made by ce_event_new: frees the arena with it */
    void (*release)(void *bytes); /* of data that was taken over */
    void *taken;
} ce_event;

/* An event that owns its memory, with specversion 1.0, a UUIDv7 as its id and
 * now as its time, or NULL. Both may be set anew or removed. */
CE_API ce_event *ce_event_new(void) CE_MUST_USE;
/* The same with specversion alone. */
CE_API ce_event *ce_event_blank(void) CE_MUST_USE;
/* A deep copy that owns its memory, or NULL. */
CE_API ce_event *ce_event_clone(const ce_event *e) CE_MUST_USE;
/* A deep copy in ARENA. */
CE_API ce_status ce_event_copy(const ce_event *e, ce_arena *arena,
                               ce_event *out) CE_MUST_USE;
/* Accepts NULL. */
CE_API void ce_event_free(ce_event *e);

/* Sets attribute NAME to the canonical text TEXT; both are copied. A second
 * call replaces. Fails with CE_EINVAL on an illegal name, on a value that is
 * no String, and on a core attribute whose own rule TEXT breaks. */
CE_API ce_status ce_event_set(ce_event *e, const char *name, const char *text,
                              ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_slice(ce_event *e, ce_slice name, ce_slice text,
                                    ce_type type, ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_integer(ce_event *e, const char *name,
                                      int32_t value, ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_boolean(ce_event *e, const char *name, bool value,
                                      ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_time(ce_event *e, const char *name,
                                   struct timespec value,
                                   ce_error *err) CE_MUST_USE;
/* The rest of the seven types; TEXT and BYTES are copied. */
CE_API ce_status ce_event_set_uri(ce_event *e, const char *name,
                                  const char *text, ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_uri_ref(ce_event *e, const char *name,
                                      const char *text,
                                      ce_error *err) CE_MUST_USE;
CE_API ce_status ce_event_set_binary(ce_event *e, const char *name,
                                     ce_slice bytes, ce_error *err) CE_MUST_USE;
/* Whether there was one. */
CE_API bool ce_event_remove(ce_event *e, const char *name);
/* Gives the event a UUIDv7 id if it has none, and a time if it has none. */
CE_API ce_status ce_event_stamp(ce_event *e, ce_error *err) CE_MUST_USE;

/* The attribute, or NULL when the event does not have it. */
CE_API const ce_attr *ce_event_get(const ce_event *e, const char *name);
/* Its text, absent when the event does not have it. */
CE_API ce_slice ce_event_text(const ce_event *e, const char *name);

CE_API const ce_attr *ce_attrs_find(const ce_attrs *attrs, ce_slice name);
/* Appends without looking for duplicates; the slices are borrowed, the array
 * lives in ARENA. */
CE_API ce_status ce_attrs_add(ce_attrs *attrs, ce_arena *arena,
                              ce_attr attr) CE_MUST_USE;

/* Typed readings of a canonical text (CORE-12 to CORE-27). */
CE_API ce_status ce_attr_integer(const ce_attr *a, int32_t *out) CE_MUST_USE;
CE_API ce_status ce_attr_boolean(const ce_attr *a, bool *out) CE_MUST_USE;
CE_API ce_status ce_attr_time(const ce_attr *a,
                              struct timespec *out) CE_MUST_USE;
/* The bytes live in ARENA. */
CE_API ce_status ce_attr_binary(const ce_attr *a, ce_arena *arena,
                                ce_slice *out) CE_MUST_USE;

/* Walks the attributes that the specification does not define: the one behind
 * AFTER, the first for NULL, NULL at the end. All attributes: E->attrs. */
CE_API const ce_attr *ce_event_extension(const ce_event *e,
                                         const ce_attr *after);

/* Whether E is a valid CloudEvent, of version 1.0 or 0.3. ERR names attribute,
 * rule and value. */
CE_API ce_status ce_event_check(const ce_event *e, ce_error *err) CE_MUST_USE;
/* Takes one thing that is wrong with an event; anything but CE_OK ends the
 * walk. FOUND is valid during the call. */
typedef ce_status ce_finding_fn(void *arg, const ce_error *found);
/* All that is wrong with E, where ce_event_check names the first. Returns what
 * FN returned last, or CE_ENOMEM. */
CE_API ce_status ce_event_findings(const ce_event *e, ce_finding_fn *fn,
                                   void *arg) CE_MUST_USE;
/* Makes *OUT a view of E and ARENA in version 1.0: schemaurl becomes
 * dataschema, and datacontentencoding goes, with the data decoded. A 1.0 event
 * stays as it is. Fails when the result is no valid event: on a schemaurl that
 * is no absolute URI, for example. */
CE_API ce_status ce_event_upgrade(const ce_event *e, ce_arena *arena,
                                  ce_event *out, ce_error *err) CE_MUST_USE;
/* Whether both have the same attributes (in any order) and data. */
CE_API bool ce_event_equal(const ce_event *a, const ce_event *b);

/* Whether NAME matches [a-z0-9]+ and is not "data". */
CE_API bool ce_name_is_valid(ce_slice name);
/* Whether TEXT is valid UTF-8 without controls and noncharacters. */
CE_API bool ce_string_is_valid(ce_slice text);

CE_END_DECLS

#endif
