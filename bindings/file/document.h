/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is one JSON document rather than one event a line. */
#ifndef CE_BINDINGS_FILE_DOCUMENT_H
#define CE_BINDINGS_FILE_DOCUMENT_H

#include <cloudevents/slice.h>

typedef enum ce_file_kind {
    CE_FILE_UNKNOWN, /* more bytes are needed */
    CE_FILE_LINES,
    CE_FILE_STREAM, /* a text of several lines, and not alone: lines */
    CE_FILE_EVENT,  /* one object on several lines */
    CE_FILE_BATCH   /* one array */
} ce_file_kind;

/* TEXT is what the file begins with, with IS_END all of it. */
ce_file_kind ce_file_kind_of(ce_slice text, bool is_end, size_t max_bytes);
/* Whether it is one JSON value, and not the beginning of one. */
bool ce_file_is_json(ce_slice text);

#endif
