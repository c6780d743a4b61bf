/* SPDX-License-Identifier: Apache-2.0 */
/* The CloudEvents 1.0 data model: attributes, types, data, and its rules.
 *
 * Threads. An event belongs to one thread at a time; several threads may read
 * one event as long as none changes it. The functions have no state of their
 * own.
 *
 * Errors. ERR may be NULL. A function that fails returns the status and says
 * in ERR what was wrong; an attribute that could not be set is as it was.
 * Every function that allocates may fail with CE_ENOMEM.
 *
 * A name in quotes is a section of the CloudEvents specification. */
#ifndef CLOUDEVENTS_EVENT_H
#define CLOUDEVENTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <cloudevents/slice.h>

CE_BEGIN_DECLS

/* The seven types of CloudEvents 1.0, "Type System". */
typedef enum ce_type {
    CE_STRING,   /* also: not known to be anything else */
    CE_BOOLEAN,  /* "true" or "false" */
    CE_INTEGER,  /* a signed integer of 32 bits */
    CE_BINARY,   /* bytes; the text is their Base64 (RFC 4648) */
    CE_URI,      /* an absolute URI (RFC 3986 4.3) */
    CE_URI_REF,  /* a URI-reference (RFC 3986 4.1) */
    CE_TIMESTAMP /* RFC 3339 */
} ce_type;

/* An attribute: its name, its canonical text, and the type it is known to
 * have. Transports carry strings, so attributes from them are CE_STRING
 * unless the specification defines the name; JSON remembers integers and
 * booleans. */
typedef struct ce_attr {
    ce_slice name, text;
    ce_type type;
} ce_attr;

/* A list of attributes. Zeroed it is empty. Nothing frees it: AT lives in the
 * arena that was given to ce_attrs_add. */
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

/* A decoded event. It is a view of bytes that belong to the caller, or it owns
 * its bytes through the arena. What a setter replaces stays in the arena until
 * that goes: for many events one after the other, make a new one each time, or
 * ce_event_copy a model into an arena of yours and reset that in between. ATTRS
 * holds every context attribute, with specversion and datacontenttype.
 * Transparent, so that stages can work on it. */
typedef struct ce_event {
    ce_attrs attrs;
    ce_slice data; /* absent with CE_DATA_NONE */
    ce_data_kind data_kind;
    ce_arena *arena; /* where setters put their copies */
    bool owned;      /* made by ce_event_new: frees the arena with it */
    void (*release)(void *bytes); /* of data that was taken over */
    void *taken;                  /* what RELEASE gets */
} ce_event;

/* --- life --- */

/* Returns an event that owns its memory, with specversion 1.0, a UUIDv7 as its
 * id and now as its time; NULL when memory or random numbers are missing. You
 * have to set source and type before it is valid ("REQUIRED Attributes"). Free
 * it with ce_event_free. */
CE_API ce_event *ce_event_new(void) CE_MUST_USE;
/* Returns an event that owns its memory and has specversion alone, or NULL. Use
 * it where id and time come from elsewhere. Free it with ce_event_free. */
CE_API ce_event *ce_event_blank(void) CE_MUST_USE;
/* Returns a deep copy that owns its memory, or NULL. Use it to keep an event
 * after the call that lent it. Free it with ce_event_free. */
CE_API ce_event *ce_event_clone(const ce_event *e) CE_MUST_USE;
/* Fills *OUT with a deep copy whose bytes live in ARENA. Do not free *OUT: it
 * goes with the arena. Fails with CE_ENOMEM only. */
CE_API ce_status ce_event_copy(const ce_event *e, ce_arena *arena,
                               ce_event *out) CE_MUST_USE;
/* Frees an event of ce_event_new, ce_event_blank or ce_event_clone, and
 * releases data that was taken over. Leaves a view alone. Accepts NULL. */
CE_API void ce_event_free(ce_event *e);

/* --- attributes --- */

/* Sets attribute NAME to the canonical text TEXT; both are copied, and the old
 * value is replaced. Names are [a-z0-9]+ and not "data" ("Naming
 * Conventions"). Fails with CE_EINVAL on another name, on a value that is no
 * String, and on a core attribute whose own rule TEXT breaks: an empty id, a
 * time that is not RFC 3339, a source that is no URI-reference. */
CE_API ce_status ce_event_set(ce_event *e, const char *name, const char *text,
                              ce_error *err) CE_MUST_USE;
/* As ce_event_set, for slices and with a type. An extension's TEXT has to be of
 * TYPE; a core attribute always has the type that the specification gives
 * it. */
CE_API ce_status ce_event_set_slice(ce_event *e, ce_slice name, ce_slice text,
                                    ce_type type, ce_error *err) CE_MUST_USE;
/* Sets an Integer. Errors as ce_event_set. */
CE_API ce_status ce_event_set_integer(ce_event *e, const char *name,
                                      int32_t value, ce_error *err) CE_MUST_USE;
/* Sets a Boolean. Errors as ce_event_set. */
CE_API ce_status ce_event_set_boolean(ce_event *e, const char *name, bool value,
                                      ce_error *err) CE_MUST_USE;
/* Sets a Timestamp, written in UTC with a "Z". VALUE counts from 1970, as
 * clock_gettime(CLOCK_REALTIME) gives it. Errors as ce_event_set. */
CE_API ce_status ce_event_set_time(ce_event *e, const char *name,
                                   struct timespec value,
                                   ce_error *err) CE_MUST_USE;
/* Sets a URI, which is absolute; TEXT is copied. Errors as ce_event_set. */
CE_API ce_status ce_event_set_uri(ce_event *e, const char *name,
                                  const char *text, ce_error *err) CE_MUST_USE;
/* Sets a URI-reference, which may be relative or empty (source may not be
 * empty); TEXT is copied. Errors as ce_event_set. */
CE_API ce_status ce_event_set_uri_ref(ce_event *e, const char *name,
                                      const char *text,
                                      ce_error *err) CE_MUST_USE;
/* Sets a Binary: give the bytes themselves, not their Base64. They are copied.
 * Errors as ce_event_set. */
CE_API ce_status ce_event_set_binary(ce_event *e, const char *name,
                                     ce_slice bytes, ce_error *err) CE_MUST_USE;
/* Removes attribute NAME. Returns whether the event had it. Pointers from
 * ce_event_get are not valid any more. */
CE_API bool ce_event_remove(ce_event *e, const char *name);
/* Gives the event a UUIDv7 id if it has none, and now as its time if it has
 * none. Fails with CE_EIO when the system has no random numbers. */
CE_API ce_status ce_event_stamp(ce_event *e, ce_error *err) CE_MUST_USE;

/* Returns the attribute, or NULL when the event does not have it. Valid until
 * the event changes or is freed. */
CE_API const ce_attr *ce_event_get(const ce_event *e, const char *name);
/* Returns its text, absent when the event does not have it. Not NUL-terminated;
 * valid until the event is freed. */
CE_API ce_slice ce_event_text(const ce_event *e, const char *name);

/* Returns the first attribute called NAME, compared with case, or NULL. Valid
 * until the list changes. */
CE_API const ce_attr *ce_attrs_find(const ce_attrs *attrs, ce_slice name);
/* Appends ATTR without a check and without looking for duplicates. Its slices
 * are borrowed, so they have to live as long as the list; the array lives in
 * ARENA. Fails with CE_ENOMEM only. */
CE_API ce_status ce_attrs_add(ce_attrs *attrs, ce_arena *arena,
                              ce_attr attr) CE_MUST_USE;

/* Read an attribute's text as a value of a type ("Type System"), also when its
 * type is CE_STRING: that is how it comes from a transport. Each fails with
 * CE_EINVAL when the text is not of that type. */

/* An Integer: decimal, no leading zeros, no plus sign, 32 bits. */
CE_API ce_status ce_attr_integer(const ce_attr *a, int32_t *out) CE_MUST_USE;
/* A Boolean: exactly "true" or "false". */
CE_API ce_status ce_attr_boolean(const ce_attr *a, bool *out) CE_MUST_USE;
/* A Timestamp (RFC 3339), as seconds and nanoseconds since 1970 in UTC. */
CE_API ce_status ce_attr_time(const ce_attr *a,
                              struct timespec *out) CE_MUST_USE;
/* A Binary. The bytes live in ARENA. */
CE_API ce_status ce_attr_binary(const ce_attr *a, ce_arena *arena,
                                ce_slice *out) CE_MUST_USE;

/* Walks the attributes that the specification does not define ("Extension
 * Context Attributes"). Give NULL for the first, then what the last call
 * returned; NULL is the end. Do not change the event during the walk. For all
 * attributes walk E->attrs. */
CE_API const ce_attr *ce_event_extension(const ce_event *e,
                                         const ce_attr *after);

/* --- the whole event --- */

/* Returns CE_OK when E is a valid CloudEvent, of version 1.0 or 0.3: the
 * required attributes are there, each attribute obeys its rule, and none is
 * there twice. Else CE_EINVAL, and ERR names attribute, rule and value. The
 * data is not looked at. */
CE_API ce_status ce_event_check(const ce_event *e, ce_error *err) CE_MUST_USE;
/* Takes one thing that is wrong with an event; anything but CE_OK ends the
 * walk. FOUND is valid during the call. */
typedef ce_status ce_finding_fn(void *arg, const ce_error *found);
/* Calls FN for all that is wrong with E, where ce_event_check names the first.
 * Returns what FN returned last, CE_OK when it was not called, or
 * CE_ENOMEM. */
CE_API ce_status ce_event_findings(const ce_event *e, ce_finding_fn *fn,
                                   void *arg) CE_MUST_USE;
/* Makes *OUT a view of E and ARENA in version 1.0; keep both while you use it,
 * and do not free it. Of a 0.3 event schemaurl becomes dataschema,
 * datacontentencoding goes with the data decoded, and dssematerial goes,
 * because its signature covers what has changed. A 1.0 event stays as it is.
 * Fails with CE_EINVAL when the result is no valid event: on a schemaurl that
 * is no absolute URI, for example. */
CE_API ce_status ce_event_upgrade(const ce_event *e, ce_arena *arena,
                                  ce_event *out, ce_error *err) CE_MUST_USE;
/* Returns whether both have the same attributes, in any order, and the same
 * bytes of data. Two timestamps are the same when they name the same
 * moment. */
CE_API bool ce_event_equal(const ce_event *a, const ce_event *b);

/* Returns whether NAME matches [a-z0-9]+ and is not "data" ("Naming
 * Conventions"). Its length is not limited; the specification advises 20. */
CE_API bool ce_name_is_valid(ce_slice name);
/* Returns whether TEXT may be the value of a String ("Type System"): valid
 * UTF-8 without control characters and noncharacters. Empty is valid. */
CE_API bool ce_string_is_valid(ce_slice text);

CE_END_DECLS

#endif
