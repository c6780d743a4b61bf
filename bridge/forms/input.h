/* SPDX-License-Identifier: Apache-2.0 */
/* A file, standard input, or text in memory, read piece by piece: what was
 * dealt with is dropped, so that memory depends on the pieces only. */
#ifndef CE_BRIDGE_FORMS_INPUT_H
#define CE_BRIDGE_FORMS_INPUT_H

#include <cloudevents/slice.h>

typedef struct ce_input {
    const char *name; /* for people */
    size_t line;      /* of what comes next, from 1 */
    ce_buf buf;
    size_t pos;
    int fd;      /* -1: all is in the buffer */
    int failure; /* errno of a read that failed */
    bool at_end;
    void (*before_read)(void *arg); /* reading may take long; NULL: nothing */
    void *arg;
} ce_input;

/* PATH "-" is standard input, called "stdin". Borrows PATH. */
ce_status ce_input_open(ce_input *out, const char *path, ce_error *err);
/* A copy of TEXT that begins at LINE of what is called NAME. */
ce_status ce_input_of(ce_input *out, ce_slice text, const char *name,
                      size_t line);
void ce_input_close(ce_input *in);

/* What is there and was not dropped. Valid until the next read. */
ce_slice ce_input_rest(const ce_input *in);
/* Reads on; whether there is more than before. */
bool ce_input_more(ce_input *in);
/* Reads on until there are LEN bytes; whether there are. */
bool ce_input_has(ce_input *in, size_t len);
void ce_input_drop(ce_input *in, size_t len);
/* To the next byte that is no white space; whether there is one. */
bool ce_input_skip_space(ce_input *in);
/* Past the end of the line. Returns its last byte that is no white space, or
 * 0. */
char ce_input_drop_line(ce_input *in);

#endif
