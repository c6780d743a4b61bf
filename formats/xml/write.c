/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to XML. Everything of ours has the prefix "ce": without a
 * default namespace an element that is data stays in the one that it had. */
#include "formats/xml/xml.h"

#include <string.h>

#include <cloudevents/data.h>

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"
#include "core/base/utf8.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define NAMESPACES                                                             \
    " xmlns:ce=\"" CE_XML_NAMESPACE "\" xmlns:xs=\"" CE_XML_SCHEMA             \
    "\" xmlns:xsi=\"" CE_XML_INSTANCE "\""

/* Remembers the first failure, so that writing goes straight down. */
typedef struct writer {
    ce_buf *out;
    ce_status status;
} writer;

static void put(writer *w, ce_slice text)
{
    if (w->status == CE_OK)
        w->status = ce_buf_append(w->out, text);
}

#define PUT(w, literal) put((w), CE_SLICE(literal))

/* --- texts --- */

/* What stands for a character that XML would take for its own, or change. */
static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

static void put_text(writer *w, ce_slice text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *escape = escape_of(text.ptr[i]);

        if (!escape)
            continue;
        put(w, (ce_slice){ text.ptr + from, i - from });
        put(w, ce_slice_of(escape));
        from = i + 1;
    }
    if (from < text.len)
        put(w, ce_slice_skip(text, from));
}

/* Whether XML 1.0 has all of its characters. */
static bool is_text(ce_slice text)
{
    const char *p = text.ptr, *end = p + text.len;
    uint32_t c;

    while (p < end) {
        unsigned n = ce_utf8_decode(p, end, &c);

        if (!n || c == 0xFFFE || c == 0xFFFF ||
            (c < ' ' && c != '\t' && c != '\n' && c != '\r'))
            return false;
        p += n;
    }
    return true;
}

/* --- attributes --- */

static void put_attribute(writer *w, const ce_attr *a)
{
    PUT(w, "<ce:");
    put(w, a->name);
    if (!ce_attr_is_core(a->name)) {
        PUT(w, " xsi:type=\"ce:");
        put(w, ce_slice_of(ce_xml_types[a->type]));
        PUT(w, "\"");
    }
    PUT(w, ">");
    put_text(w, a->text);
    PUT(w, "</ce:");
    put(w, a->name);
    PUT(w, ">");
}

static void put_attributes(writer *w, const ce_event *e)
{
    for (unsigned i = 0; i < e->attrs.len; i++)
        if (!ce_slice_eq(e->attrs.at[i].name, CE_SLICE("specversion")))
            put_attribute(w, &e->attrs.at[i]);
    if (ce_envelope_implies_type(e))
        put_attribute(w, &(ce_attr){ CE_SLICE("datacontenttype"),
                                     CE_SLICE("application/json"), CE_STRING });
}

/* --- data --- */

static bool is_element(writer *w, const ce_event *e)
{
    ce_slice type = ce_event_text(e, "datacontenttype");
    bool found = false;

    if (type.ptr && ce_media_type_is_xml(type) && w->status == CE_OK)
        w->status = ce_xml_is_element(e->data, &found);
    return found;
}

static void put_base64(writer *w, ce_slice data)
{
    PUT(w, "base64Binary\">");
    if (w->status == CE_OK)
        w->status = ce_base64_encode(data, w->out);
}

static void put_data(writer *w, const ce_event *e)
{
    ce_data_kind kind = ce_envelope_kind(e);

    if (kind == CE_DATA_NONE)
        return;
    PUT(w, "<ce:data xsi:type=\"xs:");
    if (kind == CE_DATA_BYTES || !is_text(e->data)) {
        put_base64(w, e->data);
    } else if (kind == CE_DATA_TEXT && is_element(w, e)) {
        PUT(w, "any\">");
        put(w, e->data);
    } else {
        PUT(w, "string\">");
        put_text(w, e->data);
    }
    PUT(w, "</ce:data>");
}

/* --- events --- */

static void put_event(writer *w, const ce_event *e, ce_slice namespaces)
{
    if (w->status == CE_OK)
        w->status = ce_xml_check(e, NULL);
    PUT(w, "<ce:event");
    put(w, namespaces);
    PUT(w, " specversion=\"");
    put_text(w, ce_event_text(e, "specversion"));
    PUT(w, "\">");
    put_attributes(w, e);
    put_data(w, e);
    PUT(w, "</ce:event>");
}

ce_status ce_xml_encode(const ce_event *e, ce_buf *out)
{
    writer w = { .out = out };

    PUT(&w, DECLARATION);
    put_event(&w, e, CE_SLICE(NAMESPACES));
    return w.status;
}

ce_status ce_xml_encode_batch(const ce_event *const *events, size_t count,
                              ce_buf *out)
{
    writer w = { .out = out };

    PUT(&w, DECLARATION "<ce:batch" NAMESPACES ">");
    for (size_t i = 0; i < count; i++)
        put_event(&w, events[i], CE_SLICE(""));
    PUT(&w, "</ce:batch>");
    return w.status;
}

ce_status ce_xml_check(const ce_event *e, ce_error *err)
{
    for (unsigned i = 0; i < e->attrs.len; i++) {
        ce_slice name = e->attrs.at[i].name;

        if (name.len == 0 || *name.ptr < '0' || *name.ptr > '9')
            continue;
        ce_attr_fail(err, name, "the name of an element begins with a letter",
                     (ce_slice){ NULL, 0 });
        if (err)
            err->status = CE_ENOTSUP;
        return CE_ENOTSUP;
    }
    return CE_OK;
}
