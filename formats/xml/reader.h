/* SPDX-License-Identifier: Apache-2.0 */
/* The state of reading one XML document. */
#ifndef CE_FORMATS_XML_READER_H
#define CE_FORMATS_XML_READER_H

#include "core/message/envelope.h"
#include "formats/xml/xml.h"

/* Where the parser stands: inside of ... */
typedef enum ce_xml_place {
    CE_XML_IN_DOCUMENT,
    CE_XML_IN_BATCH,
    CE_XML_IN_EVENT,
    CE_XML_IN_ATTRIBUTE,
    CE_XML_IN_TEXT,    /* data that is a text or Base64 */
    CE_XML_IN_ANY,     /* data that is an element */
    CE_XML_IN_ELEMENT, /* that element */
    CE_XML_IN_FOREIGN  /* an element of another namespace */
} ce_xml_place;

typedef enum ce_xml_form {
    CE_XML_NO_DATA,
    CE_XML_TEXT,
    CE_XML_BASE64,
    CE_XML_ELEMENT
} ce_xml_form;

typedef struct ce_xml_reader {
    ce_xml_document document;
    ce_slice body;
    ce_arena *arena;
    ce_xml_scope scope;
    unsigned outside; /* declarations that this start tag has not made */
    ce_xml_place place, before; /* BEFORE: around a foreign element */
    unsigned depth, inner;      /* INNER: of the element or the foreign one */
    size_t begin, event_begin;
    ce_event event;
    ce_attr attr;
    ce_buf text;
    ce_xml_form form;
    ce_slice data;
    ce_event_fn *each; /* NULL: one event, no batch */
    void *arg;
    size_t index;
    ce_batch_version version;
    ce_arena_mark mark;
} ce_xml_reader;

/* Call at the tags within an event; each moves the reader's place. */
ce_status ce_xml_begin_attribute(ce_xml_reader *r, ce_slice name,
                                 ce_slice xsi_type);
ce_status ce_xml_end_attribute(ce_xml_reader *r);
ce_status ce_xml_begin_data(ce_xml_reader *r, ce_slice xsi_type);
ce_status ce_xml_end_data(ce_xml_reader *r);
/* The one element that is data. */
ce_status ce_xml_begin_element(ce_xml_reader *r);
ce_status ce_xml_end_element(ce_xml_reader *r);
/* Gives the event its data, once its attributes are known. */
ce_status ce_xml_set_data(ce_xml_reader *r);

ce_status ce_xml_out_of_memory(ce_xml_reader *r);
/* Sets *OUT to RAW with the namespaces that it needs to stand alone. */
ce_status ce_xml_take_part(ce_xml_reader *r, ce_xml_part part, ce_slice raw,
                           ce_slice *out);
bool ce_xml_is_blank(char c);

#endif
