/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648 section 4: standard alphabet, padded, strict. */
#ifndef CE_CORE_BASE_BASE64_H
#define CE_CORE_BASE_BASE64_H

#include <cloudevents/slice.h>

/* Appends the text of BYTES. */
ce_status ce_base64_encode(ce_slice bytes, ce_buf *out) CE_MUST_USE;
/* Fails with CE_ESYNTAX on missing padding, another alphabet, white space and
 * trailing bits. */
ce_status ce_base64_decode(ce_slice text, ce_arena *arena,
                           ce_slice *out) CE_MUST_USE;
/* Sets *OUT to the text of BYTES, in ARENA. */
ce_status ce_base64_text(ce_slice bytes, ce_arena *arena,
                         ce_slice *out) CE_MUST_USE;
/* Call with valid Base64 only. Returns how many bytes TEXT stands for. */
size_t ce_base64_decoded_size(ce_slice text);
/* Appends the bytes that TEXT stands for; fails like decoding. */
ce_status ce_base64_append(ce_slice text, ce_buf *out) CE_MUST_USE;
bool ce_base64_is_valid(ce_slice text);

#endif
