/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of bytes, as the specifications name them. */
#ifndef CE_CORE_BASE_CHARS_H
#define CE_CORE_BASE_CHARS_H

#include <cloudevents/slice.h>

typedef enum ce_chars {
    CE_CHARS_NAME = 1,   /* of attributes: a-z and 0-9 */
    CE_CHARS_URI = 2,    /* RFC 3986 without "%" and "#" */
    CE_CHARS_TOKEN = 4,  /* of media types: RFC 2045 5.1 */
    CE_CHARS_FIELD = 8,  /* of the names of headers: RFC 9110 5.6.2 */
    CE_CHARS_PLAIN = 16, /* of headers, where nothing is encoded: CloudEvents
                             HTTP binding 3.1.3.2 */
    CE_CHARS_VALUE = 32  /* of headers at all: no control character but the
                             tab */
} ce_chars;

/* Returns how many bytes at the beginning of S are in SET. */
size_t ce_chars_span(ce_slice s, ce_chars set);
/* Whether all are; of nothing all are. */
bool ce_chars_are(ce_slice s, ce_chars set);

#endif
