/* SPDX-License-Identifier: Apache-2.0 */
/* A strict JSON reader (RFC 8259) that makes no tree: it validates a text in
 * one pass and hands out the pieces of the outermost level as they stand. */
#ifndef CE_CORE_JSON_SCAN_H
#define CE_CORE_JSON_SCAN_H

#include <cloudevents/slice.h>

typedef enum ce_json_kind {
    CE_JSON_STRING,
    CE_JSON_NUMBER,
    CE_JSON_TRUE,
    CE_JSON_FALSE,
    CE_JSON_NULL,
    CE_JSON_OBJECT,
    CE_JSON_ARRAY
} ce_json_kind;

typedef struct ce_json_value {
    ce_json_kind kind;
    ce_slice raw; /* the whole value, with its quotes or brackets */
} ce_json_value;

/* After a failure P is where the text is wrong, at END or just before it where
 * more text could have gone on. */
typedef struct ce_json_reader {
    const char *start, *p, *end;
    bool escaped; /* a string with a backslash was passed */
} ce_json_reader;

/* No failure for want of text is more than this before the end: the longest
 * piece that is read at once is an escaped character. */
enum { CE_JSON_LOOKAHEAD = 6 };

/* A text may begin with a byte order mark, but none stands within one
 * (RFC 8259 8.1): a part of another text is without. */
ce_slice ce_json_without_mark(ce_slice text);
/* Skips a byte order mark, and white space. */
ce_json_reader ce_json_read(ce_slice text);
/* Reads the value at the reader, with all that it contains. */
ce_status ce_json_value_next(ce_json_reader *r, ce_json_value *out,
                             ce_error *err) CE_MUST_USE;
/* Enters an object or array: consumes OPEN. */
ce_status ce_json_enter(ce_json_reader *r, char open,
                        ce_error *err) CE_MUST_USE;
/* Before each member or element: whether there is one more. Consumes commas
 * and CLOSE. FIRST is true in the first call. */
ce_status ce_json_more(ce_json_reader *r, char close, bool first, bool *more,
                       ce_error *err) CE_MUST_USE;
/* Call where a member begins: reads its name, with its quotes, and the
 * colon. */
ce_status ce_json_name(ce_json_reader *r, ce_slice *raw,
                       ce_error *err) CE_MUST_USE;
/* Call after the outermost value: fails unless only white space follows. */
ce_status ce_json_end(ce_json_reader *r, ce_error *err) CE_MUST_USE;

/* Whether TEXT is one valid JSON text. */
bool ce_json_is_valid(ce_slice text);
/* Sets *OUT to the characters of a string; borrows RAW when nothing is
 * escaped. Fails with CE_ESYNTAX on half a surrogate pair. */
ce_status ce_json_unescape(ce_slice raw, ce_arena *arena, ce_slice *out,
                           ce_error *err) CE_MUST_USE;
/* The same for a string that R has passed. It is faster: it does not look for
 * escapes as long as R has met none. */
ce_status ce_json_text(const ce_json_reader *r, ce_slice raw, ce_arena *arena,
                       ce_slice *out, ce_error *err) CE_MUST_USE;
/* Appends TEXT as a JSON string with its quotes. */
ce_status ce_json_escape(ce_slice text, ce_buf *out) CE_MUST_USE;
/* Appends JSON without the line breaks outside strings, and without a mark. */
ce_status ce_json_compact(ce_slice json, ce_buf *out) CE_MUST_USE;
/* The value that POINTER (RFC 6901) names in a valid JSON text, as it stands.
 * CE_ENOENT when there is none. */
ce_status ce_json_pointer(ce_slice json, ce_slice pointer,
                          ce_slice *out) CE_MUST_USE;

#endif
