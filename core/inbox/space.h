/* SPDX-License-Identifier: Apache-2.0 */
/* Disk space that a store will need next, taken before it is needed.
 *
 * What a source cannot take back has to find room even on a full disk. So the
 * blocks behind the end of the store's file are always allocated, and the store
 * counts as full as soon as they cannot be. */
#ifndef CE_CORE_INBOX_SPACE_H
#define CE_CORE_INBOX_SPACE_H

#include <lmdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Begin with a zeroed one, and set RESERVE. */
typedef struct ce_inbox_space {
    uint64_t reserve;  /* bytes that are wanted behind the end */
    uint64_t taken_to; /* where the allocated blocks end, under the writer's
                          lock */
    atomic_int lack;   /* why there is less than half the reserve: an errno */
} ce_inbox_space;

/* Call after each commit, with the writer's lock held. */
void ce_inbox_space_take(ce_inbox_space *s, MDB_env *env);

#endif
