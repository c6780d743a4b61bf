/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that CESQL has (CESQL 3.5). Characters are code points. */
#include "core/cesql/sql.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include <cloudevents/settings.h>

#include "core/base/utf8.h"

/* --- characters --- */

static size_t decode(ce_slice s, uint32_t *out)
{
    unsigned n = ce_utf8_decode(s.ptr, s.ptr + s.len, out);

    if (n)
        return n;
    *out = (unsigned char)*s.ptr;
    return 1;
}

static size_t length(ce_slice s)
{
    size_t count = 0;
    uint32_t c;

    for (; s.len > 0; count++)
        s = ce_slice_skip(s, decode(s, &c));
    return count;
}

/* Where character N begins, or the end. */
static size_t offset_of(ce_slice s, size_t n)
{
    ce_slice rest = s;
    uint32_t c;

    for (; n > 0 && rest.len > 0; n--)
        rest = ce_slice_skip(rest, decode(rest, &c));
    return s.len - rest.len;
}

static ce_slice cut(ce_slice s, size_t from, size_t count)
{
    s = ce_slice_skip(s, offset_of(s, from));
    s.len = offset_of(s, count);
    return s;
}

/* The property White_Space of Unicode. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* --- strings --- */

static ce_sql_value f_length(const ce_sql_value *args, unsigned count,
                             ce_arena *arena)
{
    size_t n = length(args[0].string);

    (void)count;
    (void)arena;
    return ce_sql_integer(n < INT32_MAX ? (int32_t)n : INT32_MAX);
}

static ce_sql_value join(ce_slice delimiter, const ce_sql_value *args,
                         unsigned count, ce_arena *arena)
{
    size_t len = 0;
    char *to, *p;

    for (unsigned i = 0; i < count; i++)
        len += args[i].string.len + (i ? delimiter.len : 0);
    to = p = ce_arena_alloc(arena, len + 1);
    if (!to)
        return ce_sql_failed(CE_SQL_STRING, CE_SQL_GENERIC);
    for (unsigned i = 0; i < count; i++) {
        if (i && delimiter.len)
            p = (char *)memcpy(p, delimiter.ptr, delimiter.len) + delimiter.len;
        if (args[i].string.len)
            p = (char *)memcpy(p, args[i].string.ptr, args[i].string.len) +
                args[i].string.len;
    }
    return ce_sql_string((ce_slice){ to, len });
}

static ce_sql_value f_concat(const ce_sql_value *args, unsigned count,
                             ce_arena *arena)
{
    return join(CE_SLICE(""), args, count, arena);
}

static ce_sql_value f_concat_ws(const ce_sql_value *args, unsigned count,
                                ce_arena *arena)
{
    return join(args[0].string, args + 1, count - 1, arena);
}

/* One-to-one case mapping of Unicode, in every locale of the process. */
static locale_t unicode;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void open_unicode(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t fold(uint32_t c, bool upper)
{
    if (c < 0x80 || !unicode) {
        if (upper)
            return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
        return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
    }
    return (uint32_t)(upper ? towupper_l((wint_t)c, unicode)
                            : towlower_l((wint_t)c, unicode));
}

/* A character may become longer, but never longer than four bytes. */
static ce_sql_value change_case(ce_slice s, bool upper, ce_arena *arena)
{
    size_t room = s.len * 4, n = 0;
    char *to = ce_arena_alloc(arena, room + 1);
    uint32_t c;

    if (!to)
        return ce_sql_failed(CE_SQL_STRING, CE_SQL_GENERIC);
    pthread_once(&unicode_once, open_unicode);
    while (s.len > 0) {
        s = ce_slice_skip(s, decode(s, &c));
        n += ce_utf8_encode(fold(c, upper), to + n);
    }
    ce_arena_shrink(arena, to, n + 1);
    return ce_sql_string((ce_slice){ to, n });
}

static ce_sql_value f_lower(const ce_sql_value *args, unsigned count,
                            ce_arena *arena)
{
    (void)count;
    return change_case(args[0].string, false, arena);
}

static ce_sql_value f_upper(const ce_sql_value *args, unsigned count,
                            ce_arena *arena)
{
    (void)count;
    return change_case(args[0].string, true, arena);
}

static ce_sql_value f_trim(const ce_sql_value *args, unsigned count,
                           ce_arena *arena)
{
    ce_slice s = args[0].string, rest;
    size_t end = 0, n;
    uint32_t c;

    (void)count;
    (void)arena;
    while (s.len > 0 && (n = decode(s, &c), is_space(c)))
        s = ce_slice_skip(s, n);
    for (rest = s; rest.len > 0;) {
        rest = ce_slice_skip(rest, decode(rest, &c));
        if (!is_space(c))
            end = s.len - rest.len;
    }
    s.len = end;
    return ce_sql_string(s);
}

static ce_sql_value f_left(const ce_sql_value *args, unsigned count,
                           ce_arena *arena)
{
    ce_sql_value v = args[0];

    (void)count;
    (void)arena;
    if (args[1].integer < 0)
        v.error = CE_SQL_FUNCTION_EVALUATION;
    else
        v.string = cut(v.string, 0, (size_t)args[1].integer);
    return v;
}

static ce_sql_value f_right(const ce_sql_value *args, unsigned count,
                            ce_arena *arena)
{
    ce_sql_value v = args[0];
    size_t len = length(v.string), n = (size_t)args[1].integer;

    (void)count;
    (void)arena;
    if (args[1].integer < 0)
        v.error = CE_SQL_FUNCTION_EVALUATION;
    else if (n < len)
        v.string = cut(v.string, len - n, n);
    return v;
}

static ce_sql_value f_substring(const ce_sql_value *args, unsigned count,
                                ce_arena *arena)
{
    ce_slice s = args[0].string;
    int64_t len = (int64_t)length(s), at = args[1].integer;
    int64_t n = count > 2 ? args[2].integer : len;

    (void)arena;
    if (at > len || -at > len || n < 0)
        return ce_sql_failed(CE_SQL_STRING, CE_SQL_FUNCTION_EVALUATION);
    if (at == 0)
        return ce_sql_string(CE_SLICE(""));
    return ce_sql_string(
        cut(s, (size_t)(at > 0 ? at - 1 : len + at), (size_t)n));
}

/* --- integers and types --- */

static ce_sql_value f_abs(const ce_sql_value *args, unsigned count,
                          ce_arena *arena)
{
    int32_t n = args[0].integer;
    ce_sql_value v = ce_sql_integer(n < 0 ? INT32_MAX : n);

    (void)count;
    (void)arena;
    if (n == INT32_MIN)
        v.error = CE_SQL_MATH;
    else if (n < 0)
        v.integer = -n;
    return v;
}

static ce_sql_value f_int(const ce_sql_value *args, unsigned count,
                          ce_arena *arena)
{
    (void)count;
    return ce_sql_cast(args[0], CE_SQL_INTEGER, arena);
}

static ce_sql_value f_bool(const ce_sql_value *args, unsigned count,
                           ce_arena *arena)
{
    (void)count;
    return ce_sql_cast(args[0], CE_SQL_BOOLEAN, arena);
}

static ce_sql_value f_string(const ce_sql_value *args, unsigned count,
                             ce_arena *arena)
{
    (void)count;
    return ce_sql_cast(args[0], CE_SQL_STRING, arena);
}

static ce_sql_value f_is_int(const ce_sql_value *args, unsigned count,
                             ce_arena *arena)
{
    (void)count;
    return ce_sql_boolean(!ce_sql_cast(args[0], CE_SQL_INTEGER, arena).error);
}

static ce_sql_value f_is_bool(const ce_sql_value *args, unsigned count,
                              ce_arena *arena)
{
    (void)count;
    return ce_sql_boolean(!ce_sql_cast(args[0], CE_SQL_BOOLEAN, arena).error);
}

static const ce_sql_function functions[] = {
    { "length", 1, 1, "s", CE_SQL_INTEGER, f_length },
    { "concat", 0, -1, "s", CE_SQL_STRING, f_concat },
    { "concat_ws", 1, -1, "s", CE_SQL_STRING, f_concat_ws },
    { "lower", 1, 1, "s", CE_SQL_STRING, f_lower },
    { "upper", 1, 1, "s", CE_SQL_STRING, f_upper },
    { "trim", 1, 1, "s", CE_SQL_STRING, f_trim },
    { "left", 2, 2, "si", CE_SQL_STRING, f_left },
    { "right", 2, 2, "si", CE_SQL_STRING, f_right },
    { "substring", 2, 3, "si", CE_SQL_STRING, f_substring },
    { "abs", 1, 1, "i", CE_SQL_INTEGER, f_abs },
    { "int", 1, 1, "x", CE_SQL_INTEGER, f_int },
    { "bool", 1, 1, "x", CE_SQL_BOOLEAN, f_bool },
    { "string", 1, 1, "x", CE_SQL_STRING, f_string },
    { "is_int", 1, 1, "x", CE_SQL_BOOLEAN, f_is_int },
    { "is_bool", 1, 1, "x", CE_SQL_BOOLEAN, f_is_bool },
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

const ce_sql_function *ce_sql_function_find(ce_slice name, unsigned count)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const ce_sql_function *f = &functions[i];

        if (ce_slice_eq_nocase(name, ce_slice_of(f->name)) &&
            (int)count >= f->min && (f->max < 0 || (int)count <= f->max))
            return f;
    }
    return NULL;
}

bool ce_sql_function_is_known(ce_slice name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (ce_slice_eq_nocase(name, ce_slice_of(functions[i].name)))
            return true;
    return false;
}

/* Names are ASCII. */
static void copy_name(char *out, size_t size, ce_slice name, bool upper)
{
    size_t i = 0;

    for (; i < name.len && i < size - 1; i++)
        out[i] = (char)fold((unsigned char)name.ptr[i], upper);
    out[i] = '\0';
}

/* The rows are options so that typing errors get the nearest name. */
void ce_sql_function_nearest(ce_slice name, char *out, size_t size)
{
    ce_option rows[FUNCTIONS + 1] = { { .name = NULL } };
    const char *nearest;
    char text[40];

    for (size_t i = 0; i < FUNCTIONS; i++)
        rows[i].name = functions[i].name;
    copy_name(text, sizeof text, name, false);
    nearest = ce_option_nearest(rows, text);
    copy_name(out, size, nearest ? ce_slice_of(nearest) : CE_SLICE(""), true);
}
