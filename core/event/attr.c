/* SPDX-License-Identifier: Apache-2.0 */
/* What an attribute may be called and may hold. */
#include "core/event/attr.h"

#include <stdio.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/chars.h"
#include "core/base/media_type.h"
#include "core/base/time.h"
#include "core/base/uri_syntax.h"
#include "core/base/utf8.h"

/* --- texts --- */

static bool is_noncharacter(uint32_t c)
{
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* Past printable ASCII, eight bytes at a time: nothing below a blank, no
 * 0x7F, nothing above. */
static const char *skip_printable(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, high = ones * 0x80;

    while (end - p >= 8) {
        uint64_t word, del;

        memcpy(&word, p, 8);
        del = word ^ ones * 0x7F;
        if ((word | (word - ones * ' ') | (del - ones)) & high)
            break;
        p += 8;
    }
    while (p < end && *p >= ' ' && *p <= '~')
        p++;
    return p;
}

bool ce_string_is_valid(ce_slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    uint32_t c;

    while ((p = skip_printable(p, end)) < end) {
        unsigned n = ce_utf8_decode(p, end, &c);

        if (!n || c < 0xA0 || is_noncharacter(c))
            return false;
        p += n;
    }
    return true;
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

/* An empty URI-reference is one, but names no source. */
static bool is_source(ce_slice text)
{
    return text.len > 0 && is_uri_reference(text);
}

static bool is_known_version(ce_slice text)
{
    return ce_slice_eq(text, CE_SLICE("1.0")) ||
           ce_slice_eq(text, CE_SLICE("0.3"));
}

typedef struct rule {
    const char *name;
    ce_type type;
    bool (*holds)(ce_slice text);
    const char *text;
    bool is_ascii; /* it holds for printable ASCII alone, a text as well */
} rule;

enum { REQUIRED = 4 };

/* The required ones first. */
static const rule rules[] = {
    { "specversion", CE_STRING, is_known_version, "not a known version", true },
    { "id", CE_STRING, is_not_empty, "may not be empty", false },
    { "source", CE_URI_REF, is_source, "not a URI-reference", true },
    { "type", CE_STRING, is_not_empty, "may not be empty", false },
    { "time", CE_TIMESTAMP, is_timestamp, "not an RFC 3339 timestamp", true },
    { "subject", CE_STRING, is_not_empty, "may not be empty", false },
    { "dataschema", CE_URI, is_uri, "not a URI", true },
    { "datacontenttype", CE_STRING, ce_media_type_is_valid, "not a media type",
      false },
};

/* Lengths that are known when this is compiled make comparisons of words. */
static inline const rule *if_named(unsigned i, ce_slice name, size_t len)
{
    return memcmp(name.ptr, rules[i].name, len) == 0 ? &rules[i] : NULL;
}

/* By its length; "type" and "time" share theirs. */
static const rule *rule_of(ce_slice name)
{
    switch (name.len) {
    case 2:
        return if_named(1, name, 2);
    case 4:
        return name.ptr[1] == 'i' ? if_named(4, name, 4) : if_named(3, name, 4);
    case 6:
        return if_named(2, name, 6);
    case 7:
        return if_named(5, name, 7);
    case 10:
        return if_named(6, name, 10);
    case 11:
        return if_named(0, name, 11);
    case 15:
        return if_named(7, name, 15);
    default:
        return NULL;
    }
}

bool ce_attr_is_core(ce_slice name)
{
    return rule_of(name) != NULL;
}

/* Most names are known. */
bool ce_name_is_valid(ce_slice name)
{
    if (rule_of(name))
        return true;
    if (name.len == 0 || ce_slice_eq(name, CE_SLICE("data")))
        return false;
    return ce_chars_are(name, CE_CHARS_NAME);
}

ce_type ce_attr_type_of(ce_slice name, ce_type type)
{
    const rule *r = rule_of(name);

    return r ? r->type : type;
}

/* --- errors --- */

const char *ce_attr_show(ce_slice text, char out[CE_SHOWN_ROOM])
{
    const char *p = text.ptr, *end = p + text.len;
    char *to = out;
    uint32_t c;

    while (p < end && to - out < CE_SHOWN_MAX) {
        unsigned n = ce_utf8_decode(p, end, &c);

        if (n && c >= ' ' && (c < 0x7F || c >= 0xA0)) {
            memcpy(to, p, n);
            to += n;
            p += n;
        } else {
            to += sprintf(to, "\\x%02X", (unsigned)(unsigned char)*p++);
        }
    }
    strcpy(to, p < end ? "..." : "");
    return out;
}

ce_status ce_attr_fail(ce_error *err, ce_slice name, const char *broken,
                       ce_slice value)
{
    char shown[2][CE_SHOWN_ROOM];

    ce_attr_show(name, shown[0]);
    if (value.ptr)
        ce_attr_show(value, shown[1]);
    if (value.ptr)
        return ce_fail(err, CE_EINVAL, "attribute \"%s\": %s: \"%s\"", shown[0],
                       broken, shown[1]);
    return ce_fail(err, CE_EINVAL, "attribute \"%s\": %s", shown[0], broken);
}

/* What an extension's text is not, or NULL. */
static const char *broken_type(const ce_attr *a)
{
    int32_t integer;
    bool boolean;

    switch (a->type) {
    case CE_BOOLEAN:
        if (ce_attr_boolean(a, &boolean) != CE_OK)
            return "not true or false";
        return NULL;
    case CE_INTEGER:
        if (ce_attr_integer(a, &integer) != CE_OK)
            return "not a 32-bit integer";
        return NULL;
    case CE_BINARY:
        return ce_base64_is_valid(a->text) ? NULL : "not Base64";
    case CE_URI:
        return is_uri(a->text) ? NULL : "not a URI";
    case CE_URI_REF:
        return is_uri_reference(a->text) ? NULL : "not a URI-reference";
    case CE_TIMESTAMP:
        return is_timestamp(a->text) ? NULL : "not an RFC 3339 timestamp";
    case CE_STRING:
        break;
    }
    return NULL;
}

static ce_status bad_name(ce_slice name, ce_error *err)
{
    return ce_attr_fail(err, name,
                        "a name may only have the characters a-z and 0-9"
                        ", and is not \"data\"",
                        (ce_slice){ NULL, 0 });
}

ce_status ce_attr_check_name(ce_slice name, ce_error *err)
{
    return ce_name_is_valid(name) ? CE_OK : bad_name(name, err);
}

ce_status ce_attr_check(const ce_attr *a, ce_error *err)
{
    const rule *r = rule_of(a->name);
    const char *broken;

    if (r && r->is_ascii && r->holds(a->text))
        return CE_OK;
    if (!r && !ce_name_is_valid(a->name))
        return bad_name(a->name, err);
    if (!ce_string_is_valid(a->text))
        return ce_attr_fail(err, a->name,
                            "a text may not have control characters, "
                            "noncharacters or invalid UTF-8",
                            a->text);
    if (r && !r->holds(a->text))
        return ce_attr_fail(err, a->name, r->text, a->text);
    broken = r ? NULL : broken_type(a);
    return broken ? ce_attr_fail(err, a->name, broken, a->text) : CE_OK;
}

ce_status ce_attrs_broken(const ce_attrs *attrs, ce_finding_fn *fn, void *arg)
{
    ce_status status = CE_OK;
    ce_error err;

    for (unsigned i = 0; i < attrs->len && status == CE_OK; i++)
        if (ce_attr_check(&attrs->at[i], &err) != CE_OK)
            status = fn(arg, &err);
    return status;
}

ce_status ce_attrs_missing(const ce_attrs *attrs, ce_finding_fn *fn, void *arg)
{
    ce_status status = CE_OK;
    unsigned seen = 0;
    ce_error err;

    for (unsigned i = 0; i < attrs->len; i++) {
        const rule *r = rule_of(attrs->at[i].name);

        if (r)
            seen |= 1u << (r - rules);
    }
    for (unsigned i = 0; i < REQUIRED && status == CE_OK; i++)
        if (!(seen >> i & 1)) {
            ce_attr_fail(&err, ce_slice_of(rules[i].name),
                         "required, but missing", (ce_slice){ NULL, 0 });
            status = fn(arg, &err);
        }
    return status;
}

ce_status ce_first_finding(void *arg, const ce_error *found)
{
    ce_error *err = arg;

    if (err)
        *err = *found;
    return found->status;
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

ce_status ce_attr_binary(const ce_attr *a, ce_arena *arena, ce_slice *out)
{
    ce_status status = ce_base64_decode(a->text, arena, out);

    return status == CE_ESYNTAX ? CE_EINVAL : status;
}
