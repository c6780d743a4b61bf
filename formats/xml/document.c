/* SPDX-License-Identifier: Apache-2.0 */
/* One document through expat: what is refused before anybody looks at it. */
#include "formats/xml/xml.h"

#include <limits.h>

#include <cloudevents/alloc.h>

#ifdef CE_EXPAT_HAS_64
#define POSITION(what, parser) XML_GetCurrent##what##64(parser)
#else
#define POSITION(what, parser) XML_GetCurrent##what(parser)
#endif

/* expat goes on without a prefix that it had no memory for, as if it had been
 * an attribute: failures are counted here. */
static _Thread_local unsigned failures;

static void *allocate(size_t size)
{
    void *ptr = ce_alloc(size);

    failures += !ptr;
    return ptr;
}

static void *resize(void *old, size_t size)
{
    void *ptr = ce_realloc(old, size);

    failures += !ptr;
    return ptr;
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int has_subset)
{
    ce_xml_document *d = arg;

    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    ce_xml_stop(
        d, ce_fail(d->err, CE_EINVAL, "XML: a document type is not allowed"));
}

static bool is_utf8(const char *encoding)
{
    ce_slice name = ce_slice_of(encoding);

    return ce_slice_eq_nocase(name, CE_SLICE("utf-8")) ||
           ce_slice_eq_nocase(name, CE_SLICE("us-ascii"));
}

static void on_declaration(void *arg, const XML_Char *version,
                           const XML_Char *encoding, int standalone)
{
    ce_xml_document *d = arg;

    (void)version;
    (void)standalone;
    if (encoding && !is_utf8(encoding))
        ce_xml_stop(d, ce_fail(d->err, CE_ENOTSUP,
                               "XML: encoding \"%.40s\": only UTF-8 is read",
                               encoding));
}

ce_status ce_xml_open(ce_xml_document *d, ce_error *err)
{
    static const XML_Memory_Handling_Suite memory = { allocate, resize,
                                                      ce_free };

    *d = (ce_xml_document){ .err = err };
    d->parser = XML_ParserCreate_MM("UTF-8", &memory, "\n");
    if (!d->parser)
        return ce_no_memory(err);
    XML_SetReturnNSTriplet(d->parser, 1);
    XML_SetUserData(d->parser, d);
    XML_SetStartDoctypeDeclHandler(d->parser, on_doctype);
    XML_SetXmlDeclHandler(d->parser, on_declaration);
    return CE_OK;
}

void ce_xml_close(ce_xml_document *d)
{
    if (d->parser)
        XML_ParserFree(d->parser);
}

void ce_xml_stop(ce_xml_document *d, ce_status status)
{
    if (status == CE_OK || d->status != CE_OK)
        return;
    d->status = status;
    XML_StopParser(d->parser, XML_FALSE);
}

static ce_status name_error(const ce_xml_document *d)
{
    enum XML_Error code = XML_GetErrorCode(d->parser);

    if (code == XML_ERROR_NO_MEMORY)
        return ce_no_memory(d->err);
    return ce_fail(d->err, CE_ESYNTAX, "XML, line %lu, column %lu: %s",
                   (unsigned long)POSITION(LineNumber, d->parser),
                   (unsigned long)POSITION(ColumnNumber, d->parser) + 1,
                   XML_ErrorString(code));
}

static bool is_utf16(ce_slice text)
{
    return ce_slice_starts(text, CE_SLICE("\xfe\xff")) ||
           ce_slice_starts(text, CE_SLICE("\xff\xfe"));
}

ce_status ce_xml_parse(ce_xml_document *d, ce_slice text)
{
    unsigned before = failures;
    bool is_read;

    if (is_utf16(text))
        return ce_fail(d->err, CE_ENOTSUP,
                       "XML: encoding UTF-16: only UTF-8 is read");
    if (text.len > INT_MAX)
        return ce_fail(d->err, CE_ENOTSUP, "XML: %zu bytes are too many",
                       text.len);
    is_read = XML_Parse(d->parser, text.len ? text.ptr : "", (int)text.len,
                        1) == XML_STATUS_OK;
    if (failures != before)
        return ce_no_memory(d->err);
    if (is_read)
        return CE_OK;
    return d->status != CE_OK ? d->status : name_error(d);
}

size_t ce_xml_begin(const ce_xml_document *d)
{
    return (size_t)POSITION(ByteIndex, d->parser);
}

size_t ce_xml_end(const ce_xml_document *d)
{
    return ce_xml_begin(d) + (size_t)POSITION(ByteCount, d->parser);
}
