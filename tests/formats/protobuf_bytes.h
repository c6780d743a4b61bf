/* SPDX-License-Identifier: Apache-2.0 */
/* Events in Protobuf, to put together. */
#ifndef CE_TESTS_FORMATS_PROTOBUF_BYTES_H
#define CE_TESTS_FORMATS_PROTOBUF_BYTES_H

#include "tests/support/formats.h"

#define ID "\x0a\x01\x31"
#define SOURCE "\x12\x02/s"
#define VERSION "\x1a\x03\x31.0"
#define TYPE "\x22\x01t"
#define REQUIRED_FIELDS ID SOURCE VERSION TYPE
/* Attribute of a one-letter NAME; LEN is that of VALUE, and LEN5 is 5 more. */
#define ATTRIBUTE(len5, name, len, value)                                      \
    "\x2a" len5 "\x0a\x01" name "\x12" len value
/* A message as data, of two bytes; an attribute dataschema. */
#define URL "type.googleapis.com/a.B"
#define ANY(len, url, value) "\x42" len "\x0a\x17" url "\x12\x02" value
#define SCHEMA(len, len2, len3, text)                                          \
    "\x2a" len "\x0a\x0a"                                                      \
    "dataschema"                                                               \
    "\x12" len2 "\x2a" len3 text
#define BYTES(literal) CE_SLICE(literal)

#endif
