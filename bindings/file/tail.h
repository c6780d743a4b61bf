/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is read while it grows, and the files that took its name since:
 * each is held open until it is read. */
#ifndef CE_BINDINGS_FILE_TAIL_H
#define CE_BINDINGS_FILE_TAIL_H

#include <stdbool.h>
#include <sys/types.h>

#include "bindings/file/lines.h"
#include "bindings/file/place.h"

enum { CE_FILE_TAIL_FILES = 100, CE_FILE_TAIL_BYTES = 256 };

typedef struct ce_file_tail {
    const char *path;
    const char *kept_in; /* the file of PLACE, or NULL */
    bool is_text;        /* lines are no events, but their data */
    bool follows;        /* there is no end */
    uint64_t rotate_wait_ms;
    uint64_t quiet_ms;            /* since when it brings nothing; 0: it does */
    ce_file_place place;          /* behind what is settled */
    int fd;                       /* that is read; -1: none */
    int next[CE_FILE_TAIL_FILES]; /* that follow, oldest first */
    unsigned count;
    bool full;      /* it was told that there are too many */
    uint64_t inode; /* of FD */
    off_t position; /* in FD */
    off_t until;    /* a line from here on is for another run; 0: all is read */
    char before[CE_FILE_TAIL_BYTES]; /* what was read before it */
    size_t known;
} ce_file_tail;

/* Opens the file, or standard input, and says whether it has an end. */
ce_status ce_file_tail_open(ce_file_tail *t, bool standard, bool *is_regular,
                            ce_error *err);
/* Goes on where an earlier run has left off, if that is kept. If the file was
 * rotated meanwhile, it is NAME.1, NAME.2 and so on now, and those after it
 * follow. */
ce_status ce_file_tail_resume(ce_file_tail *t, ce_file_lines *l, ce_error *err);
/* As ce_file_lines_look. With IS_END the last line needs no line break, unless
 * it may be half-written, and the next run reads on. */
ce_file_line ce_file_tail_line(const ce_file_tail *t, ce_file_lines *l,
                               bool is_end, ce_slice *out);
/* Whether the next line of L is behind the end that the file had when it was
 * begun. */
bool ce_file_tail_is_over(const ce_file_tail *t, const ce_file_lines *l);
/* Takes the line of L that was looked at. Returns its ticket for PLACE: behind
 * it, or where it begins if it is a long one whose end has not come, so that a
 * later start does not take the rest for a line. */
uint64_t ce_file_tail_take(ce_file_tail *t, ce_file_lines *l);
/* The same when all of L was taken. */
uint64_t ce_file_tail_taken(ce_file_tail *t, const ce_file_lines *l);
/* As read(2). */
ssize_t ce_file_tail_read(ce_file_tail *t, char *room, size_t size);
/* Opens the file that has the path now, if it is another one. Call it often: a
 * file that came and went in between is missed. */
void ce_file_tail_look(ce_file_tail *t);
/* At the end of the file: whether it seems that nobody writes to it any more,
 * but to those that follow. */
bool ce_file_tail_is_left(ce_file_tail *t, uint64_t now_ms);
/* Whether the file was cut, or holds something else than what was read. */
bool ce_file_tail_is_rewritten(const ce_file_tail *t);
/* Goes back to its start then. */
void ce_file_tail_find_rewritten(ce_file_tail *t, ce_file_lines *l);
/* Goes on to the next file; false when there is none yet. */
bool ce_file_tail_next(ce_file_tail *t);
void ce_file_tail_close(ce_file_tail *t);

#endif
