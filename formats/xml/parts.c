/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an event: elements that are attributes, and the data. */
#include "formats/xml/reader.h"

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"

static const ce_slice absent = { NULL, 0 };

const char *const ce_xml_types[] = {
    [CE_STRING] = "string",
    [CE_BOOLEAN] = "boolean",
    [CE_INTEGER] = "integer",
    [CE_BINARY] = "binary",
    [CE_URI] = "uri",
    [CE_URI_REF] = "uriRef",
    [CE_TIMESTAMP] = "timestamp",
};

ce_status ce_xml_out_of_memory(ce_xml_reader *r)
{
    return ce_no_memory(r->document.err);
}

ce_status ce_xml_take_part(ce_xml_reader *r, ce_xml_part part, ce_slice raw,
                           ce_slice *out)
{
    ce_status status = ce_xml_scope_close(&r->scope, part, raw, r->arena, out);

    if (status == CE_EINVAL)
        return ce_fail(r->document.err, status,
                       "XML: long namespaces are used too often");
    return status == CE_OK ? CE_OK : ce_xml_out_of_memory(r);
}

/* --- attributes --- */

/* The type that xsi:type names, if it is there: an absent one is -1. */
static ce_status attribute_type(ce_xml_reader *r, ce_slice value, int *out)
{
    ce_xml_name n = ce_xml_type_of(&r->scope, value);

    *out = -1;
    if (!value.ptr)
        return CE_OK;
    for (int i = 0; i <= CE_TIMESTAMP; i++)
        if (ce_xml_name_is(&n, CE_XML_NAMESPACE, ce_xml_types[i]))
            *out = i;
    if (*out >= 0)
        return CE_OK;
    return ce_attr_fail(r->document.err, r->attr.name,
                        "xsi:type is no type of CloudEvents", value);
}

ce_status ce_xml_begin_attribute(ce_xml_reader *r, ce_slice name,
                                 ce_slice xsi_type)
{
    ce_status status = ce_arena_copy(r->arena, name, &r->attr.name);
    bool is_core = ce_attr_is_core(name);
    int type;

    if (status != CE_OK)
        return ce_xml_out_of_memory(r);
    r->place = CE_XML_IN_ATTRIBUTE;
    ce_buf_clear(&r->text);
    if (ce_slice_eq(name, CE_SLICE("specversion")))
        return ce_attr_fail(r->document.err, name,
                            "is an XML attribute of <event>, and no element",
                            absent);
    status = attribute_type(r, xsi_type, &type);
    if (status != CE_OK)
        return status;
    if (type < 0 && !is_core)
        return ce_attr_fail(r->document.err, name, "has no xsi:type", absent);
    r->attr.type = ce_attr_type_of(name, type < 0 ? CE_STRING : (ce_type)type);
    if (type < 0 || (ce_type)type == r->attr.type)
        return CE_OK;
    return ce_attr_fail(r->document.err, name, "xsi:type is of another type",
                        xsi_type);
}

static ce_status copy_text(ce_xml_reader *r, ce_slice *out)
{
    *out = CE_SLICE("");
    if (r->text.len == 0)
        return CE_OK;
    return ce_arena_copy(r->arena, ce_buf_slice(&r->text), out);
}

ce_status ce_xml_end_attribute(ce_xml_reader *r)
{
    r->place = CE_XML_IN_EVENT;
    /* Minus zero has no text of its own. */
    if (r->attr.type == CE_INTEGER &&
        ce_slice_eq(ce_buf_slice(&r->text), CE_SLICE("-0")))
        r->attr.text = CE_SLICE("0");
    else if (copy_text(r, &r->attr.text) != CE_OK)
        return ce_xml_out_of_memory(r);
    if (ce_attrs_add(&r->event.attrs, r->arena, r->attr) != CE_OK)
        return ce_xml_out_of_memory(r);
    return CE_OK;
}

/* --- data --- */

ce_status ce_xml_begin_data(ce_xml_reader *r, ce_slice xsi_type)
{
    ce_xml_name n = ce_xml_type_of(&r->scope, xsi_type);
    char shown[CE_SHOWN_ROOM];

    if (r->form != CE_XML_NO_DATA)
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: given more than once");
    if (!xsi_type.ptr)
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: has no xsi:type");
    ce_buf_clear(&r->text);
    r->place = CE_XML_IN_TEXT;
    if (ce_xml_name_is(&n, CE_XML_SCHEMA, "string"))
        r->form = CE_XML_TEXT;
    else if (ce_xml_name_is(&n, CE_XML_SCHEMA, "base64Binary"))
        r->form = CE_XML_BASE64;
    else if (!ce_xml_name_is(&n, CE_XML_SCHEMA, "any"))
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: xsi:type is not xs:string, "
                       "xs:base64Binary or xs:any: \"%s\"",
                       ce_attr_show(xsi_type, shown));
    else {
        r->form = CE_XML_ELEMENT;
        r->place = CE_XML_IN_ANY;
    }
    return CE_OK;
}

bool ce_xml_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Lines and indentation are no part of xs:base64Binary. */
static void drop_blanks(ce_buf *text)
{
    size_t kept = 0;

    for (size_t i = 0; i < text->len; i++)
        if (!ce_xml_is_blank(text->ptr[i]))
            text->ptr[kept++] = text->ptr[i];
    text->len = kept;
}

static ce_status end_base64(ce_xml_reader *r)
{
    ce_status status;

    drop_blanks(&r->text);
    status = ce_base64_decode(ce_buf_slice(&r->text), r->arena, &r->data);
    if (status == CE_ESYNTAX)
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: no valid Base64");
    return status == CE_OK ? CE_OK : ce_xml_out_of_memory(r);
}

ce_status ce_xml_begin_element(ce_xml_reader *r)
{
    if (r->data.ptr)
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: has more than one element");
    r->place = CE_XML_IN_ELEMENT;
    r->inner = r->depth;
    r->begin = ce_xml_begin(&r->document);
    r->scope.outside[CE_XML_DATA] = r->outside;
    return CE_OK;
}

ce_status ce_xml_end_element(ce_xml_reader *r)
{
    ce_slice raw = { r->body.ptr + r->begin,
                     ce_xml_end(&r->document) - r->begin };

    r->place = CE_XML_IN_ANY;
    return ce_xml_take_part(r, CE_XML_DATA, raw, &r->data);
}

static ce_status end_any(ce_xml_reader *r)
{
    if (r->data.ptr)
        return CE_OK;
    return ce_fail(r->document.err, CE_EINVAL,
                   "element <data>: has no element, though "
                   "xsi:type is xs:any");
}

ce_status ce_xml_end_data(ce_xml_reader *r)
{
    r->place = CE_XML_IN_EVENT;
    switch (r->form) {
    case CE_XML_BASE64:
        return end_base64(r);
    case CE_XML_ELEMENT:
        return end_any(r);
    default:
        if (copy_text(r, &r->data) == CE_OK)
            return CE_OK;
        return ce_xml_out_of_memory(r);
    }
}

/* An element that nothing is said of is XML. */
ce_status ce_xml_set_data(ce_xml_reader *r)
{
    static const ce_attr implied = { CE_SLICE("datacontenttype"),
                                     CE_SLICE("application/xml"), CE_STRING };
    ce_event *e = &r->event;

    e->data = r->data;
    if (r->form == CE_XML_ELEMENT && !ce_event_get(e, "datacontenttype") &&
        !ce_event_get(e, "dssematerial") &&
        ce_attrs_add(&e->attrs, r->arena, implied) != CE_OK)
        return ce_xml_out_of_memory(r);
    if (r->form == CE_XML_BASE64)
        e->data_kind = CE_DATA_BYTES;
    else if (r->form != CE_XML_NO_DATA)
        e->data_kind = ce_envelope_kind_of_text(e);
    return CE_OK;
}
