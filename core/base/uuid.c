/* SPDX-License-Identifier: Apache-2.0 */
/* 48 bits of milliseconds, the rest from the kernel's generator. */
#include "core/base/uuid.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

static void put_hex(const unsigned char *bytes, char *out)
{
    static const char hex[] = "0123456789abcdef";

    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[bytes[i] >> 4];
        *out++ = hex[bytes[i] & 15];
    }
    *out = '\0';
}

void ce_uuid_of(const uint64_t words[2], char out[CE_UUID_LEN + 1])
{
    unsigned char bytes[16];

    for (unsigned i = 0; i < 16; i++)
        bytes[i] = (unsigned char)(words[i / 8] >> (56 - 8 * (i % 8)));
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
    put_hex(bytes, out);
}

ce_status ce_uuid_new(char out[CE_UUID_LEN + 1])
{
    struct timespec now;
    uint64_t words[2], ms;

    if (getrandom(words, sizeof words, 0) != sizeof words)
        return CE_EIO;
    clock_gettime(CLOCK_REALTIME, &now);
    ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    words[0] = ms << 16 | (words[0] & 0xFFFF);
    ce_uuid_of(words, out);
    return CE_OK;
}
