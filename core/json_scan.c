/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner. Depth is a stack of bits, not of calls: no input can exhaust
 * the program's stack. */
#include "json_scan.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "utf8.h"

enum { DEPTH_MAX = 1024 };

static ce_status fail(const ce_json_reader *r, ce_error *err, const char *what)
{
    return ce_fail(err, CE_ESYNTAX, "no valid JSON at byte %zu: %s",
                   (size_t)(r->p - r->start), what);
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

ce_json_reader ce_json_read(ce_slice text)
{
    ce_json_reader r = { text.ptr, text.ptr, text.ptr + text.len };

    if (ce_slice_starts(text, CE_SLICE("\xEF\xBB\xBF")))
        r.p += 3;
    r.p = skip_space(r.p, r.end);
    return r;
}

/* --- strings --- */

/* To the next byte that needs a look: quote, backslash, control, not ASCII. */
static const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    const __m128i low = _mm_set1_epi8(0x20);

    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Signed: what is not ASCII is below zero, so below 0x20 too. */
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

static ce_status skip_escape(ce_json_reader *r, ce_error *err)
{
    if (r->end - r->p < 2)
        return fail(r, err, "the string does not end");
    if (r->p[1] == 'u') {
        if (hex4(r->p + 2, r->end) < 0)
            return fail(r, err, "\"\\u\" needs four hexadecimal digits");
        r->p += 6;
        return CE_OK;
    }
    if (r->p[1] == '\0' || !strchr("\"\\/bfnrt", r->p[1]))
        return fail(r, err, "unknown escape");
    r->p += 2;
    return CE_OK;
}

static ce_status skip_string(ce_json_reader *r, ce_error *err)
{
    uint32_t c;

    for (r->p++; (r->p = skip_plain(r->p, r->end)) < r->end;) {
        unsigned n;

        if (*r->p == '"') {
            r->p++;
            return CE_OK;
        }
        if (*r->p == '\\') {
            if (skip_escape(r, err) != CE_OK)
                return CE_ESYNTAX;
            continue;
        }
        if ((unsigned char)*r->p < ' ')
            return fail(r, err, "a control character in a string");
        n = ce_utf8_decode(r->p, r->end, &c);
        if (!n)
            return fail(r, err, "invalid UTF-8");
        r->p += n;
    }
    return fail(r, err, "the string does not end");
}

/* --- numbers and words --- */

static bool skip_digits(ce_json_reader *r)
{
    const char *before = r->p;

    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > before;
}

static bool skip_one_of(ce_json_reader *r, char a, char b)
{
    if (r->p == r->end || (*r->p != a && *r->p != b))
        return false;
    r->p++;
    return true;
}

static ce_status skip_number(ce_json_reader *r, ce_error *err)
{
    skip_one_of(r, '-', '-');
    if (!skip_one_of(r, '0', '0') && !skip_digits(r))
        return fail(r, err, "a number needs digits");
    if (skip_one_of(r, '.', '.') && !skip_digits(r))
        return fail(r, err, "a fraction needs digits");
    if (skip_one_of(r, 'e', 'E')) {
        skip_one_of(r, '+', '-');
        if (!skip_digits(r))
            return fail(r, err, "an exponent needs digits");
    }
    return CE_OK;
}

static ce_status skip_word(ce_json_reader *r, ce_slice word, ce_error *err)
{
    if (!ce_slice_starts((ce_slice){ r->p, (size_t)(r->end - r->p) }, word))
        return fail(r, err, "a value is expected");
    r->p += word.len;
    return CE_OK;
}

/* --- values --- */

static ce_status skip_scalar(ce_json_reader *r, ce_json_kind *kind,
                             ce_error *err)
{
    switch (*r->p) {
    case '"':
        *kind = CE_JSON_STRING;
        return skip_string(r, err);
    case 't':
        *kind = CE_JSON_TRUE;
        return skip_word(r, CE_SLICE("true"), err);
    case 'f':
        *kind = CE_JSON_FALSE;
        return skip_word(r, CE_SLICE("false"), err);
    case 'n':
        *kind = CE_JSON_NULL;
        return skip_word(r, CE_SLICE("null"), err);
    default:
        *kind = CE_JSON_NUMBER;
        if (*r->p != '-' && (*r->p < '0' || *r->p > '9'))
            return fail(r, err, "a value is expected");
        return skip_number(r, err);
    }
}

/* Open brackets; a set bit is an object. */
typedef struct nest {
    uint64_t bits[DEPTH_MAX / 64];
    unsigned depth;
} nest;

static void nest_push(nest *n, bool is_object)
{
    uint64_t bit = (uint64_t)1 << n->depth % 64;

    if (is_object)
        n->bits[n->depth / 64] |= bit;
    else
        n->bits[n->depth / 64] &= ~bit;
    n->depth++;
}

static bool nest_is_object(const nest *n)
{
    return n->bits[(n->depth - 1) / 64] >> (n->depth - 1) % 64 & 1;
}

/* Behind an opening bracket or a comma: in objects the name comes first. */
static ce_status skip_lead(ce_json_reader *r, const nest *n, ce_error *err)
{
    ce_slice name;

    return nest_is_object(n) ? ce_json_name(r, &name, err) : CE_OK;
}

/* Closes all brackets that end here. *DONE when the last one did, else the
 * reader stands at the next value. */
static ce_status skip_closed(ce_json_reader *r, nest *n, bool *done,
                             ce_error *err)
{
    while (n->depth > 0) {
        bool more;

        if (ce_json_more(r, nest_is_object(n) ? '}' : ']', false, &more, err) !=
            CE_OK)
            return CE_ESYNTAX;
        if (more)
            return skip_lead(r, n, err);
        n->depth--;
    }
    *done = true;
    return CE_OK;
}

/* At an opening bracket. *EMPTY when it is closed at once. */
static ce_status skip_open(ce_json_reader *r, nest *n, bool *empty,
                           ce_error *err)
{
    bool is_object = *r->p == '{', more;

    if (n->depth == DEPTH_MAX)
        return fail(r, err, "nested too deeply");
    r->p++;
    if (ce_json_more(r, is_object ? '}' : ']', true, &more, err) != CE_OK)
        return CE_ESYNTAX;
    *empty = !more;
    if (!more)
        return CE_OK;
    nest_push(n, is_object);
    return skip_lead(r, n, err);
}

static ce_status skip_nested(ce_json_reader *r, ce_error *err)
{
    ce_status status = CE_OK;
    bool done = false;
    ce_json_kind kind;
    nest n;

    n.depth = 0;
    while (!done && status == CE_OK) {
        bool complete = true;

        r->p = skip_space(r->p, r->end);
        if (r->p == r->end)
            return fail(r, err, "the text ends too early");
        if (*r->p == '{' || *r->p == '[')
            status = skip_open(r, &n, &complete, err);
        else
            status = skip_scalar(r, &kind, err);
        if (status == CE_OK && complete)
            status = skip_closed(r, &n, &done, err);
    }
    return status;
}

ce_status ce_json_value_next(ce_json_reader *r, ce_json_value *out,
                             ce_error *err)
{
    const char *start;
    ce_status status;

    r->p = start = skip_space(r->p, r->end);
    if (start == r->end)
        return fail(r, err, "the text ends too early");
    if (*start == '{' || *start == '[') {
        out->kind = *start == '{' ? CE_JSON_OBJECT : CE_JSON_ARRAY;
        status = skip_nested(r, err);
    } else {
        status = skip_scalar(r, &out->kind, err);
    }
    out->raw = (ce_slice){ start, (size_t)(r->p - start) };
    return status;
}

ce_status ce_json_enter(ce_json_reader *r, char open, ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    if (r->p == r->end || *r->p != open)
        return fail(r, err,
                    open == '{' ? "an object is expected"
                                : "an array is expected");
    r->p++;
    return CE_OK;
}

ce_status ce_json_more(ce_json_reader *r, char close, bool first, bool *more,
                       ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    if (r->p == r->end)
        return fail(r, err, "the text ends too early");
    *more = *r->p != close;
    if (!*more || !first) {
        if (*more && *r->p != ',')
            return fail(r, err, "a comma or a closing bracket is expected");
        r->p = skip_space(r->p + 1, r->end);
    }
    return CE_OK;
}

ce_status ce_json_name(ce_json_reader *r, ce_slice *raw, ce_error *err)
{
    const char *start;

    r->p = start = skip_space(r->p, r->end);
    if (r->p == r->end || *r->p != '"')
        return fail(r, err, "a member's name is expected");
    if (skip_string(r, err) != CE_OK)
        return CE_ESYNTAX;
    *raw = (ce_slice){ start, (size_t)(r->p - start) };
    r->p = skip_space(r->p, r->end);
    if (r->p == r->end || *r->p != ':')
        return fail(r, err, "a colon is expected");
    r->p++;
    return CE_OK;
}

ce_status ce_json_end(ce_json_reader *r, ce_error *err)
{
    r->p = skip_space(r->p, r->end);
    return r->p == r->end ? CE_OK
                          : fail(r, err, "something follows the JSON text");
}

bool ce_json_is_valid(ce_slice text)
{
    ce_json_reader r = { text.ptr, text.ptr, text.ptr + text.len };
    ce_json_value v;

    return text.len > 0 && ce_json_value_next(&r, &v, NULL) == CE_OK &&
           ce_json_end(&r, NULL) == CE_OK;
}
