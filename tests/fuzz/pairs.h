/* SPDX-License-Identifier: Apache-2.0 */
/* Names and values in the input of a fuzz target: "name=value", one a line; a
 * line without "=" has no value. What stands behind an empty line is the body.
 */
#ifndef CE_TESTS_FUZZ_PAIRS_H
#define CE_TESTS_FUZZ_PAIRS_H

#include <string.h>

#include <cloudevents/cloudevents.h>

#include "tests/fuzz/fuzz.h"

static inline size_t find_byte(ce_slice s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

/* Takes the next pair off TEXT. False: the pairs are over, and TEXT is the
 * body. VALUE is absent when there is none. */
static inline bool next_pair(ce_slice *text, ce_slice *name, ce_slice *value)
{
    ce_slice line = { text->ptr, find_byte(*text, '\n') };
    size_t len = find_byte(line, '=');

    *text = ce_slice_skip(*text, line.len + (line.len < text->len));
    if (!line.len)
        return false;
    *name = (ce_slice){ line.ptr, len };
    *value = (ce_slice){ NULL, 0 };
    if (len < line.len)
        *value = ce_slice_skip(line, len + 1);
    return true;
}

#endif
