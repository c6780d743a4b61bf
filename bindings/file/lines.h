/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts blocks of bytes into lines. A line may begin in one block and end in
 * another. */
#ifndef CE_BINDINGS_FILE_LINES_H
#define CE_BINDINGS_FILE_LINES_H

#include <stdint.h>

#include <cloudevents/slice.h>

typedef struct ce_file_lines {
    size_t max_bytes; /* set by the owner; the rest begins zeroed */
    int64_t number;   /* lines that are done: blank, skipped or taken */
    ce_buf buf;
    size_t pos;     /* where the line begins */
    size_t scanned; /* up to where it has no end */
    bool skipping;  /* the rest of a line that was too long */
    size_t looked;  /* bytes from POS on that were looked at */
    bool is_whole;  /* ... and are a line up to its end */
} ce_file_lines;

typedef enum ce_file_line {
    CE_FILE_NO_LINE,  /* more bytes are needed */
    CE_FILE_LINE,     /* a line that is not blank, without its line break */
    CE_FILE_LONG_LINE /* longer than MAX_BYTES; its bytes are not kept */
} ce_file_line;

/* Looks at the next line that is not blank; its number is NUMBER + 1. With
 * IS_END the last one needs no line break. OUT lives until the next call. */
ce_file_line ce_file_lines_look(ce_file_lines *l, bool is_end, ce_slice *out);
/* Call it when the line that was looked at is dealt with. */
void ce_file_lines_take(ce_file_lines *l);

/* The last bytes before what was not taken, at most MOST; it lives until the
 * next call. */
ce_slice ce_file_lines_before(const ce_file_lines *l, size_t most);
/* All that is there and was not taken; it lives until the next call. */
ce_slice ce_file_lines_rest(const ce_file_lines *l);
/* Takes all of it as if it were one line. */
void ce_file_lines_take_rest(ce_file_lines *l);

/* Takes them as lines, the last one without its line break. Returns how many
 * that were. */
uint64_t ce_file_lines_take_all(ce_file_lines *l);

/* Room for COUNT bytes that are read next, or NULL without memory. */
char *ce_file_lines_room(ce_file_lines *l, size_t count);
/* Says how many came. */
void ce_file_lines_grow(ce_file_lines *l, size_t count);
/* Forgets everything: the next line is the first one. */
void ce_file_lines_restart(ce_file_lines *l);
void ce_file_lines_free(ce_file_lines *l);

#endif
