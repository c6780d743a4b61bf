/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no surrogates, nothing overlong. */
#ifndef CE_CORE_BASE_UTF8_H
#define CE_CORE_BASE_UTF8_H

#include <stdint.h>

#include <cloudevents/slice.h>

/* Sets *OUT to the character at P, which is before END, and returns its length
 * in bytes; 0 when it is not valid. */
unsigned ce_utf8_decode(const char *p, const char *end, uint32_t *out);
/* Writes 1 to 4 bytes and returns how many. */
unsigned ce_utf8_encode(uint32_t character, char out[4]);
bool ce_utf8_is_valid(ce_slice text);

#endif
