/* SPDX-License-Identifier: Apache-2.0 */
/* What an attribute may be called and may hold. */
#include "attr.h"

#include <stdio.h>
#include <string.h>

#include "time.h"
#include "uri_syntax.h"
#include "utf8.h"

/* --- names and texts --- */

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool ce_name_is_valid(ce_slice name)
{
    if (name.len == 0 || ce_slice_eq(name, CE_SLICE("data")))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_character(name.ptr[i]))
            return false;
    return true;
}

static bool is_noncharacter(uint32_t c)
{
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool ce_string_is_valid(ce_slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    uint32_t c;

    while (p < end) {
        unsigned n = 1;

        if (*p >= ' ' && *p <= '~') {
            p++;
            continue;
        }
        n = ce_utf8_decode(p, end, &c);
        if (!n || c < 0xA0 || is_noncharacter(c))
            return false;
        p += n;
    }
    return true;
}

/* --- media types, RFC 2045 --- */

static bool is_token_character(char c)
{
    return c > ' ' && c <= '~' && !strchr("()<>@,;:\\\"/[]?=", c);
}

static ce_slice skip_token(ce_slice s)
{
    while (s.len > 0 && is_token_character(*s.ptr))
        s = ce_slice_skip(s, 1);
    return s;
}

static ce_slice skip_blanks(ce_slice s)
{
    while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = ce_slice_skip(s, 1);
    return s;
}

/* Behind the closing quote, or absent. */
static ce_slice skip_quoted(ce_slice s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return ce_slice_skip(s, i + 1);
    }
    return (ce_slice){ NULL, 0 };
}

/* Behind one token and CHARACTER, or absent. */
static ce_slice skip_token_and(ce_slice s, char character)
{
    ce_slice rest = skip_token(s);

    if (rest.len == s.len || rest.len == 0 || *rest.ptr != character)
        return (ce_slice){ NULL, 0 };
    return ce_slice_skip(rest, 1);
}

static ce_slice skip_parameter(ce_slice s)
{
    ce_slice value = skip_token_and(skip_blanks(s), '=');

    if (!value.ptr)
        return value;
    return value.len > 0 && *value.ptr == '"' ? skip_quoted(value)
                                              : skip_token(value);
}

static bool is_media_type(ce_slice text)
{
    ce_slice s = skip_token_and(text, '/');
    size_t len = s.len;

    if (!s.ptr || (s = skip_token(s)).len == len)
        return false;
    while ((s = skip_blanks(s)).len > 0) {
        if (*s.ptr != ';')
            return false;
        s = skip_blanks(ce_slice_skip(s, 1));
        /* A semicolon at the end is common, and means nothing. */
        if (s.len > 0 && !(s = skip_parameter(s)).ptr)
            return false;
    }
    return true;
}

static bool ends_nocase(ce_slice s, ce_slice end)
{
    return s.len >= end.len &&
           ce_slice_eq_nocase(ce_slice_skip(s, s.len - end.len), end);
}

bool ce_media_type_is_json(ce_slice content_type)
{
    ce_slice type = content_type;

    if (!type.ptr)
        return false;
    for (size_t i = 0; i < type.len; i++)
        if (type.ptr[i] == ';')
            type.len = i;
    type = ce_slice_trim(type);
    return ends_nocase(type, CE_SLICE("/json")) ||
           (memchr(type.ptr, '/', type.len) &&
            ends_nocase(type, CE_SLICE("+json")));
}

/* --- the core attributes --- */

static bool is_timestamp(ce_slice text)
{
    struct timespec t;

    return ce_time_parse(text, &t) == CE_OK;
}

static bool is_uri(ce_slice text)
{
    return ce_uri_is_absolute(text);
}

static bool is_uri_reference(ce_slice text)
{
    return ce_uri_is_reference(text);
}

static bool is_not_empty(ce_slice text)
{
    return text.len > 0;
}

static bool is_known_version(ce_slice text)
{
    return ce_slice_eq(text, CE_SLICE("1.0"));
}

typedef struct rule {
    const char *name;
    ce_type type;
    bool (*holds)(ce_slice text);
    const char *text;
} rule;

static const rule rules[] = {
    { "specversion", CE_STRING, is_known_version, "not a known version" },
    { "id", CE_STRING, is_not_empty, "may not be empty" },
    { "type", CE_STRING, is_not_empty, "may not be empty" },
    { "source", CE_URI_REF, is_uri_reference, "not a URI-reference" },
    { "time", CE_TIMESTAMP, is_timestamp, "not an RFC 3339 timestamp" },
    { "subject", CE_STRING, is_not_empty, "may not be empty" },
    { "dataschema", CE_URI, is_uri, "not a URI" },
    { "datacontenttype", CE_STRING, is_media_type, "not a media type" },
};

static const rule *rule_of(ce_slice name)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (*name.ptr == *rules[i].name &&
            ce_slice_eq(name, ce_slice_of(rules[i].name)))
            return &rules[i];
    return NULL;
}

ce_type ce_attr_type_of(ce_slice name)
{
    const rule *r = name.len ? rule_of(name) : NULL;

    return r ? r->type : CE_STRING;
}

ce_status ce_attr_fail(ce_error *err, ce_slice name, const char *broken,
                       ce_slice value)
{
    char shown[2][65];
    ce_slice texts[2] = { name, value };

    for (unsigned i = 0; i < 2; i++) {
        size_t n = texts[i].len < 60 ? texts[i].len : 60;

        for (size_t k = 0; k < n; k++) {
            char c = texts[i].ptr[k];

            shown[i][k] = (char)((unsigned char)c < ' ' || c == 0x7F ? '?' : c);
        }
        /* Not within a character. */
        while (n < texts[i].len && n > 0 &&
               ((unsigned char)texts[i].ptr[n] & 0xC0) == 0x80)
            n--;
        memcpy(shown[i] + n, "...", 4);
        if (n == texts[i].len)
            shown[i][n] = '\0';
    }
    return value.ptr ? ce_fail(err, CE_EINVAL, "attribute \"%s\": %s: \"%s\"",
                               shown[0], broken, shown[1])
                     : ce_fail(err, CE_EINVAL, "attribute \"%s\": %s", shown[0],
                               broken);
}

ce_status ce_attr_check(const ce_attr *a, ce_error *err)
{
    const rule *r;

    if (!ce_name_is_valid(a->name))
        return ce_attr_fail(err, a->name,
                            "a name may only have the characters a-z and 0-9"
                            ", and is not \"data\"",
                            (ce_slice){ NULL, 0 });
    if (!ce_string_is_valid(a->text))
        return ce_attr_fail(err, a->name,
                            "a text may not have control characters, "
                            "noncharacters or invalid UTF-8",
                            a->text);
    r = rule_of(a->name);
    if (r && !r->holds(a->text))
        return ce_attr_fail(err, a->name, r->text, a->text);
    return CE_OK;
}

/* --- lists --- */

const ce_attr *ce_attrs_find(const ce_attrs *attrs, ce_slice name)
{
    for (unsigned i = 0; i < attrs->len; i++)
        if (ce_slice_eq(attrs->at[i].name, name))
            return &attrs->at[i];
    return NULL;
}

ce_status ce_attrs_add(ce_attrs *attrs, ce_arena *arena, ce_attr attr)
{
    if (attrs->len == attrs->cap) {
        unsigned cap = attrs->cap < 8 ? 16 : attrs->cap * 2;
        ce_attr *grown = ce_arena_alloc(arena, cap * sizeof *grown);

        if (!grown)
            return CE_ENOMEM;
        if (attrs->len)
            memcpy(grown, attrs->at, attrs->len * sizeof *grown);
        attrs->at = grown;
        attrs->cap = cap;
    }
    attrs->at[attrs->len++] = attr;
    return CE_OK;
}

/* --- typed readings --- */

ce_status ce_attr_integer(const ce_attr *a, int32_t *out)
{
    ce_slice s = a->text;
    bool negative = s.len > 0 && *s.ptr == '-';
    int64_t value = 0;

    if (negative)
        s = ce_slice_skip(s, 1);
    if (s.len == 0 || s.len > 10 || (*s.ptr == '0' && s.len > 1))
        return CE_EINVAL;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return CE_EINVAL;
        value = value * 10 + (s.ptr[i] - '0');
    }
    if (negative)
        value = -value;
    if (value < INT32_MIN || value > INT32_MAX)
        return CE_EINVAL;
    *out = (int32_t)value;
    return CE_OK;
}

ce_status ce_attr_boolean(const ce_attr *a, bool *out)
{
    *out = ce_slice_eq(a->text, CE_SLICE("true"));
    return *out || ce_slice_eq(a->text, CE_SLICE("false")) ? CE_OK : CE_EINVAL;
}

ce_status ce_attr_time(const ce_attr *a, struct timespec *out)
{
    return ce_time_parse(a->text, out) == CE_OK ? CE_OK : CE_EINVAL;
}
