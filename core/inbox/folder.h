/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of an inbox, which belongs to one process at a time. */
#ifndef CE_CORE_INBOX_FOLDER_H
#define CE_CORE_INBOX_FOLDER_H

#include <limits.h>

#include <cloudevents/error.h>

/* Makes DIR if it is not there, and locks it. *LOCK is to be closed, and the
 * lock goes with it. Fails with CE_EAGAIN while another process has it. */
ce_status ce_inbox_folder_take(const char *dir, int *lock, ce_error *err);
/* Writes the path of NAME in DIR. */
void ce_inbox_folder_path(char out[PATH_MAX], const char *dir,
                          const char *name);
/* Fails unless the disk has room for a new store. */
ce_status ce_inbox_folder_look_for_room(const char *dir, int lock,
                                        ce_error *err);
/* Flushes which files there are. */
ce_status ce_inbox_folder_flush(const char *dir, ce_error *err);
/* Call it before LMDB opens the store. A store that was open before needs no
 * block for it: it is there to be drained, also on a full disk. */
ce_status ce_inbox_folder_hold_locks(const char *dir, ce_error *err);

#endif
