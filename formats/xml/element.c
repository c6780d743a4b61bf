/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text can be an element of another document as it is. */
#include "xml.h"

typedef struct element {
    ce_xml_document document;
    unsigned depth;
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
    status = ce_xml_parse(&e.document, text);
    *out = status == CE_OK && e.begin == 0 && e.end == text.len;
    ce_xml_close(&e.document);
    return status == CE_ENOMEM ? CE_ENOMEM : CE_OK;
}
