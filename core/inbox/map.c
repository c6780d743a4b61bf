/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/map.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t FORGET_BYTES = (uint64_t)4 << 20;

/* LMDB does not say where its map lies; the kernel does. */
void ce_inbox_map_find(ce_inbox_map *m, const char *dir)
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
            m->at = (void *)from;
            m->bytes = to - from;
            break;
        }
    }
    if (maps)
        fclose(maps);
}

void ce_inbox_map_forget(ce_inbox_map *m, uint64_t bytes)
{
    if (atomic_fetch_add(&m->touched, bytes) + bytes < FORGET_BYTES)
        return;
    atomic_store(&m->touched, 0);
    if (m->at)
        madvise(m->at, m->bytes, MADV_DONTNEED);
}
