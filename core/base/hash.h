/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a in 64 bits: for tables, and for names that are made of others. Who
 * chooses the texts can choose some that collide. */
#ifndef CE_CORE_BASE_HASH_H
#define CE_CORE_BASE_HASH_H

#include <stdint.h>

#include <cloudevents/slice.h>

/* Where a hash starts, unless it has a seed. */
#define CE_HASH_START 0xcbf29ce484222325u

/* Goes on from HASH with the bytes of TEXT: those of two texts in a row are
 * those of one. The same everywhere and for ever: files and peers keep it. */
static inline uint64_t ce_hash(uint64_t hash, ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
    return hash;
}

/* The same with one of several texts, and their borders: "a" "bc" and "ab" "c"
 * differ. */
static inline uint64_t ce_hash_part(uint64_t hash, ce_slice text)
{
    return ce_hash(hash, text) * 0x9e3779b97f4a7c15u + text.len;
}

#endif
