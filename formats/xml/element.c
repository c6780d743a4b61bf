/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text can be an element of another document as it is. */
#include "formats/xml/xml.h"

typedef struct element {
    ce_xml_document document;
    unsigned depth, declared;
    size_t begin, end;
} element;

static void on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    element *e = arg;

    (void)name;
    (void)atts;
    if (e->depth++ == 0)
        e->begin = ce_xml_begin(&e->document);
    if (e->depth > CE_XML_DEPTH_MAX)
        ce_xml_stop(&e->document, CE_EINVAL);
}

static void on_end(void *arg, const XML_Char *name)
{
    element *e = arg;

    (void)name;
    e->end = ce_xml_end(&e->document);
    e->depth--;
}

static void on_declare(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
    element *e = arg;

    (void)prefix;
    (void)uri;
    if (++e->declared > CE_XML_SCOPE_MAX)
        ce_xml_stop(&e->document, CE_EINVAL);
}

static void on_undeclare(void *arg, const XML_Char *prefix)
{
    element *e = arg;

    (void)prefix;
    e->declared--;
}

ce_status ce_xml_is_element(ce_slice text, bool *out)
{
    element e = { .depth = 0 };
    ce_status status;

    *out = false;
    if (text.len < 4 || text.ptr[0] != '<' || text.ptr[text.len - 1] != '>')
        return CE_OK;
    status = ce_xml_open(&e.document, NULL);
    if (status != CE_OK)
        return status;
    XML_SetElementHandler(e.document.parser, on_start, on_end);
    XML_SetNamespaceDeclHandler(e.document.parser, on_declare, on_undeclare);
    status = ce_xml_parse(&e.document, text);
    *out = status == CE_OK && e.begin == 0 && e.end == text.len;
    ce_xml_close(&e.document);
    return status == CE_ENOMEM ? CE_ENOMEM : CE_OK;
}
