/* SPDX-License-Identifier: Apache-2.0 */
/* One document through expat: what is refused before anybody looks at it. */
#include "formats/xml/xml.h"

#include <limits.h>
#include <stddef.h>

#include <cloudevents/alloc.h>

#ifdef CE_EXPAT_HAS_64
#define POSITION(what, parser) XML_GetCurrent##what##64(parser)
#else
#define POSITION(what, parser) XML_GetCurrent##what(parser)
#endif

/* What the parser may take at once: some room for itself, and so many bytes for
 * each byte of the text. Short attributes of a prefix take the most that makes
 * sense, about 20. Without a bound, expat writes a long namespace out for each
 * of them: all in all the square of the text. */
enum { ROOM = 1 << 20, ROOM_FACTOR = 32 };

/* --- memory --- */

typedef union block {
    size_t size;
    max_align_t align;
} block;

/* Whose parser runs: the functions below get no argument. */
static _Thread_local ce_xml_document *current;

/* expat goes on without a prefix that it had no memory for, as if it had been
 * an attribute: failures are noted. */
static void *resize(void *old, size_t size)
{
    block *b = old ? (block *)old - 1 : NULL;
    size_t before = b ? b->size : 0;

    if (size > before && size - before > current->room) {
        current->is_over = true;
        return NULL;
    }
    b = ce_realloc(b, sizeof *b + size);
    if (!b) {
        current->is_short = true;
        return NULL;
    }
    b->size = size;
    current->room += before - size;
    return b + 1;
}

static void *allocate(size_t size)
{
    return resize(NULL, size);
}

static void release(void *old)
{
    block *b = old;

    if (!b)
        return;
    b--;
    current->room += b->size;
    ce_free(b);
}

/* Handlers may parse documents of their own meanwhile. */
static ce_xml_document *enter(ce_xml_document *d)
{
    ce_xml_document *outer = current;

    current = d;
    return outer;
}

/* --- what is refused --- */

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
                                                      release };
    ce_xml_document *outer = enter(d);

    *d = (ce_xml_document){ .err = err, .room = ROOM };
    d->parser = XML_ParserCreate_MM("UTF-8", &memory, "\n");
    enter(outer);
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
    ce_xml_document *outer = enter(d);

    if (d->parser)
        XML_ParserFree(d->parser);
    enter(outer);
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

static bool run(ce_xml_document *d, ce_slice text)
{
    ce_xml_document *outer = enter(d);
    bool is_read;

    d->room += ROOM_FACTOR * text.len;
    is_read = XML_Parse(d->parser, text.len ? text.ptr : "", (int)text.len,
                        1) == XML_STATUS_OK;
    enter(outer);
    return is_read;
}

ce_status ce_xml_parse(ce_xml_document *d, ce_slice text)
{
    bool is_read;

    if (is_utf16(text))
        return ce_fail(d->err, CE_ENOTSUP,
                       "XML: encoding UTF-16: only UTF-8 is read");
    if (text.len > INT_MAX)
        return ce_fail(d->err, CE_ENOTSUP, "XML: %zu bytes are too many",
                       text.len);
    is_read = run(d, text);
    if (d->is_short)
        return ce_no_memory(d->err);
    if (d->status != CE_OK)
        return d->status;
    if (d->is_over)
        return ce_fail(d->err, CE_EINVAL,
                       "XML: names, with their namespaces, take more than %d "
                       "times the memory of the text",
                       ROOM_FACTOR);
    return is_read ? CE_OK : name_error(d);
}

size_t ce_xml_begin(const ce_xml_document *d)
{
    return (size_t)POSITION(ByteIndex, d->parser);
}

size_t ce_xml_end(const ce_xml_document *d)
{
    return ce_xml_begin(d) + (size_t)POSITION(ByteCount, d->parser);
}
