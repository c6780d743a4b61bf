/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of events on files: what `convert` and `validate` know. */
#ifndef CE_BRIDGE_FORMS_FORM_H
#define CE_BRIDGE_FORMS_FORM_H

#include <cloudevents/message.h>

#include "core/message/envelope.h"
#include "bridge/forms/input.h"

typedef struct br_form br_form;

/* Where an event was found. */
typedef struct br_place {
    const char *file;
    size_t line;
    unsigned batch; /* counts the batches from 1; 0: in none */
} br_place;

/* What a reader finds. Anything but CE_OK ends the reading. */
typedef struct br_taker {
    ce_status (*take)(void *arg, const br_place *at, const ce_message *m);
    ce_status (*refuse)(void *arg, const br_place *at, const char *why);
    void *arg;
    size_t max_bytes; /* of one event, or of what is read as a whole */
} br_taker;

typedef ce_status br_form_read_fn(const br_form *form, br_input *in,
                                  const br_taker *to, ce_error *err);

/* How events stand one behind the other. */
typedef enum br_form_kind {
    BR_FORM_ONE, /* there is only one */
    BR_FORM_LINES,
    BR_FORM_ARRAY,    /* of JSON */
    BR_FORM_FRAMES,   /* of Protobuf */
    BR_FORM_ELEMENTS, /* of XML */
    BR_FORM_WHOLE     /* only the format knows: held as a whole */
} br_form_kind;

struct br_form {
    const char *name;
    const char *format; /* of the library; NULL: of none */
    br_form_kind kind;
    br_form_read_fn *read;
};

/* The readers: a stream of JSON texts, of JSON batches, of HTTP messages, of
 * the events in a batch of Protobuf or XML; one document; or a batch of any
 * format, which is in memory while its events are taken. They return CE_OK
 * when they came to the end, CE_EIO, or what the taker returned. */
br_form_read_fn br_form_read_json, br_form_read_batch, br_form_read_http,
    br_form_read_protobuf, br_form_read_xml, br_form_read_document,
    br_form_read_whole;

/* Returns the form; NULL when this build does not have it. */
const br_form *br_form_find(const char *name);
enum { BR_FORM_NAMES_SIZE = 600 };
/* The names of all that this build has: "json, http, batch". */
void br_form_names(char *out, size_t size);
const ce_format *br_form_format(const br_form *form);
bool br_form_is_batch(const br_form *form);
/* The form of batches in format F, which has them. */
const br_form *br_form_of_batch(const ce_format *f);

/* Reads everything into the buffer; CE_EIO, or CE_ETOOBIG when it is longer
 * than MAX_BYTES. */
ce_status br_form_read_all(br_input *in, size_t max_bytes, ce_error *err);

/* --- writing --- */

typedef struct br_form_writer {
    const br_form *form;
    ce_mode mode; /* of HTTP messages */
    ce_buf out;   /* what is to be written */
    ce_buf event; /* room for one */
    size_t count; /* events until now */
    ce_batch_version version;
} br_form_writer;

/* Whether what is in OUT can be written now: one event waits for the end, to
 * be sure that it stays the only one, and so does a batch that is written as a
 * whole. */
bool br_form_is_ready(const br_form_writer *w);
/* Appends E; M is the message that it came in. CE_ECLOSED when the form holds
 * one event and has it; CE_EINVAL when it cannot hold this one. */
ce_status br_form_write(br_form_writer *w, const ce_message *m,
                        const ce_event *e, ce_error *err);
/* What comes after all events. */
ce_status br_form_finish(br_form_writer *w);
void br_form_writer_free(br_form_writer *w);
/* A batch of any format: each event waits in its encoded form for the end, when
 * the format writes them all. */
ce_status br_form_write_whole(ce_slice event, ce_buf *out);
ce_status br_form_finish_whole(br_form_writer *w);
/* One event of a batch in Protobuf, from its encoded form. */
ce_status br_form_write_protobuf(ce_slice event, ce_buf *out);

#endif
