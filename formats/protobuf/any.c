/* SPDX-License-Identifier: Apache-2.0 */
/* Where the type of a Protobuf message stays when the message is data.
 *
 * The specification asks for the URL in dataschema. A type's URL has no scheme
 * as a rule, and "https" is implied then; a dataschema is a URI, and needs
 * one. */
#include "formats/protobuf/protobuf.h"

#include <string.h>

#include "core/base/media_type.h"

static const ce_slice absent = { NULL, 0 };

#define CONTENT_TYPE CE_SLICE("application/protobuf")
#define SCHEME CE_SLICE("https://")
#define PARAMETER CE_SLICE("; type-url=\"")

/* --- to an event --- */

static ce_slice without_scheme(ce_slice url)
{
    return ce_slice_starts(url, SCHEME) ? ce_slice_skip(url, SCHEME.len) : url;
}

static bool has_scheme(ce_slice url)
{
    size_t first = 0;

    while (first < url.len && url.ptr[first] != ':' && url.ptr[first] != '/')
        first++;
    return first < url.len && url.ptr[first] == ':';
}

/* One may leave out the scheme, unless what is left seems to have another. */
static bool is_same_url(ce_slice a, ce_slice b)
{
    if (ce_slice_eq(a, b))
        return true;
    return ce_slice_eq(without_scheme(a), without_scheme(b)) &&
           !has_scheme(without_scheme(a));
}

static ce_attr *find(ce_event *e, const char *name)
{
    for (unsigned i = 0; i < e->attrs.len; i++)
        if (ce_slice_eq(e->attrs.at[i].name, ce_slice_of(name)))
            return &e->attrs.at[i];
    return NULL;
}

static ce_status add(ce_event *e, const char *name, ce_slice text, ce_type type)
{
    ce_attr a = { ce_slice_of(name), text, type };

    return text.ptr ? ce_attrs_add(&e->attrs, e->arena, a) : CE_ENOMEM;
}

static ce_slice with_scheme(ce_event *e, ce_slice url)
{
    if (has_scheme(url))
        return url;
    return ce_arena_printf(e->arena, "https://%.*s", CE_ARG(url));
}

static ce_status keep_url(ce_event *e, ce_slice url)
{
    ce_attr *schema = find(e, "dataschema");
    ce_attr *type = find(e, "datacontenttype");

    if (!schema)
        return add(e, "dataschema", with_scheme(e, url), CE_URI);
    if (is_same_url(schema->text, url))
        schema->text = with_scheme(e, url);
    else
        type->text = ce_arena_printf(e->arena, "%.*s; type-url=\"%.*s\"",
                                     CE_ARG(type->text), CE_ARG(url));
    return schema->text.ptr && type->text.ptr ? CE_OK : CE_ENOMEM;
}

ce_status ce_any_to_event(ce_event *e, ce_slice type_url, ce_error *err)
{
    ce_status status = CE_OK;

    if (!find(e, "datacontenttype"))
        status = add(e, "datacontenttype", CONTENT_TYPE, CE_STRING);
    if (status == CE_OK && type_url.len)
        status = keep_url(e, type_url);
    return status == CE_OK ? CE_OK : ce_no_memory(err);
}

/* --- from an event --- */

/* Whether the URL ends in "/package.Message". */
static bool names_a_message(ce_slice url)
{
    size_t i = url.len;

    while (i > 0 && url.ptr[i - 1] != '/') {
        char c = url.ptr[--i];

        if (c != '.' && c != '_' && !(c >= '0' && c <= '9') &&
            !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return false;
    }
    return i > 0 && i < url.len;
}

/* Without its scheme, unless what is left seems to have one: "host:80/a.B". */
static ce_slice shortest_url(ce_slice schema)
{
    ce_slice url = without_scheme(schema);

    return has_scheme(url) ? schema : url;
}

/* The parameter is the last one, as it was put there. */
static size_t find_parameter(ce_slice type)
{
    for (size_t i = 0; i + PARAMETER.len < type.len; i++)
        if (ce_slice_starts(ce_slice_skip(type, i), PARAMETER) &&
            (const char *)memchr(type.ptr + i + PARAMETER.len, '"',
                                 type.len - i - PARAMETER.len) ==
                type.ptr + type.len - 1)
            return i;
    return type.len;
}

static ce_any by_parameter(ce_slice type, ce_slice schema)
{
    size_t at = find_parameter(type);
    ce_slice url = ce_slice_skip(type, at);

    if (at == type.len || !schema.ptr)
        return (ce_any){ absent, type };
    url = ce_slice_skip(url, PARAMETER.len);
    url.len--;
    if (!url.len || is_same_url(url, schema))
        return (ce_any){ absent, type };
    return (ce_any){ url, { type.ptr, at } };
}

ce_any ce_any_of_event(const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");
    ce_slice schema = ce_event_text(e, "dataschema");
    ce_any any = { absent, type };

    if (e->data_kind == CE_DATA_NONE)
        return any;
    any = by_parameter(type, schema);
    if (any.type_url.ptr || !ce_slice_starts(schema, SCHEME) ||
        !ce_slice_eq_nocase(ce_media_type_bare(type), CONTENT_TYPE) ||
        !names_a_message(without_scheme(schema)))
        return any;
    return (ce_any){ shortest_url(schema), type };
}
