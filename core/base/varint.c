/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in seven bits per byte. */
#include "core/base/varint.h"

bool ce_varint_read(const char **p, const char *end, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
        uint64_t bits = (unsigned char)*(*p)++;

        /* The tenth byte has room for one bit of 64. */
        if (shift == 63 && bits > 1)
            return false;
        value |= (bits & 0x7F) << shift;
        if (bits < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

unsigned ce_varint_write(uint64_t value, char *out)
{
    unsigned n = 0;

    for (; value >= 0x80; value >>= 7)
        out[n++] = (char)(value | 0x80);
    out[n++] = (char)value;
    return n;
}
