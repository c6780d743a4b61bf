/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is read while it grows, and the files that took its name since:
 * each is held open until it is read. */
#ifndef CE_BINDINGS_FILE_TAIL_H
#define CE_BINDINGS_FILE_TAIL_H

#include <stdbool.h>
#include <sys/types.h>

enum { CE_FILE_TAIL_FILES = 64, CE_FILE_TAIL_BYTES = 256 };

typedef struct ce_file_tail {
    const char *path;
    int fd;                       /* that is read; -1: none */
    int next[CE_FILE_TAIL_FILES]; /* that follow, oldest first */
    unsigned count;
    bool full;                       /* it was told that there are too many */
    off_t position;                  /* in FD */
    char before[CE_FILE_TAIL_BYTES]; /* what was read before it */
    size_t known;
} ce_file_tail;

/* As read(2). */
ssize_t ce_file_tail_read(ce_file_tail *t, char *room, size_t size);
/* Opens the file that has the path now, if it is another one. Call it often: a
 * file that came and went in between is missed. */
void ce_file_tail_look(ce_file_tail *t);
/* Whether the file was cut, or holds something else than what was read: it is
 * to be read from its start then. */
bool ce_file_tail_is_rewritten(const ce_file_tail *t);
bool ce_file_tail_rewind(ce_file_tail *t);
/* Goes on to the next file; false when there is none yet. */
bool ce_file_tail_next(ce_file_tail *t);
void ce_file_tail_close(ce_file_tail *t);

#endif
