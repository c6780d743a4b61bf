/* SPDX-License-Identifier: Apache-2.0 */
/* The XML event format: the working draft xml-format.md of CloudEvents 1.0. */
#ifndef CE_FORMATS_XML_XML_H
#define CE_FORMATS_XML_XML_H

#include <expat.h>

#include <cloudevents/format.h>

#define CE_XML_NAMESPACE "http://cloudevents.io/xmlformat/V1"
#define CE_XML_SCHEMA "http://www.w3.org/2001/XMLSchema"
#define CE_XML_INSTANCE "http://www.w3.org/2001/XMLSchema-instance"

/* Bounds for hostile documents: how deep elements nest, how many prefixes are
 * declared at once, what the event's own elements add around its data, and the
 * bytes of a namespace and of a prefix that is declared. expat writes both out
 * for each name, so that long ones would cost a square. */
enum {
    CE_XML_DEPTH_MAX = 100,
    CE_XML_SCOPE_MAX = 100,
    CE_XML_AROUND = 20,
    CE_XML_URI_MAX = 1024,
    CE_XML_PREFIX_MAX = 256
};

/* --- names --- */

/* A name that expat has taken apart. */
typedef struct ce_xml_name {
    ce_slice uri, local, prefix; /* empty when there is none */
} ce_xml_name;
ce_xml_name ce_xml_name_of(const XML_Char *text);
bool ce_xml_name_is(const ce_xml_name *n, const char *uri, const char *local);

/* What leaves its document: an event of a batch, and an element that is data.
 * They take along the declarations from outside that they use. */
typedef enum ce_xml_part {
    CE_XML_EVENT,
    CE_XML_DATA,
    CE_XML_PARTS
} ce_xml_part;

/* A namespace that is declared where the parser stands. */
typedef struct ce_xml_binding {
    ce_slice prefix, uri; /* the default one has the prefix "" */
    char *text;           /* that holds both, and a NUL */
    bool needed[CE_XML_PARTS];
} ce_xml_binding;

/* All of them, the innermost last. */
typedef struct ce_xml_scope {
    ce_xml_binding *at;
    unsigned len, cap;
    unsigned outside[CE_XML_PARTS]; /* declared there; 0: not in such a part */
    size_t budget;                  /* bytes by which parts may still grow */
} ce_xml_scope;

/* Fails with CE_EINVAL where one of them is too long. NULL is "". */
ce_status ce_xml_scope_push(ce_xml_scope *s, const char *prefix,
                            const char *uri);
void ce_xml_scope_pop(ce_xml_scope *s);
void ce_xml_scope_free(ce_xml_scope *s);
/* Call for each prefix that is used: notes it, and returns its URI, or NULL. */
const ce_slice *ce_xml_scope_use(ce_xml_scope *s, ce_slice prefix);
/* Call for text and values of attributes: what looks like a prefix there may be
 * one (an XPath, a name). The envelope's own prefixes do not count: any data
 * may speak of them, and would not come back as it was. */
void ce_xml_scope_mention(ce_xml_scope *s, ce_slice text);
/* The ELEMENT that is PART, with the declarations that it needs: itself when
 * it needs none. Forgets what was noted. Fails with CE_EINVAL when the budget
 * is spent: a long name that many parts use would fill the memory. */
ce_status ce_xml_scope_close(ce_xml_scope *s, ce_xml_part part,
                             ce_slice element, ce_arena *arena, ce_slice *out);

/* The namespace and the local name of a value of xsi:type; a prefix that is
 * not declared is what its name says. */
ce_xml_name ce_xml_type_of(ce_xml_scope *s, ce_slice value);

/* --- documents --- */

/* A UTF-8 text that is parsed; handlers get it as their argument. It has no
 * document type, and so no entities of its own. The memory is this library's,
 * and bounded by the length of the text. */
typedef struct ce_xml_document {
    XML_Parser parser;
    ce_status status; /* why a handler has ended the parsing */
    ce_error *err;
    size_t room;            /* bytes that the parser may still take */
    bool is_over, is_short; /* it wanted more; the system had no more */
} ce_xml_document;

ce_status ce_xml_open(ce_xml_document *d, ce_error *err);
ce_status ce_xml_parse(ce_xml_document *d, ce_slice text);
/* For handlers: the parsing ends when this one has returned, unless STATUS is
 * CE_OK. */
void ce_xml_stop(ce_xml_document *d, ce_status status);
void ce_xml_close(ce_xml_document *d);
/* Return the offset at which the parser stands, and the end of the token
 * there. */
size_t ce_xml_begin(const ce_xml_document *d);
size_t ce_xml_end(const ce_xml_document *d);

/* Sets *OUT to whether TEXT is one element and nothing else, and can stand
 * anywhere. */
ce_status ce_xml_is_element(ce_slice text, bool *out);

/* --- events --- */

ce_status ce_xml_decode(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err);
ce_status ce_xml_decode_batch(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err);
ce_status ce_xml_findings(ce_slice body, ce_arena *arena, ce_event *out,
                          ce_finding_fn *fn, void *arg);
ce_status ce_xml_encode(const ce_event *e, ce_buf *out);
ce_status ce_xml_encode_batch(const ce_event *const *events, size_t count,
                              ce_buf *out);
ce_status ce_xml_check(const ce_event *e, ce_error *err);

/* "ce:string" and so on without the prefix, by ce_type. */
extern const char *const ce_xml_types[CE_TIMESTAMP + 1];

#endif
