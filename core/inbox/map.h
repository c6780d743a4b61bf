/* SPDX-License-Identifier: Apache-2.0 */
/* Where LMDB sees the file of an inbox. Pages that it has looked at count as
 * memory of this process, though they are in the page cache anyway. */
#ifndef CE_CORE_INBOX_MAP_H
#define CE_CORE_INBOX_MAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Begin with a zeroed one. */
typedef struct ce_inbox_map {
    void *at; /* NULL: not found */
    size_t bytes;
    atomic_uint_fast64_t touched;
} ce_inbox_map;

/* Call it when the store in DIR is open. */
void ce_inbox_map_find(ce_inbox_map *m, const char *dir);
/* Call it when so many BYTES were looked at: now and then the pages are left to
 * the page cache. Any thread. */
void ce_inbox_map_forget(ce_inbox_map *m, uint64_t bytes);

#endif
