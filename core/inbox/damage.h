/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that a disk, a power loss or a person has damaged.
 *
 * LMDB trusts its file: a bad page ends the process, an empty file is a new
 * store. So a child process reads all of it before it is used, and a mark in
 * the folder tells that there was a store. */
#ifndef CE_CORE_INBOX_DAMAGE_H
#define CE_CORE_INBOX_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/slice.h>

/* Why the store in DIR cannot be used, or NULL. */
const char *ce_damage_of(const char *dir);
/* Whether there was a store in DIR. */
bool ce_damage_is_marked(const char *dir);
/* Call it when there is a store in DIR. */
ce_status ce_damage_mark(const char *dir, ce_error *err);

/* Takes one of the records, in order. RECORD is valid during the call. */
typedef ce_status ce_damage_fn(void *arg, uint64_t number, ce_slice record);
/* Shows what can be read of DATABASE in FILE, until FN fails. */
ce_status ce_damage_read(const char *file, const char *database,
                         ce_damage_fn *fn, void *arg);

#endif
