/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text can be an element of another document as it is. */
#include "formats/xml/xml.h"

#include <string.h>

typedef struct element {
    ce_xml_document document;
    ce_xml_scope scope;
    unsigned depth;
    size_t begin, end;
} element;

/* A type without its prefix's declaration would get that of a place where the
 * element stands. */
static bool is_bound(element *e, const XML_Char **atts)
{
    for (; *atts; atts += 2) {
        ce_xml_name n = ce_xml_name_of(atts[0]);
        ce_slice prefix = ce_slice_trim(ce_slice_of(atts[1]));
        const char *colon = strchr(prefix.ptr, ':');

        if (!colon || !ce_xml_name_is(&n, CE_XML_INSTANCE, "type"))
            continue;
        prefix.len = (size_t)(colon - prefix.ptr);
        if (!ce_xml_scope_use(&e->scope, prefix))
            return false;
    }
    return true;
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    element *e = arg;

    (void)name;
    if (e->depth++ == 0)
        e->begin = ce_xml_begin(&e->document);
    if (e->depth > CE_XML_DEPTH_MAX || !is_bound(e, atts))
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

    if (e->scope.len >= CE_XML_SCOPE_MAX)
        ce_xml_stop(&e->document, CE_EINVAL);
    else
        ce_xml_stop(&e->document, ce_xml_scope_push(&e->scope, prefix, uri));
}

static void on_undeclare(void *arg, const XML_Char *prefix)
{
    element *e = arg;

    (void)prefix;
    if (e->document.status == CE_OK)
        ce_xml_scope_pop(&e->scope);
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
    ce_xml_scope_free(&e.scope);
    return status == CE_ENOMEM ? CE_ENOMEM : CE_OK;
}
