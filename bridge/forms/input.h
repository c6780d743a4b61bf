/* SPDX-License-Identifier: Apache-2.0 */
/* A file, standard input, or text in memory, read piece by piece: what was
 * dealt with is dropped, so that memory depends on the pieces only. */
#ifndef CE_BRIDGE_FORMS_INPUT_H
#define CE_BRIDGE_FORMS_INPUT_H

#include <cloudevents/slice.h>

typedef struct br_input {
    const char *name; /* for people */
    size_t line;      /* of what comes next, from 1 */
    ce_buf buf;
    size_t pos;
    int fd;      /* -1: all is in the buffer */
    int failure; /* errno of a read that failed */
    bool at_end;
    void (*before_read)(void *arg); /* reading may take long; NULL: nothing */
    void *arg;
} br_input;

/* PATH "-" is standard input, called "stdin". Borrows PATH. */
ce_status br_input_open(br_input *out, const char *path, ce_error *err);
/* A copy of TEXT that begins at LINE of what is called NAME. */
ce_status br_input_of(br_input *out, ce_slice text, const char *name,
                      size_t line);
void br_input_close(br_input *in);

/* Look at it again after every call that reads or drops: it points into the
 * buffer. What is there and was not dropped. */
ce_slice br_input_rest(const br_input *in);
/* Reads on. Returns whether there is more than before; if not, FAILURE says
 * whether it is the end. */
bool br_input_more(br_input *in);
/* Reads on until there are LEN bytes. Returns whether there are. */
bool br_input_has(br_input *in, size_t len);
void br_input_drop(br_input *in, size_t len);
/* Drops white space. Returns whether there is a byte behind it. */
bool br_input_skip_space(br_input *in);
/* Drops the rest of the line with its end. Returns its last byte that is no
 * white space, or 0. */
char br_input_drop_line(br_input *in);

#endif
