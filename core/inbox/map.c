/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/map.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LMDB does not say where its map lies; the kernel does. */
void ce_inbox_map_find(const char *dir, void **map, size_t *bytes)
{
    char line[2 * PATH_MAX], resolved[PATH_MAX], file[PATH_MAX + 16];
    FILE *maps = fopen("/proc/self/maps", "re");
    uintptr_t from, to;

    if (!maps || !realpath(dir, resolved))
        resolved[0] = '\0';
    snprintf(file, sizeof file, "%s/data.mdb\n", resolved);
    while (maps && fgets(line, sizeof line, maps)) {
        const char *path = strchr(line, '/');

        if (path && !strcmp(path, file) &&
            sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2) {
            *map = (void *)from;
            *bytes = to - from;
            break;
        }
    }
    if (maps)
        fclose(maps);
}
