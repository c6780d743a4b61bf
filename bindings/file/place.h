/* SPDX-License-Identifier: Apache-2.0 */
/* How far a file has been dealt with, kept in a file of its own for the next
 * start. Lines are settled in any order: the place is behind the last
 * one that has none unsettled before it. */
#ifndef CE_BINDINGS_FILE_PLACE_H
#define CE_BINDINGS_FILE_PLACE_H

#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/slice.h>

/* Behind a line. Names change: the inode and the bytes before tell whether a
 * file is the same. */
typedef struct ce_file_mark {
    uint64_t inode;
    int64_t end, line; /* in bytes, and the line's number */
    uint64_t known;    /* bytes before END, at most CE_FILE_MARK_BYTES */
    uint64_t hash;     /* of them (ce_hash) */
} ce_file_mark;

enum { CE_FILE_MARK_BYTES = 256 };

/* Zero it: then nothing is kept. */
typedef struct ce_file_place {
    const char *path; /* NULL: nothing is kept */
    int fd;
    bool is_known; /* MARK says something */
    bool is_saved;
    bool is_told; /* that it cannot be written */
    ce_file_mark mark;
    ce_buf lines; /* not settled, or behind one that is not */
    size_t first; /* of them that counts */
    uint64_t base;
} ce_file_place;

/* Opens the file at PATH and reads the mark of an earlier run; keeps others
 * out. What is no such file is refused, and stays as it is. */
ce_status ce_file_place_open(ce_file_place *p, const char *path, ce_error *err);
/* Keeps the start of the file as the place, for there is no other yet. */
void ce_file_place_begin(ce_file_place *p, uint64_t inode);
/* Whether another line may be added; without room, or memory, not before others
 * are done. */
bool ce_file_place_has_room(ce_file_place *p);
/* Call it for each line, in order, once there is room, where something is kept.
 * Returns its ticket. */
uint64_t ce_file_place_add(ce_file_place *p, const ce_file_mark *behind);
/* The line need not be read again. Returns whether something is kept; else it
 * does nothing, as the next ones. */
bool ce_file_place_done(ce_file_place *p, uint64_t ticket);
/* Writes the mark if it has moved. */
void ce_file_place_save(ce_file_place *p);
void ce_file_place_close(ce_file_place *p);

#endif
