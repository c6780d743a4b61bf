/* SPDX-License-Identifier: Apache-2.0 */
#include "core/template/placeholder.h"

#include <inttypes.h>
#include <string.h>

#include "core/json/scan.h"
#include "core/pipeline/headers.h"

/* --- reading --- */

/* Takes what stands between PREFIX and END; false when it is not so. */
static bool take_inner(ce_slice text, ce_slice prefix, char end, ce_slice *out)
{
    if (!ce_slice_starts(text, prefix) || text.len < prefix.len + 2 ||
        text.ptr[text.len - 1] != end)
        return false;
    *out = ce_slice_skip(text, prefix.len);
    out->len--;
    return true;
}

/* "topic[12]" */
static bool read_level(ce_slice text, unsigned *out)
{
    ce_slice digits;
    unsigned value = 0;

    if (!take_inner(text, CE_SLICE("topic["), ']', &digits) || digits.len > 4)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    *out = value;
    return true;
}

static bool is_pointer(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len ||
             (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
            return false;
    return true;
}

static bool read_name(ce_slice text, ce_placeholder *out)
{
    static const struct {
        const char *name;
        ce_placeholder_kind kind;
    } names[] = {
        { "topic", CE_PLACEHOLDER_TOPIC },
        { "partition", CE_PLACEHOLDER_PARTITION },
        { "offset", CE_PLACEHOLDER_OFFSET },
        { "timestamp", CE_PLACEHOLDER_TIMESTAMP },
        { "retain", CE_PLACEHOLDER_RETAIN },
        { "key", CE_PLACEHOLDER_KEY },
        { "data", CE_PLACEHOLDER_DATA },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_slice_eq(text, ce_slice_of(names[i].name))) {
            out->kind = names[i].kind;
            return true;
        }
    out->kind = CE_PLACEHOLDER_ATTRIBUTE;
    return ce_name_is_valid(text);
}

static bool read_plain(ce_slice text, ce_placeholder *out)
{
    *out = (ce_placeholder){ .text = text };
    if (text.len > 1 && text.ptr[0] == '"') {
        out->kind = CE_PLACEHOLDER_TEXT;
        out->text = (ce_slice){ text.ptr + 1, text.len - 2 };
        return text.ptr[text.len - 1] == '"';
    }
    if (read_level(text, &out->level)) {
        out->kind = CE_PLACEHOLDER_LEVEL;
        return true;
    }
    if (take_inner(text, CE_SLICE("header["), ']', &out->text)) {
        out->kind = CE_PLACEHOLDER_HEADER;
        return true;
    }
    if (ce_slice_starts(text, CE_SLICE("data/"))) {
        out->kind = CE_PLACEHOLDER_POINTER;
        out->text = ce_slice_skip(text, 4);
        return is_pointer(text);
    }
    return read_name(text, out);
}

/* "epoch_ms(data/at)": a form with the value in brackets. */
bool ce_placeholder_read(ce_slice text, ce_placeholder *out)
{
    const char *bracket = text.len ? memchr(text.ptr, '(', text.len) : NULL;
    ce_slice name = { text.ptr, bracket ? (size_t)(bracket - text.ptr) : 0 };
    ce_moment moment = ce_moment_named(name);
    ce_slice inner;
    bool fine;

    if (!moment)
        return read_plain(text, out);
    name.len++;
    if (!take_inner(text, name, ')', &inner))
        return false;
    fine = read_plain(inner, out);
    out->moment = moment;
    return fine;
}

/* --- values --- */

static const ce_slice absent = { NULL, 0 };

static ce_slice level_of(ce_slice topic, unsigned level)
{
    for (; topic.ptr; level--) {
        const char *slash =
            topic.len ? memchr(topic.ptr, '/', topic.len) : NULL;
        size_t len = slash ? (size_t)(slash - topic.ptr) : topic.len;

        if (level == 0)
            return (ce_slice){ topic.ptr, len };
        if (!slash)
            break;
        topic = ce_slice_skip(topic, len + 1);
    }
    return absent;
}

static ce_slice data_of(const ce_delivery *d, const ce_event *e)
{
    if (!e)
        return d->message.body;
    return e->data_kind == CE_DATA_NONE ? absent : e->data;
}

/* A member that is null has no value, as if it were not there. */
static ce_status point(ce_slice pointer, const ce_delivery *d,
                       const ce_event *e, ce_slice *out)
{
    ce_slice json = data_of(d, e);
    ce_status status;

    if (!json.ptr)
        return CE_OK;
    if ((!e || e->data_kind != CE_DATA_JSON) && !ce_json_is_valid(json))
        return CE_OK;
    status = ce_json_pointer(json, pointer, out);
    if (status != CE_OK || ce_slice_eq(*out, CE_SLICE("null")))
        *out = absent;
    else if (out->len > 0 && *out->ptr == '"')
        status = ce_json_unescape(*out, d->arena, out, NULL);
    return status == CE_ENOMEM ? CE_ENOMEM : CE_OK;
}

static ce_status number(ce_arena *arena, int64_t value, ce_slice *out)
{
    if (value < 0)
        return CE_OK;
    *out = ce_arena_printf(arena, "%" PRId64, value);
    return out->ptr ? CE_OK : CE_ENOMEM;
}

static ce_slice attribute_of(ce_slice name, const ce_event *e)
{
    const ce_attr *a = e ? ce_attrs_find(&e->attrs, name) : NULL;

    return a ? a->text : absent;
}

/* Of several with one name the first; its letters may be upper or lower. */
static ce_slice find_header(const ce_attrs *all, ce_slice name)
{
    for (unsigned i = 0; i < all->len; i++)
        if (ce_slice_eq_nocase(all->at[i].name, name))
            return all->at[i].text;
    return absent;
}

static ce_status header_of(ce_slice name, ce_delivery *d, ce_slice *out)
{
    ce_attrs all;
    ce_status status;

    *out = find_header(&d->origin.metadata, name);
    if (!out->ptr && ce_slice_eq_nocase(name, CE_SLICE("content-type")))
        *out = d->message.content_type;
    if (out->ptr)
        return CE_OK;
    status = ce_headers_of(d, &all);
    if (status == CE_OK)
        *out = find_header(&all, name);
    return status;
}

static ce_status timestamp(const ce_delivery *d, ce_slice *out)
{
    int64_t ms = d->origin.timestamp_ms;

    return ms > 0 ? ce_moment_of_ms(ms, d->arena, out) : CE_OK;
}

static ce_slice retain_of(const ce_delivery *d)
{
    switch (d->origin.retain) {
    case CE_RETAIN_YES:
        return CE_SLICE("true");
    case CE_RETAIN_NO:
        return CE_SLICE("false");
    case CE_RETAIN_UNKNOWN:
        break;
    }
    return absent;
}

/* The values that need no memory. */
static ce_slice view_of(const ce_placeholder *p, const ce_delivery *d,
                        const ce_event *e)
{
    switch (p->kind) {
    case CE_PLACEHOLDER_TEXT:
        return p->text;
    case CE_PLACEHOLDER_ATTRIBUTE:
        return attribute_of(p->text, e);
    case CE_PLACEHOLDER_TOPIC:
        return d->origin.topic;
    case CE_PLACEHOLDER_LEVEL:
        return level_of(d->origin.topic, p->level);
    case CE_PLACEHOLDER_RETAIN:
        return retain_of(d);
    case CE_PLACEHOLDER_KEY:
        return d->message.key;
    case CE_PLACEHOLDER_DATA:
        return data_of(d, e);
    default:
        return absent;
    }
}

static ce_status plain_value(const ce_placeholder *p, ce_delivery *d,
                             const ce_event *e, ce_slice *out)
{
    switch (p->kind) {
    case CE_PLACEHOLDER_PARTITION:
        return number(d->arena, d->origin.partition, out);
    case CE_PLACEHOLDER_OFFSET:
        return number(d->arena, d->origin.offset, out);
    case CE_PLACEHOLDER_TIMESTAMP:
        return timestamp(d, out);
    case CE_PLACEHOLDER_HEADER:
        return header_of(p->text, d, out);
    case CE_PLACEHOLDER_POINTER:
        return point(p->text, d, e, out);
    default:
        *out = view_of(p, d, e);
        return CE_OK;
    }
}

ce_status ce_placeholder_value(const ce_placeholder *p, ce_delivery *d,
                               const ce_event *e, ce_slice *out)
{
    ce_status status;

    *out = absent;
    status = plain_value(p, d, e, out);
    if (status != CE_OK || !p->moment || !out->ptr)
        return status;
    return ce_moment_read(p->moment, *out, d->arena, out);
}
