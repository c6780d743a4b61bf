/* SPDX-License-Identifier: Apache-2.0 */
/* From XML to events: a small machine that follows the elements. */
#include "formats/xml/reader.h"

#include "core/event/attr.h"

/* By which a batch may grow beside four times its size. Data that leaves its
 * document takes along the namespaces that it uses: without a bound a small
 * batch could repeat long ones until memory ends. */
enum { BUDGET = 64 << 10 };

static const ce_slice absent = { NULL, 0 };

static void stop(ce_xml_reader *r, ce_status status)
{
    ce_xml_stop(&r->document, status);
}

/* Leads an error of a batch to its event. */
static void stop_event(ce_xml_reader *r, ce_status status)
{
    if (r->each)
        status = ce_envelope_name_event(status, r->index, r->document.err);
    stop(r, status);
}

/* --- events --- */

static ce_slice find(const XML_Char **atts, const char *uri, const char *local)
{
    for (; *atts; atts += 2) {
        ce_xml_name n = ce_xml_name_of(atts[0]);

        if (ce_xml_name_is(&n, uri, local))
            return ce_slice_of(atts[1]);
    }
    return absent;
}

static ce_status begin_event(ce_xml_reader *r, const XML_Char **atts)
{
    ce_slice version = find(atts, "", "specversion");
    ce_attr a = { CE_SLICE("specversion"), absent, CE_STRING };

    r->place = CE_XML_IN_EVENT;
    r->mark = ce_arena_marked(r->arena);
    r->event = (ce_event){ .arena = r->arena };
    r->form = CE_XML_NO_DATA;
    r->data = absent;
    r->event_begin = ce_xml_begin(&r->document);
    r->scope.outside[CE_XML_EVENT] = r->each ? r->outside : 0;
    if (!version.ptr)
        return CE_OK;
    if (ce_arena_copy(r->arena, version, &a.text) != CE_OK ||
        ce_attrs_add(&r->event.attrs, r->arena, a) != CE_OK)
        return ce_xml_out_of_memory(r);
    return CE_OK;
}

static ce_status hand_over(ce_xml_reader *r)
{
    ce_slice raw = { r->body.ptr + r->event_begin,
                     ce_xml_end(&r->document) - r->event_begin };
    ce_status status = ce_xml_take_part(r, CE_XML_EVENT, raw, &raw);

    if (status != CE_OK)
        return status;
    status = r->each(r->arg, &r->event, raw);
    ce_arena_rewind(r->arena, r->mark);
    return status;
}

/* One event alone is checked by those who asked for it. */
static ce_status end_event(ce_xml_reader *r)
{
    ce_status status = ce_xml_set_data(r);

    r->place = r->each ? CE_XML_IN_BATCH : CE_XML_IN_DOCUMENT;
    if (status != CE_OK || !r->each)
        return status;
    status = ce_event_check(&r->event, r->document.err);
    if (status != CE_OK)
        return status;
    status = ce_batch_version_check(&r->version, 1, &r->event, r->document.err);
    if (status != CE_OK)
        return status;
    return hand_over(r);
}

/* --- elements --- */

static void skip(ce_xml_reader *r)
{
    r->before = r->place;
    r->place = CE_XML_IN_FOREIGN;
    r->inner = r->depth;
}

static ce_status begin_root(ce_xml_reader *r, const ce_xml_name *n,
                            const XML_Char **atts)
{
    const char *expected = r->each ? "batch" : "event";
    char shown[CE_SHOWN_ROOM];

    if (!ce_xml_name_is(n, CE_XML_NAMESPACE, expected))
        return ce_fail(r->document.err, CE_EINVAL,
                       "XML: the root is <%s>, and not <%s> of the "
                       "namespace " CE_XML_NAMESPACE,
                       ce_attr_show(n->local, shown), expected);
    if (!r->each)
        return begin_event(r, atts);
    r->place = CE_XML_IN_BATCH;
    return CE_OK;
}

static ce_status begin_in_batch(ce_xml_reader *r, const ce_xml_name *n,
                                const XML_Char **atts)
{
    char shown[CE_SHOWN_ROOM];

    if (!ce_slice_eq(n->uri, CE_SLICE(CE_XML_NAMESPACE))) {
        skip(r);
        return CE_OK;
    }
    if (!ce_slice_eq(n->local, CE_SLICE("event")))
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <batch>: holds <%s>, and not only <event>",
                       ce_attr_show(n->local, shown));
    return begin_event(r, atts);
}

static ce_status begin_in_event(ce_xml_reader *r, const ce_xml_name *n,
                                const XML_Char **atts)
{
    ce_slice type;

    if (!ce_slice_eq(n->uri, CE_SLICE(CE_XML_NAMESPACE))) {
        skip(r);
        return CE_OK;
    }
    type = find(atts, CE_XML_INSTANCE, "type");
    if (ce_slice_eq(n->local, CE_SLICE("data")))
        return ce_xml_begin_data(r, type);
    return ce_xml_begin_attribute(r, n->local, type);
}

static ce_status begin(ce_xml_reader *r, const ce_xml_name *n,
                       const XML_Char **atts)
{
    switch (r->place) {
    case CE_XML_IN_DOCUMENT:
        return begin_root(r, n, atts);
    case CE_XML_IN_BATCH:
        return begin_in_batch(r, n, atts);
    case CE_XML_IN_EVENT:
        return begin_in_event(r, n, atts);
    case CE_XML_IN_ATTRIBUTE:
        return ce_attr_fail(r->document.err, r->attr.name,
                            "may not hold an element", n->local);
    case CE_XML_IN_TEXT:
        return ce_fail(r->document.err, CE_EINVAL,
                       "element <data>: holds an element, though xsi:type is "
                       "not xs:any");
    case CE_XML_IN_ANY:
        return ce_xml_begin_element(r);
    case CE_XML_IN_ELEMENT:
    case CE_XML_IN_FOREIGN:
        break;
    }
    return CE_OK;
}

/* Every prefix that stands here counts for what leaves the document. */
static void note_prefixes(ce_xml_reader *r, const ce_xml_name *n,
                          const XML_Char **atts)
{
    ce_xml_scope_use(&r->scope, n->prefix);
    for (; *atts; atts += 2) {
        ce_xml_name a = ce_xml_name_of(atts[0]);

        if (a.prefix.len)
            ce_xml_scope_use(&r->scope, a.prefix);
        if (ce_xml_name_is(&a, CE_XML_INSTANCE, "type"))
            ce_xml_type_of(&r->scope, ce_slice_of(atts[1]));
        else
            ce_xml_scope_mention(&r->scope, ce_slice_of(atts[1]));
    }
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    ce_xml_reader *r = arg;
    ce_xml_name n = ce_xml_name_of(name);

    if (r->document.status != CE_OK)
        return;
    if (++r->depth > CE_XML_DEPTH_MAX + CE_XML_AROUND)
        stop(r, ce_fail(r->document.err, CE_EINVAL,
                        "XML: elements are nested deeper than %d",
                        CE_XML_DEPTH_MAX));
    else if (r->place == CE_XML_IN_DOCUMENT || r->place == CE_XML_IN_BATCH)
        stop(r, begin(r, &n, atts));
    else
        stop_event(r, begin(r, &n, atts));
    note_prefixes(r, &n, atts);
    r->outside = r->scope.len;
}

static ce_status end(ce_xml_reader *r)
{
    switch (r->place) {
    case CE_XML_IN_BATCH:
        r->place = CE_XML_IN_DOCUMENT;
        break;
    case CE_XML_IN_EVENT:
        return end_event(r);
    case CE_XML_IN_ATTRIBUTE:
        return ce_xml_end_attribute(r);
    case CE_XML_IN_TEXT:
    case CE_XML_IN_ANY:
        return ce_xml_end_data(r);
    case CE_XML_IN_ELEMENT:
        if (r->depth == r->inner)
            return ce_xml_end_element(r);
        break;
    case CE_XML_IN_FOREIGN:
        if (r->depth == r->inner)
            r->place = r->before;
        break;
    case CE_XML_IN_DOCUMENT:
        break;
    }
    return CE_OK;
}

static void on_end(void *arg, const XML_Char *name)
{
    ce_xml_reader *r = arg;
    bool ends_event = r->place == CE_XML_IN_EVENT;

    (void)name;
    if (r->document.status != CE_OK)
        return;
    stop_event(r, end(r));
    r->index += ends_event;
    r->depth--;
    r->outside = r->scope.len;
}

static bool is_all_blank(ce_slice text)
{
    while (text.len && ce_xml_is_blank(*text.ptr))
        text = ce_slice_skip(text, 1);
    return !text.len;
}

static const char *name_of(ce_xml_place place)
{
    if (place == CE_XML_IN_BATCH)
        return "batch";
    return place == CE_XML_IN_EVENT ? "event" : "data";
}

static void refuse_text(ce_xml_reader *r, ce_slice text)
{
    const char *name = name_of(r->place);
    char shown[CE_SHOWN_ROOM];
    ce_status status =
        ce_fail(r->document.err, CE_EINVAL,
                "element <%s>: holds text between elements: \"%s\"", name,
                ce_attr_show(ce_slice_trim(text), shown));

    if (r->place == CE_XML_IN_BATCH)
        stop(r, status);
    else
        stop_event(r, status);
}

static void on_text(void *arg, const XML_Char *text, int len)
{
    ce_xml_reader *r = arg;
    ce_slice s = { text, (size_t)len };

    if (r->place == CE_XML_IN_ATTRIBUTE || r->place == CE_XML_IN_TEXT) {
        if (ce_buf_append(&r->text, s) != CE_OK)
            stop(r, ce_xml_out_of_memory(r));
    } else if (r->place == CE_XML_IN_ELEMENT || r->place == CE_XML_IN_FOREIGN) {
        ce_xml_scope_mention(&r->scope, s);
    } else if (!is_all_blank(s)) {
        refuse_text(r, s);
    }
}

static ce_status declare(ce_xml_reader *r, const char *prefix, const char *uri)
{
    ce_status status;

    if (r->scope.len >= CE_XML_SCOPE_MAX + CE_XML_AROUND)
        return ce_fail(r->document.err, CE_EINVAL,
                       "XML: more than %d namespaces are declared at once",
                       CE_XML_SCOPE_MAX);
    status = ce_xml_scope_push(&r->scope, prefix, uri);
    if (status == CE_EINVAL)
        return ce_fail(r->document.err, status,
                       "XML: a namespace is longer than %d bytes, or its "
                       "prefix than %d",
                       CE_XML_URI_MAX, CE_XML_PREFIX_MAX);
    return status == CE_OK ? CE_OK : ce_xml_out_of_memory(r);
}

static void on_declare(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
    ce_xml_reader *r = arg;

    stop(r, declare(r, prefix, uri));
}

static void on_undeclare(void *arg, const XML_Char *prefix)
{
    ce_xml_reader *r = arg;

    (void)prefix;
    if (r->document.status == CE_OK)
        ce_xml_scope_pop(&r->scope);
    r->outside = r->scope.len;
}

static ce_status run(ce_xml_reader *r, ce_error *err)
{
    ce_status status = ce_xml_open(&r->document, err);

    if (status != CE_OK)
        return status;
    XML_SetElementHandler(r->document.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->document.parser, on_text);
    XML_SetNamespaceDeclHandler(r->document.parser, on_declare, on_undeclare);
    r->scope.budget = 4 * r->body.len + BUDGET;
    status = ce_xml_parse(&r->document, r->body);
    ce_xml_close(&r->document);
    ce_xml_scope_free(&r->scope);
    ce_buf_free(&r->text);
    return status;
}

static ce_status read_event(ce_slice body, ce_arena *arena, ce_event *out,
                            ce_error *err)
{
    ce_xml_reader r = { .body = body, .arena = arena };
    ce_status status;

    *out = (ce_event){ .arena = arena };
    status = run(&r, err);
    if (status == CE_OK)
        *out = r.event;
    return status;
}

ce_status ce_xml_decode(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err)
{
    ce_status status = read_event(body, arena, out, err);

    return status == CE_OK ? ce_event_check(out, err) : status;
}

ce_status ce_xml_findings(ce_slice body, ce_arena *arena, ce_event *out,
                          ce_finding_fn *fn, void *arg)
{
    ce_error err;
    ce_status status = read_event(body, arena, out, &err);

    return ce_envelope_findings(status, &err, out, fn, arg);
}

ce_status ce_xml_decode_batch(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err)
{
    ce_xml_reader r = {
        .body = body, .arena = arena, .each = each, .arg = arg
    };

    return run(&r, err);
}
