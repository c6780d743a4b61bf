/* SPDX-License-Identifier: Apache-2.0 */
/* Values of CESQL, their casts (CESQL 3.7), and patterns. */
#include "core/cesql/sql.h"

#include <inttypes.h>

#include "core/base/utf8.h"

ce_sql_value ce_sql_boolean(bool value)
{
    return (ce_sql_value){ .type = CE_SQL_BOOLEAN, .boolean = value };
}

ce_sql_value ce_sql_integer(int32_t value)
{
    return (ce_sql_value){ .type = CE_SQL_INTEGER, .integer = value };
}

ce_sql_value ce_sql_string(ce_slice value)
{
    return (ce_sql_value){ .type = CE_SQL_STRING, .string = value };
}

ce_sql_value ce_sql_failed(ce_sql_type type, ce_sql_error error)
{
    return (
        ce_sql_value){ .type = type, .string = CE_SLICE(""), .error = error };
}

bool ce_sql_parse_integer(ce_slice text, int32_t *out)
{
    bool negative = text.len > 0 && *text.ptr == '-';
    int64_t value = 0;

    if (negative || (text.len > 0 && *text.ptr == '+'))
        text = ce_slice_skip(text, 1);
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
        if (value > (int64_t)INT32_MAX + 1)
            return false;
    }
    value = negative ? -value : value;
    *out = (int32_t)value;
    return value <= INT32_MAX;
}

static ce_sql_value to_boolean(ce_sql_value v)
{
    if (v.type == CE_SQL_INTEGER)
        return ce_sql_boolean(v.integer != 0);
    if (ce_slice_eq_nocase(v.string, CE_SLICE("true")))
        return ce_sql_boolean(true);
    if (ce_slice_eq_nocase(v.string, CE_SLICE("false")))
        return ce_sql_boolean(false);
    return ce_sql_failed(CE_SQL_BOOLEAN, CE_SQL_CAST);
}

static ce_sql_value to_integer(ce_sql_value v)
{
    int32_t value;

    if (v.type == CE_SQL_BOOLEAN)
        return ce_sql_integer(v.boolean);
    if (ce_sql_parse_integer(v.string, &value))
        return ce_sql_integer(value);
    return ce_sql_failed(CE_SQL_INTEGER, CE_SQL_CAST);
}

static ce_sql_value to_string(ce_sql_value v, ce_arena *arena)
{
    ce_slice text;

    if (v.type == CE_SQL_BOOLEAN)
        return ce_sql_string(v.boolean ? CE_SLICE("true") : CE_SLICE("false"));
    text = ce_arena_printf(arena, "%" PRId32, v.integer);
    if (text.ptr)
        return ce_sql_string(text);
    return ce_sql_failed(CE_SQL_STRING, CE_SQL_GENERIC);
}

ce_sql_value ce_sql_cast(ce_sql_value v, ce_sql_type type, ce_arena *arena)
{
    if (v.type == type)
        return v;
    switch (type) {
    case CE_SQL_BOOLEAN:
        return to_boolean(v);
    case CE_SQL_INTEGER:
        return to_integer(v);
    case CE_SQL_STRING:
        break;
    }
    return to_string(v, arena);
}

/* --- LIKE --- */

static size_t character(ce_slice s)
{
    uint32_t c;
    unsigned n = ce_utf8_decode(s.ptr, s.ptr + s.len, &c);

    return n ? n : 1;
}

/* One step of the pattern, which is not "%", against one of the text. */
static bool step(ce_slice *text, ce_slice *pattern)
{
    size_t escape = 0;

    if (text->len == 0 || pattern->len == 0)
        return false;
    if (*pattern->ptr == '_') {
        *pattern = ce_slice_skip(*pattern, 1);
        *text = ce_slice_skip(*text, character(*text));
        return true;
    }
    if (*pattern->ptr == '\\' && pattern->len > 1 &&
        (pattern->ptr[1] == '%' || pattern->ptr[1] == '_'))
        escape = 1;
    if (pattern->ptr[escape] != *text->ptr)
        return false;
    *pattern = ce_slice_skip(*pattern, 1 + escape);
    *text = ce_slice_skip(*text, 1);
    return true;
}

/* After a mismatch only the newest "%" takes one more character: going back
 * further cannot help, so the time is bounded by the product of lengths. */
bool ce_sql_like(ce_slice text, ce_slice pattern)
{
    ce_slice retry_text = { NULL, 0 }, retry_pattern = { NULL, 0 };

    while (text.len > 0 || pattern.len > 0) {
        if (pattern.len > 0 && *pattern.ptr == '%') {
            pattern = ce_slice_skip(pattern, 1);
            retry_text = text;
            retry_pattern = pattern;
        } else if (!step(&text, &pattern)) {
            if (!retry_pattern.ptr || retry_text.len == 0)
                return false;
            retry_text = ce_slice_skip(retry_text, character(retry_text));
            text = retry_text;
            pattern = retry_pattern;
        }
    }
    return true;
}
