/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner. Depth is a stack of bits, not of calls: no input can exhaust
 * the program's stack. */
#include "core/json/scan.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/base/utf8.h"

/* A bound for hostile nesting; data of people stays far below. */
enum { DEPTH_MAX = 1024 };

/* The functions below take where they begin and return where they end, or NULL
 * after they have told ERR and left the reader at the fault; else only the
 * public ones move it. */
static const char *fail_at(ce_json_reader *r, const char *p, ce_error *err,
                           const char *what)
{
    r->p = p;
    ce_fail(err, CE_ESYNTAX, "no valid JSON at byte %zu: %s",
            (size_t)(p - r->start), what);
    return NULL;
}

static ce_status fail(ce_json_reader *r, ce_error *err, const char *what)
{
    fail_at(r, r->p, err, what);
    return CE_ESYNTAX;
}

static const char *skip_long_space(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i space = _mm_set1_epi8(' ');

    /* Indentation: the other kinds are rare, and found below. */
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned other =
            0xffffu & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, space));

        p += other ? __builtin_ctz(other) : 16;
        if (!other)
            continue;
        if (*p != '\n' && *p != '\r' && *p != '\t')
            return p;
        p++;
    }
#endif
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline const char *skip_space(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ')
        return p;
    return skip_long_space(p, end);
}

ce_slice ce_json_without_mark(ce_slice text)
{
    bool is_marked = ce_slice_starts(text, CE_SLICE("\xEF\xBB\xBF"));

    return ce_slice_skip(text, is_marked ? 3 : 0);
}

ce_json_reader ce_json_read(ce_slice text)
{
    ce_json_reader r = { text.ptr, text.ptr, text.ptr + text.len, false };

    r.p = skip_space(ce_json_without_mark(text).ptr, r.end);
    return r;
}

/* --- strings --- */

/* To the next byte that needs a look: quote, backslash, control, not ASCII. */
static inline const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    const __m128i low = _mm_set1_epi8(0x20);

    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Signed: bytes outside of ASCII are below zero, so below 0x20 too. */
        __m128i hit = _mm_or_si128(
            _mm_cmplt_epi8(v, low),
            _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)));
        int mask = _mm_movemask_epi8(hit);

        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    while (p < end && *p >= ' ' && *p != '"' && *p != '\\')
        p++;
    return p;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits at P, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t value = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static bool is_escape(char c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' ||
           c == 'n' || c == 'r' || c == 't';
}

static const char *skip_escape(ce_json_reader *r, const char *p, ce_error *err)
{
    r->escaped = true;
    if (r->end - p < 2)
        return fail_at(r, p, err, "the string does not end");
    if (p[1] == 'u') {
        if (hex4(p + 2, r->end) < 0)
            return fail_at(r, p, err, "\"\\u\" needs four hexadecimal digits");
        return p + 6;
    }
    return is_escape(p[1]) ? p + 2 : fail_at(r, p, err, "unknown escape");
}

/* One escape, or a run of characters that are not ASCII. */
static const char *skip_odd(ce_json_reader *r, const char *p, ce_error *err)
{
    uint32_t c;

    if (p == r->end)
        return fail_at(r, p, err, "the string does not end");
    if (*p == '\\')
        return skip_escape(r, p, err);
    if ((unsigned char)*p < ' ')
        return fail_at(r, p, err, "a control character in a string");
    while (p < r->end && (unsigned char)*p >= 0x80) {
        unsigned n = ce_utf8_decode(p, r->end, &c);

        if (!n)
            return fail_at(r, p, err, "invalid UTF-8");
        p += n;
    }
    return p;
}

/* P is at the opening quote. */
static inline const char *skip_string(ce_json_reader *r, const char *p,
                                      ce_error *err)
{
    p = skip_plain(p + 1, r->end);
    while (p == r->end || *p != '"') {
        p = skip_odd(r, p, err);
        if (!p)
            return NULL;
        p = skip_plain(p, r->end);
    }
    return p + 1;
}

/* --- numbers and words --- */

static inline const char *skip_digits(const char *p, const char *end)
{
    while (p < end && (unsigned char)(*p - '0') < 10)
        p++;
    return p;
}

/* P is at the point or the exponent of a number. */
static const char *skip_fraction(ce_json_reader *r, const char *p,
                                 ce_error *err)
{
    const char *end = r->end, *digits;

    if (*p == '.') {
        digits = p + 1;
        p = skip_digits(digits, end);
        if (p == digits)
            return fail_at(r, p, err, "a fraction needs digits");
    }
    if (p < end && (*p | 32) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(digits, end);
        if (p == digits)
            return fail_at(r, p, err, "an exponent needs digits");
    }
    return p;
}

static inline const char *skip_number(ce_json_reader *r, const char *p,
                                      ce_error *err)
{
    const char *digits = p + (*p == '-');
    bool is_signed = digits > p;

    p = skip_digits(digits, r->end);
    if (p == digits && is_signed)
        return fail_at(r, p, err, "a number needs digits");
    if (p == digits)
        return fail_at(r, p, err, "a value is expected");
    if (*digits == '0')
        p = digits + 1;
    if (p < r->end && (*p == '.' || (*p | 32) == 'e'))
        return skip_fraction(r, p, err);
    return p;
}

static inline const char *skip_word(ce_json_reader *r, const char *p,
                                    ce_slice word, ce_error *err)
{
    if ((size_t)(r->end - p) < word.len || memcmp(p, word.ptr, word.len) != 0)
        return fail_at(r, p, err, "a value is expected");
    return p + word.len;
}

/* --- values --- */

static inline const char *skip_scalar(ce_json_reader *r, const char *p,
                                      ce_error *err)
{
    switch (*p) {
    case '"':
        return skip_string(r, p, err);
    case 't':
        return skip_word(r, p, CE_SLICE("true"), err);
    case 'f':
        return skip_word(r, p, CE_SLICE("false"), err);
    case 'n':
        return skip_word(r, p, CE_SLICE("null"), err);
    default:
        return skip_number(r, p, err);
    }
}

/* To the value behind a comma, a colon or an opening bracket. */
static inline const char *skip_to_value(ce_json_reader *r, const char *p,
                                        ce_error *err)
{
    p = skip_space(p, r->end);
    return p < r->end ? p : fail_at(r, p, err, "the text ends too early");
}

/* A member's name and its colon, and to the value. */
static inline const char *skip_name(ce_json_reader *r, const char *p,
                                    ce_error *err)
{
    if (p == r->end || *p != '"')
        return fail_at(r, p, err, "a member's name is expected");
    p = skip_string(r, p, err);
    if (!p)
        return NULL;
    p = skip_space(p, r->end);
    if (p == r->end || *p != ':')
        return fail_at(r, p, err, "a colon is expected");
    return skip_to_value(r, p + 1, err);
}

/* Open brackets; a set bit is an object. */
typedef struct nest {
    uint64_t bits[DEPTH_MAX / 64];
    unsigned depth;
    char close; /* the innermost one's end */
} nest;

static inline void nest_push(nest *n, char open)
{
    uint64_t bit = (uint64_t)1 << n->depth % 64;

    n->close = open == '{' ? '}' : ']';
    if (open == '{')
        n->bits[n->depth / 64] |= bit;
    else
        n->bits[n->depth / 64] &= ~bit;
    n->depth++;
}

static inline void nest_pop(nest *n)
{
    unsigned at = --n->depth - 1;

    if (n->depth > 0)
        n->close = n->bits[at / 64] >> at % 64 & 1 ? '}' : ']';
}

/* Behind a value: closes all brackets that end here. To the next value, or
 * behind the outermost bracket, when the depth is zero. */
static inline const char *skip_closed(ce_json_reader *r, nest *n, const char *p,
                                      ce_error *err)
{
    for (;;) {
        p = skip_to_value(r, p, err);
        if (!p)
            return NULL;
        if (*p == ',') {
            p = skip_to_value(r, p + 1, err);
            return p && n->close == '}' ? skip_name(r, p, err) : p;
        }
        if (*p != n->close)
            return fail_at(r, p, err,
                           "a comma or a closing bracket is expected");
        p++;
        nest_pop(n);
        if (n->depth == 0)
            return p;
    }
}

/* P is at an opening bracket. */
static const char *skip_nested(ce_json_reader *r, const char *p, ce_error *err)
{
    nest n;

    n.depth = 0;
    n.bits[0] = 0;
    n.close = 0;
    do {
        if (*p == '{' || *p == '[') {
            if (n.depth == DEPTH_MAX)
                return fail_at(r, p, err, "nested too deeply");
            nest_push(&n, *p);
            p = skip_to_value(r, p + 1, err);
            if (p && *p != n.close) {
                if (n.close == '}')
                    p = skip_name(r, p, err);
                continue;
            }
        } else {
            p = skip_scalar(r, p, err);
        }
        if (p)
            p = skip_closed(r, &n, p, err);
    } while (p && n.depth > 0);
    return p;
}

static ce_json_kind kind_of(char first)
{
    switch (first) {
    case '"':
        return CE_JSON_STRING;
    case '{':
        return CE_JSON_OBJECT;
    case '[':
        return CE_JSON_ARRAY;
    case 't':
        return CE_JSON_TRUE;
    case 'f':
        return CE_JSON_FALSE;
    case 'n':
        return CE_JSON_NULL;
    default:
        return CE_JSON_NUMBER;
    }
}

ce_status ce_json_value_next(ce_json_reader *r, ce_json_value *out,
                             ce_error *err)
{
    const char *start = skip_to_value(r, r->p, err), *p;

    if (!start)
        return CE_ESYNTAX;
    if (*start == '{' || *start == '[')
        p = skip_nested(r, start, err);
    else
        p = skip_scalar(r, start, err);
    if (!p)
        return CE_ESYNTAX;
    out->kind = kind_of(*start);
    out->raw = (ce_slice){ start, (size_t)(p - start) };
    r->p = p;
    return CE_OK;
}

ce_status ce_json_enter(ce_json_reader *r, char open, ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    if (r->p < r->end && *r->p == open) {
        r->p++;
        return CE_OK;
    }
    if (open == '{')
        return fail(r, err, "an object is expected");
    return fail(r, err, "an array is expected");
}

ce_status ce_json_more(ce_json_reader *r, char close, bool first, bool *more,
                       ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    if (r->p == r->end)
        return fail(r, err, "the text ends too early");
    *more = *r->p != close;
    if (*more && first)
        return CE_OK;
    if (*more && *r->p != ',')
        return fail(r, err, "a comma or a closing bracket is expected");
    r->p++;
    if (*more)
        r->p = skip_space(r->p, r->end);
    return CE_OK;
}

ce_status ce_json_name(ce_json_reader *r, ce_slice *raw, ce_error *err)
{
    const char *start = skip_space(r->p, r->end), *p, *value;

    if (start == r->end || *start != '"') {
        r->p = start;
        return fail(r, err, "a member's name is expected");
    }
    p = skip_string(r, start, err);
    if (!p)
        return CE_ESYNTAX;
    *raw = (ce_slice){ start, (size_t)(p - start) };
    value = skip_space(p, r->end);
    r->p = value;
    if (value == r->end || *value != ':')
        return fail(r, err, "a colon is expected");
    r->p++;
    return CE_OK;
}

ce_status ce_json_end(ce_json_reader *r, ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    if (r->p == r->end)
        return CE_OK;
    return fail(r, err, "something follows the JSON text");
}

bool ce_json_is_valid(ce_slice text)
{
    ce_json_reader r = { text.ptr, text.ptr, text.ptr + text.len, false };
    ce_json_value v;

    return text.len > 0 && ce_json_value_next(&r, &v, NULL) == CE_OK &&
           ce_json_end(&r, NULL) == CE_OK;
}
