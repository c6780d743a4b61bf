/* SPDX-License-Identifier: Apache-2.0 */
/* Where LMDB sees the file of an inbox. */
#ifndef CE_CORE_INBOX_MAP_H
#define CE_CORE_INBOX_MAP_H

#include <stddef.h>

/* Call it when the store in DIR is open. *MAP stays as it is if the map is not
 * found. */
void ce_inbox_map_find(const char *dir, void **map, size_t *bytes);

#endif
