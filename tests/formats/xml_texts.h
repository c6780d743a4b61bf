/* SPDX-License-Identifier: Apache-2.0 */
/* Events in XML, to put together. */
#ifndef CE_TESTS_FORMATS_XML_TEXTS_H
#define CE_TESTS_FORMATS_XML_TEXTS_H

#include "tests/support/formats.h"

#define CE "http://cloudevents.io/xmlformat/V1"
#define XS "http://www.w3.org/2001/XMLSchema"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"
#define NAMESPACES                                                             \
    " xmlns:ce=\"" CE "\" xmlns:xs=\"" XS "\" xmlns:xsi=\"" XSI "\""
#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define BEGIN "<ce:event" NAMESPACES " specversion=\"1.0\">"
#define PARTS "<ce:id>1</ce:id><ce:source>/s</ce:source><ce:type>t</ce:type>"
#define END "</ce:event>"
#define EVENT(more) BEGIN PARTS more END
#define TEXT_DATA(text) "<ce:data xsi:type=\"xs:string\">" text "</ce:data>"
#define ANY_DATA(text) "<ce:data xsi:type=\"xs:any\">" text "</ce:data>"

#endif
