/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink appends to: a file that others may move, delete or append to as
 * well, or a descriptor that is taken as it is. */
#ifndef CE_BINDINGS_FILE_TARGET_H
#define CE_BINDINGS_FILE_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cloudevents/error.h>
#include <cloudevents/slice.h>

#include "bindings/file/claim.h"

typedef struct ce_file_target {
    const char *path; /* NULL: standard output */
    mode_t mode;      /* of a file that it creates */
    bool sync;        /* one that it creates is on the disk when it is open */
    int fd;           /* -1: not open */
    unsigned opened;  /* how often; another one may be of another kind */
    bool is_regular;
    bool can_read;
    bool torn;           /* what was written here last has no line break yet */
    bool locked;         /* against others who write whole lines */
    ce_file_claim claim; /* ... where no lock of the file tells them apart */
} ce_file_target;

/* Sets errno when it fails, for a pipe that nobody reads to ENXIO. */
bool ce_file_target_open(ce_file_target *t);
/* Whether another file, or none, stands under the path. */
bool ce_file_target_is_moved(const ce_file_target *t);
/* Call before lines are written: opens the file that has the path now, keeps
 * other writers away, and ends a line that was cut off. False with errno;
 * EWOULDBLOCK while another one writes. */
bool ce_file_target_begin(ce_file_target *t);
/* As write(2). Does not wait: of a pipe that is full it is EAGAIN. Returns how
 * many bytes were taken. */
ssize_t ce_file_target_write(ce_file_target *t, ce_slice bytes);
/* Takes back the last COUNT bytes that were written, if nobody has written
 * behind them; else the line stays torn. */
void ce_file_target_take_back(ce_file_target *t, uint64_t count);
/* Whether CODE, of an open or a write, says that a pipe has no reader now. One
 * without a name, such as /dev/stdout, never has one again. */
bool ce_file_target_is_away(const ce_file_target *t, int code);
/* Lets others write. */
void ce_file_target_end(ce_file_target *t);
/* Whether what was written went into a file that nobody can open again. */
bool ce_file_target_is_deleted(const ce_file_target *t);
void ce_file_target_close(ce_file_target *t);

#endif
