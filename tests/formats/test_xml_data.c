/* SPDX-License-Identifier: Apache-2.0 */
/* Data in the XML event format. */
#include "tests/formats/xml_texts.h"

/* --- data --- */

static const struct {
    const char *name, *type;
    ce_slice data;
    ce_data_kind kind;
    const char *part;
} kinds_of_data[] = {
    { "no data", NULL, { NULL, 0 }, CE_DATA_NONE, "</ce:type></ce:event>" },
    { "empty bytes", NULL, CE_SLICE(""), CE_DATA_BYTES,
      "<ce:data xsi:type=\"xs:base64Binary\"></ce:data>" },
    { "an empty text", "text/plain", CE_SLICE(""), CE_DATA_TEXT,
      TEXT_DATA("") },
    { "a text without a type", NULL, CE_SLICE("x"), CE_DATA_TEXT,
      TEXT_DATA("x") },
    { "bytes without a type", NULL, CE_SLICE("x"), CE_DATA_BYTES,
      "xs:base64Binary\">eA==<" },
    { "JSON", "application/json", CE_SLICE("{\"a\":1.50}"), CE_DATA_JSON,
      TEXT_DATA("{\"a\":1.50}") },
    { "bytes that are JSON", "application/json", CE_SLICE("[1]"), CE_DATA_BYTES,
      TEXT_DATA("[1]") },
    { "bytes that should be JSON", "application/json", CE_SLICE("{"),
      CE_DATA_BYTES, "xs:base64Binary\">ew==<" },
    { "white space is kept", "text/plain", CE_SLICE(" \t\r\n\ra "),
      CE_DATA_TEXT, TEXT_DATA(" \t&#13;\n&#13;a ") },
    { "the end of CDATA", "text/plain", CE_SLICE("]]><&>"), CE_DATA_TEXT,
      TEXT_DATA("]]&gt;&lt;&amp;&gt;") },
    { "a character that XML does not have", "text/plain", CE_SLICE("a\x01"),
      CE_DATA_TEXT, "xs:base64Binary\">YQE=<" },
    { "NUL", "text/plain", CE_SLICE("a\0b"), CE_DATA_TEXT,
      "xs:base64Binary\">" },
    { "a noncharacter", "text/plain", CE_SLICE("\xef\xbf\xbf"), CE_DATA_TEXT,
      "xs:base64Binary\">" },
    { "beyond the basic plane", "text/plain", CE_SLICE("\xf0\x9f\x98\x80"),
      CE_DATA_BYTES, TEXT_DATA("\xf0\x9f\x98\x80") },
    { "an element", "application/xml", CE_SLICE("<a b=\"c\">d<!--e--></a>"),
      CE_DATA_TEXT, ANY_DATA("<a b=\"c\">d<!--e--></a>") },
    { "an element of bytes", "image/svg+xml",
      CE_SLICE("<svg xmlns='u'>\r\n<![CDATA[x]]></svg>"), CE_DATA_BYTES,
      ANY_DATA("<svg xmlns='u'>\r\n<![CDATA[x]]></svg>") },
    { "an element with our prefixes", "text/xml",
      CE_SLICE("<xs:a xmlns:xs='" XS "' xmlns:ce='x' ce:b='' c='ce:d'/>"),
      CE_DATA_BYTES,
      ANY_DATA("<xs:a xmlns:xs='" XS "' xmlns:ce='x' ce:b='' c='ce:d'/>") },
    { "a prefix that only we declare", "text/xml", CE_SLICE("<xs:a/>"),
      CE_DATA_BYTES, TEXT_DATA("&lt;xs:a/&gt;") },
    { "an element and a line break", "text/xml", CE_SLICE("<a/>\n"),
      CE_DATA_BYTES, TEXT_DATA("&lt;a/&gt;\n") },
    { "an element and a declaration", "text/xml",
      CE_SLICE("<?xml version=\"1.0\"?><a/>"), CE_DATA_BYTES,
      TEXT_DATA("&lt;?xml version=\"1.0\"?&gt;&lt;a/&gt;") },
    { "a document type", "text/xml", CE_SLICE("<!DOCTYPE a><a/>"),
      CE_DATA_BYTES, "xs:string\">&lt;!DOCTYPE" },
    { "no element", "text/xml", CE_SLICE("<a>"), CE_DATA_BYTES,
      TEXT_DATA("&lt;a&gt;") },
    { "two elements", "text/xml", CE_SLICE("<a/><b/>"), CE_DATA_BYTES,
      TEXT_DATA("&lt;a/&gt;&lt;b/&gt;") },
    { "an element by another name", "text/plain", CE_SLICE("<a/>"),
      CE_DATA_BYTES, TEXT_DATA("&lt;a/&gt;") },
};

static void data_keeps_its_kind(void)
{
    formats_open("xml");
    for (size_t i = 0; i < COUNT(kinds_of_data); i++)
        formats_expect_data(kinds_of_data[i].name, kinds_of_data[i].type,
                            kinds_of_data[i].data, kinds_of_data[i].kind,
                            ce_slice_of(kinds_of_data[i].part));
    formats_close();
}

static void deep_elements_stay_texts(void)
{
    char data[800] = "";

    for (int i = 0; i < 101; i++)
        strcat(data, "<a>");
    for (int i = 0; i < 101; i++)
        strcat(data, "</a>");
    formats_open("xml");
    formats_expect_data("101", "text/xml", ce_slice_of(data), CE_DATA_BYTES,
                        CE_SLICE("xs:string"));
    formats_expect_data("100", "text/xml",
                        (ce_slice){ data + 3, strlen(data) - 7 }, CE_DATA_BYTES,
                        CE_SLICE("xs:any"));
    formats_close();
}

/* FMT-33 */
static void elements_with_many_namespaces_stay_texts(void)
{
    char data[2000] = "<a";

    for (int i = 0; i < 101; i++)
        sprintf(data + strlen(data), " xmlns:n%d='u'", i);
    strcat(data, "/>");
    formats_open("xml");
    formats_expect_data("101", "text/xml", ce_slice_of(data), CE_DATA_BYTES,
                        CE_SLICE("xs:string"));
    formats_close();
}

static void an_element_is_the_text_that_it_was(void)
{
    static const struct {
        const char *name, *text, *data;
    } rows[] = {
        { "as it is", EVENT(ANY_DATA("\n <a b='c' >&#65;</a >\n")),
          "<a b='c' >&#65;</a >" },
        { "empty", EVENT(ANY_DATA("<a />")), "<a />" },
        { "comments beside it", EVENT(ANY_DATA("<!--x--><a/><?y?>")), "<a/>" },
        { "a prefix from outside",
          "<ce:event" NAMESPACES
          " xmlns:g='u&amp;\"v' specversion='1.0'>" PARTS ANY_DATA(
              "<g:a><g:b xmlns:g='w'/></g:a>") END,
          "<g:a xmlns:g=\"u&amp;&quot;v\"><g:b xmlns:g='w'/></g:a>" },
        { "a prefix inside only",
          "<ce:event" NAMESPACES
          " xmlns:g='u' specversion='1.0'>" PARTS ANY_DATA(
              "<g:a xmlns:g='w'><g:b/></g:a>") END,
          "<g:a xmlns:g='w'><g:b/></g:a>" },
        { "the prefix of an attribute",
          "<ce:event" NAMESPACES
          " xmlns:g='u' specversion='1.0'>" PARTS ANY_DATA("<a><b g:c=''/></a>")
              END,
          "<a xmlns:g=\"u\"><b g:c=''/></a>" },
        { "the default namespace",
          "<event xmlns=\"" CE "\" xmlns:xsi=\"" XSI "\" xmlns:xs=\"" XS
          "\" specversion=\"1.0\"><id>1</id><source>/s</source><type>t</type>"
          "<data xsi:type=\"xs:any\"><a/></data></event>",
          "<a xmlns=\"" CE "\"/>" },
        { "no default namespace",
          "<event xmlns=\"" CE "\" xmlns:xsi=\"" XSI "\" xmlns:xs=\"" XS
          "\" specversion=\"1.0\"><id>1</id><source>/s</source><type>t</type>"
          "<data xsi:type=\"xs:any\"><a xmlns=\"\"/></data></event>",
          "<a xmlns=\"\"/>" },
        { "a namespace of the data element",
          EVENT("<ce:data xsi:type=\"xs:any\" xmlns:g='u'><g:a/></ce:data>"),
          "<g:a xmlns:g=\"u\"/>" },
    };

    formats_open("xml");
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_OK_ROW(rows[i].name, formats_decode_text(rows[i].text));
        EXPECT_TEXT(formats_event.data, rows[i].data);
        formats_expect("datacontenttype", "application/xml", CE_STRING);
        formats_again();
        EXPECT_TEXT(formats_event.data, rows[i].data);
    }
    formats_close();
}

TESTS("xml_data", TEST(data_keeps_its_kind), TEST(deep_elements_stay_texts),
      TEST(elements_with_many_namespaces_stay_texts),
      TEST(an_element_is_the_text_that_it_was))
