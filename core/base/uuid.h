/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that sort by time: UUID version 7, RFC 9562. */
#ifndef CE_CORE_BASE_UUID_H
#define CE_CORE_BASE_UUID_H

#include <stdint.h>

#include <cloudevents/error.h>

enum { CE_UUID_LEN = 36 };

/* Writes the text and a NUL. Any thread. */
ce_status ce_uuid_new(char out[CE_UUID_LEN + 1]) CE_MUST_USE;
/* The same for WORDS: milliseconds in the first 48 bits, then what tells it
 * from others; six bits are not used. */
void ce_uuid_of(const uint64_t words[2], char out[CE_UUID_LEN + 1]);

#endif
