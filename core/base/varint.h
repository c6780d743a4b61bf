/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in seven bits per byte, the lowest first: Protobuf and Avro. */
#ifndef CE_CORE_BASE_VARINT_H
#define CE_CORE_BASE_VARINT_H

#include <stdint.h>

#include <cloudevents/slice.h>

enum { CE_VARINT_MAX = 10 };

/* Reads at *P and moves it behind the number; false when there is none before
 * END or when it has more than 64 bits. */
bool ce_varint_read(const char **p, const char *end, uint64_t *out);
/* Writes 1 to CE_VARINT_MAX bytes and returns how many. */
unsigned ce_varint_write(uint64_t value, char *out);

#endif
