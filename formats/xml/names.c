/* SPDX-License-Identifier: Apache-2.0 */
/* Names, and the namespaces that stand behind them. */
#include "formats/xml/xml.h"

#include <string.h>

#include <cloudevents/alloc.h>

/* --- names --- */

static ce_slice part(const char **text)
{
    size_t len = strcspn(*text, "\n");
    ce_slice s = { *text, len };

    *text += len;
    if (**text)
        (*text)++;
    return s;
}

/* expat puts line breaks between URI, local name and prefix. */
ce_xml_name ce_xml_name_of(const XML_Char *text)
{
    ce_xml_name n = { CE_SLICE(""), CE_SLICE(""), CE_SLICE("") };

    if (strchr(text, '\n'))
        n.uri = part(&text);
    n.local = part(&text);
    n.prefix = part(&text);
    return n;
}

bool ce_xml_name_is(const ce_xml_name *n, const char *uri, const char *local)
{
    return ce_slice_eq(n->uri, ce_slice_of(uri)) &&
           ce_slice_eq(n->local, ce_slice_of(local));
}

/* --- namespaces --- */

static ce_status make_binding(ce_xml_binding *out, const char *prefix,
                              const char *uri)
{
    size_t prefix_len = strlen(prefix), uri_len = strlen(uri);
    char *text;

    if (prefix_len > CE_XML_PREFIX_MAX || uri_len > CE_XML_URI_MAX)
        return CE_EINVAL;
    text = ce_alloc(prefix_len + uri_len + 1);
    if (!text)
        return CE_ENOMEM;
    memcpy(text, prefix, prefix_len + 1);
    memcpy(text + prefix_len, uri, uri_len + 1);
    *out = (ce_xml_binding){ .prefix = { text, prefix_len },
                             .uri = { text + prefix_len, uri_len },
                             .text = text };
    return CE_OK;
}

static ce_status make_room(ce_xml_scope *s)
{
    unsigned cap = s->cap ? s->cap * 2 : 8;
    ce_xml_binding *grown;

    if (s->len < s->cap)
        return CE_OK;
    grown = ce_realloc(s->at, cap * sizeof *grown);
    if (!grown)
        return CE_ENOMEM;
    s->at = grown;
    s->cap = cap;
    return CE_OK;
}

ce_status ce_xml_scope_push(ce_xml_scope *s, const char *prefix,
                            const char *uri)
{
    ce_status status = make_room(s);

    if (status == CE_OK)
        status =
            make_binding(&s->at[s->len], prefix ? prefix : "", uri ? uri : "");
    s->len += status == CE_OK;
    return status;
}

void ce_xml_scope_pop(ce_xml_scope *s)
{
    ce_free(s->at[--s->len].text);
}

void ce_xml_scope_free(ce_xml_scope *s)
{
    while (s->len)
        ce_xml_scope_pop(s);
    ce_free(s->at);
}

static ce_xml_binding *find(ce_xml_scope *s, ce_slice prefix)
{
    for (unsigned i = s->len; i-- > 0;)
        if (ce_slice_eq(prefix, s->at[i].prefix))
            return &s->at[i];
    return NULL;
}

static void need(ce_xml_scope *s, ce_xml_binding *b)
{
    for (unsigned part = 0; part < CE_XML_PARTS; part++)
        b->needed[part] |= b - s->at < (ptrdiff_t)s->outside[part];
}

const ce_slice *ce_xml_scope_use(ce_xml_scope *s, ce_slice prefix)
{
    ce_xml_binding *b = find(s, prefix);

    if (!b)
        return NULL;
    need(s, b);
    return &b->uri;
}

/* What our own envelopes declare around all data. */
static bool is_of_envelope(const ce_xml_binding *b)
{
    static const ce_slice own[][2] = {
        { { "ce", 2 }, { CE_XML_NAMESPACE, sizeof CE_XML_NAMESPACE - 1 } },
        { { "xs", 2 }, { CE_XML_SCHEMA, sizeof CE_XML_SCHEMA - 1 } },
        { { "xsi", 3 }, { CE_XML_INSTANCE, sizeof CE_XML_INSTANCE - 1 } }
    };

    for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
        if (ce_slice_eq(b->prefix, own[i][0]) && ce_slice_eq(b->uri, own[i][1]))
            return true;
    return false;
}

static bool is_in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           (unsigned char)c >= 0x80;
}

void ce_xml_scope_mention(ce_xml_scope *s, ce_slice text)
{
    const char *from = text.ptr, *end = from + text.len, *colon;

    for (; s->outside[CE_XML_EVENT] || s->outside[CE_XML_DATA];
         from = colon + 1) {
        const char *name;
        ce_xml_binding *b;

        colon = from < end ? memchr(from, ':', (size_t)(end - from)) : NULL;
        if (!colon)
            return;
        for (name = colon; name > from && is_in_name(name[-1]); name--)
            ;
        b = name < colon ? find(s, (ce_slice){ name, (size_t)(colon - name) })
                         : NULL;
        if (b && !is_of_envelope(b))
            need(s, b);
    }
}

ce_xml_name ce_xml_type_of(ce_xml_scope *s, ce_slice value)
{
    ce_xml_name n = { CE_SLICE(""), ce_slice_trim(value), CE_SLICE("") };
    const char *colon =
        n.local.len ? memchr(n.local.ptr, ':', n.local.len) : NULL;
    const ce_slice *uri;

    if (colon) {
        n.prefix = (ce_slice){ n.local.ptr, (size_t)(colon - n.local.ptr) };
        n.local = ce_slice_skip(n.local, n.prefix.len + 1);
    }
    uri = ce_xml_scope_use(s, n.prefix);
    if (uri)
        n.uri = *uri;
    else if (ce_slice_eq(n.prefix, CE_SLICE("ce")))
        n.uri = CE_SLICE(CE_XML_NAMESPACE);
    else if (ce_slice_eq(n.prefix, CE_SLICE("xs")))
        n.uri = CE_SLICE(CE_XML_SCHEMA);
    return n;
}

/* --- what leaves its document --- */

static const char *escape_of(char c)
{
    if (c == '&')
        return "&amp;";
    return c == '<' ? "&lt;" : "&quot;";
}

static ce_status put_value(const char *at, ce_buf *out)
{
    ce_status status = CE_OK;

    while (*at && status == CE_OK) {
        size_t plain = strcspn(at, "&<\"");

        status = ce_buf_append(out, (ce_slice){ at, plain });
        at += plain;
        if (*at && status == CE_OK)
            status = ce_buf_append(out, ce_slice_of(escape_of(*at++)));
    }
    return status;
}

static ce_status put_declaration(const ce_xml_binding *b, ce_buf *out)
{
    ce_status status =
        ce_buf_printf(out, " xmlns%s%.*s=\"", b->prefix.len ? ":" : "",
                      (int)b->prefix.len, b->prefix.ptr);

    if (status != CE_OK)
        return status;
    status = put_value(b->uri.ptr, out);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, '"');
}

/* The inner of two declarations of a prefix is the one that was used. What is
 * declared as no namespace has none outside of the document either. */
static ce_status put_declarations(ce_xml_scope *s, ce_xml_part part,
                                  ce_buf *out)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < s->outside[part]; i++) {
        ce_xml_binding *b = &s->at[i];

        if (b->needed[part] && b->uri.len && status == CE_OK)
            status = put_declaration(b, out);
        b->needed[part] = false;
    }
    return status;
}

/* Writes ELEMENT to TEXT with the declarations that it needs; TEXT stays empty
 * when it needs none. */
static ce_status declare(ce_xml_scope *s, ce_xml_part part, ce_slice element,
                         ce_buf *text)
{
    size_t name = 1;
    ce_status status;

    while (!strchr(" \t\r\n/>", element.ptr[name]))
        name++;
    status = ce_buf_append(text, (ce_slice){ element.ptr, name });
    if (status != CE_OK)
        return status;
    status = put_declarations(s, part, text);
    if (status != CE_OK)
        return status;
    if (text->len == name) {
        ce_buf_clear(text);
        return CE_OK;
    }
    /* A batch could repeat long declarations in each of its events. */
    if (text->len - name > s->budget)
        return CE_EINVAL;
    s->budget -= text->len - name;
    return ce_buf_append(text, ce_slice_skip(element, name));
}

ce_status ce_xml_scope_close(ce_xml_scope *s, ce_xml_part part,
                             ce_slice element, ce_arena *arena, ce_slice *out)
{
    ce_buf text = { NULL, 0, 0 };
    ce_status status = declare(s, part, element, &text);

    *out = element;
    if (status == CE_OK && text.len > 0)
        status = ce_arena_copy(arena, ce_buf_slice(&text), out);
    ce_buf_free(&text);
    s->outside[part] = 0;
    return status;
}
