/* SPDX-License-Identifier: Apache-2.0 */
/* The XML event format: its attributes, its batches, its limits. */
#include "tests/formats/xml_texts.h"

static void media_types_lead_to_it(void)
{
    EXPECT_EQ(ce_format_find(CE_SLICE("application/cloudevents+xml")),
              formats_named("xml"));
    EXPECT_EQ(ce_format_find(CE_SLICE("application/cloudevents+xml; "
                                      "charset=UTF-8")),
              formats_named("xml"));
    EXPECT(!ce_format_find(CE_SLICE("application/cloudevents+xml; "
                                    "charset=utf-16")));
    EXPECT_EQ(
        ce_format_find_batch(CE_SLICE("application/cloudevents-batch+xml")),
        formats_named("xml"));
}

/* --- attributes --- */

#define EVERY_TYPE                                                             \
    "<ce:time>2024-05-01T02:00:00.100+02:00</ce:time>"                         \
    "<ce:b xsi:type=\"ce:boolean\">false</ce:b>"                               \
    "<ce:i xsi:type=\"ce:integer\">-5</ce:i>"                                  \
    "<ce:y xsi:type=\"ce:binary\">AP8=</ce:y>"                                 \
    "<ce:u xsi:type=\"ce:uri\">a:b</ce:u>"                                     \
    "<ce:r xsi:type=\"ce:uriRef\">../x</ce:r>"                                 \
    "<ce:s xsi:type=\"ce:string\"> a &lt;&amp;&gt; b </ce:s>"                  \
    "<ce:z xsi:type=\"ce:timestamp\">2024-05-01T00:00:00Z</ce:z>"              \
    "<ce:datacontenttype>text/plain</ce:datacontenttype>" TEXT_DATA("hi")

/* FMT-30, FMT-31, CORE-30 */
static void every_type_is_read(void)
{
    formats_open("xml");
    REQUIRE_OK(formats_decode_text(EVENT(EVERY_TYPE)));
    formats_expect("id", "1", CE_STRING);
    formats_expect("source", "/s", CE_URI_REF);
    formats_expect("specversion", "1.0", CE_STRING);
    formats_expect("time", "2024-05-01T02:00:00.100+02:00", CE_TIMESTAMP);
    formats_expect("b", "false", CE_BOOLEAN);
    formats_expect("i", "-5", CE_INTEGER);
    formats_expect("y", "AP8=", CE_BINARY);
    formats_expect("u", "a:b", CE_URI);
    formats_expect("r", "../x", CE_URI_REF);
    formats_expect("s", " a <&> b ", CE_STRING);
    formats_expect("z", "2024-05-01T00:00:00Z", CE_TIMESTAMP);
    EXPECT_TEXT(formats_event.data, "hi");
    EXPECT_EQ(formats_event.data_kind, CE_DATA_TEXT);
    formats_close();
}

/* CORE-14 */
static void minus_zero_is_zero(void)
{
    formats_open("xml");
    REQUIRE_OK(
        formats_decode_text(EVENT("<ce:n xsi:type=\"ce:integer\">-0</ce:n>")));
    formats_expect("n", "0", CE_INTEGER);
    formats_close();
}

static void what_was_read_is_written_alike(void)
{
    formats_open("xml");
    REQUIRE_OK(formats_decode_text(EVENT(EVERY_TYPE)));
    formats_expect_encoded(CE_SLICE(DECLARATION EVENT(EVERY_TYPE)));
    formats_close();
}

/* FMT-30 */
static void tolerated_forms_are_read(void)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        { "FMT-34 comments", EVENT("<!-- a --><ce:subject>s<!-- b -->t"
                                   "</ce:subject><?pi?>") },
        { "FMT-34 a foreign element", EVENT("<subject>x<y/></subject>") },
        { "FMT-34 a foreign attribute",
          EVENT("<ce:subject a=\"b\" ce:c=\"d\">s</ce:subject>") },
        { "CDATA", EVENT("<ce:subject><![CDATA[<s>]]></ce:subject>") },
        { "a type on a core attribute",
          EVENT("<ce:subject xsi:type=\"ce:string\">s</ce:subject>") },
        { "another prefix", "<x:event xmlns:x=\"" CE "\" specversion=\"1.0\" "
                            "xmlns:q=\"" XSI "\"><x:id>1</x:id><x:source>/s"
                            "</x:source><x:type>t</x:type>"
                            "<x:e q:type=\"x:integer\">5</x:e></x:event>" },
        { "the default namespace",
          "<event xmlns=\"" CE "\" specversion=\"1.0\"><id>1</id><source>/s"
          "</source><type>t</type></event>" },
        { "prefixes of types that nobody declares",
          "<event xmlns=\"" CE "\" xmlns:xsi=\"" XSI "\" specversion=\"1.0\">"
          "<id>1</id><source>/s</source><type>t</type>"
          "<e xsi:type=\"ce:integer\">5</e><data xsi:type=\"xs:string\"/>"
          "</event>" },
        { "white space and lines", BEGIN "\r\n  " PARTS "\n" END "\n" },
        { "a byte order mark", "\xef\xbb\xbf" EVENT("") },
        { "a declaration", DECLARATION EVENT("") },
        { "ASCII", "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>" EVENT("") },
        { "an empty extension", EVENT("<ce:e xsi:type=\"ce:string\"/>") },
        { "characters by number",
          EVENT("<ce:subject>&#x41;&#66;</ce:subject>") },
        { "Base64 in lines", EVENT("<ce:data xsi:type=\"xs:base64Binary\">\n"
                                   "  AP8\n=\n</ce:data>") },
    };

    formats_open("xml");
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_OK_ROW(rows[i].name, formats_decode_text(rows[i].text));
        if (formats_error.text[0])
            printf("%s: %s\n", rows[i].name, formats_error.text);
    }
    formats_close();
}

static const struct {
    const char *name, *text, *says;
} invalid_bodies[] = {
    { "empty", "", "XML, line 1, column 1: no element found" },
    { "no XML", "{}", "line 1, column 1: not well-formed" },
    { "cut short", BEGIN, "no element found" },
    { "two roots", EVENT("") EVENT(""), "junk after document element" },
    { "another root", "<event/>",
      "the root is <event>, and not <event> of "
      "the namespace " CE },
    { "another name", "<ce:Event xmlns:ce=\"" CE "\"/>",
      "the root is <Event>" },
    { "another namespace", "<ce:event xmlns:ce=\"" CE "x\"/>",
      "the root is <event>" },
    { "no version", "<ce:event" NAMESPACES ">" PARTS END,
      "attribute \"specversion\": required" },
    { "a version in a namespace",
      "<ce:event" NAMESPACES " ce:specversion=\"1.0\">" PARTS END,
      "\"specversion\": required" },
    { "another version",
      "<ce:event" NAMESPACES " specversion=\"0.9\">" PARTS END,
      "\"specversion\": not a known version: \"0.9\"" },
    { "a version as an element", EVENT("<ce:specversion>1.0</ce:specversion>"),
      "\"specversion\": is an XML attribute" },
    { "no id", BEGIN "<ce:source>/s</ce:source><ce:type>t</ce:type>" END,
      "\"id\": required" },
    { "an empty subject", EVENT("<ce:subject/>"),
      "\"subject\": may not be empty" },
    { "twice", EVENT("<ce:id>2</ce:id>"), "\"id\": given more than once" },
    { "FMT-31 no type", EVENT("<ce:e>x</ce:e>"), "\"e\": has no xsi:type" },
    { "FMT-31 a type of another namespace",
      EVENT("<ce:e xsi:type=\"xs:string\">x</ce:e>"),
      "\"e\": xsi:type is no type of CloudEvents: \"xs:string\"" },
    { "FMT-31 an unknown type", EVENT("<ce:e xsi:type=\"ce:long\">1</ce:e>"),
      "\"e\": xsi:type is no type of CloudEvents: \"ce:long\"" },
    { "FMT-31 a type that does not match",
      EVENT("<ce:time xsi:type=\"ce:string\">2024-05-01T00:00:00Z"
            "</ce:time>"),
      "\"time\": xsi:type is of another type: \"ce:string\"" },
    { "FMT-32 blanks around an integer",
      EVENT("<ce:e xsi:type=\"ce:integer\">  10  </ce:e>"),
      "\"e\": not a 32-bit integer: \"  10  \"" },
    { "FMT-32 an element in an attribute",
      EVENT("<ce:subject>a<b/></ce:subject>"),
      "\"subject\": may not hold an element: \"b\"" },
    { "FMT-32 a line break", EVENT("<ce:subject>a\nb</ce:subject>"),
      "\"subject\": a text may not have control characters" },
    { "a capital name", EVENT("<ce:MyExt xsi:type=\"ce:string\"/>"),
      "\"MyExt\": a name may only" },
    { "FMT-33 data twice", EVENT(TEXT_DATA("a") TEXT_DATA("b")),
      "<data>: given more than once" },
    { "FMT-33 data without a type", EVENT("<ce:data>a</ce:data>"),
      "<data>: has no xsi:type" },
    { "FMT-33 data of another type",
      EVENT("<ce:data xsi:type=\"xs:boolean\">true</ce:data>"),
      "<data>: xsi:type is not xs:string, xs:base64Binary or xs:any: "
      "\"xs:boolean\"" },
    { "FMT-33 an element in text data", EVENT(TEXT_DATA("a<b/>")),
      "<data>: holds an element, though xsi:type is not xs:any" },
    { "no Base64", EVENT("<ce:data xsi:type=\"xs:base64Binary\">x</ce:data>"),
      "<data>: no valid Base64" },
    { "FMT-33 no element", EVENT(ANY_DATA(" ")),
      "<data>: has no element, though xsi:type is xs:any" },
    { "FMT-33 two elements", EVENT(ANY_DATA("<a/><b/>")),
      "<data>: has more than one element" },
    { "FMT-33 text beside the element", EVENT(ANY_DATA("x<a/>")),
      "element <data>: holds text between elements: \"x\"" },
    { "FMT-34 text in the event", EVENT("x"),
      "element <event>: holds text between elements: \"x\"" },
    { "FMT-35 a document type", "<!DOCTYPE x>" EVENT(""),
      "a document type is not allowed" },
    { "FMT-35 entities",
      "<!DOCTYPE x [<!ENTITY a \"b\">]>" EVENT("<ce:subject>&a;"
                                               "</ce:subject>"),
      "a document type is not allowed" },
    { "an unknown entity", EVENT("<ce:subject>&a;</ce:subject>"),
      "undefined entity" },
    { "another encoding",
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" EVENT(""),
      "encoding \"ISO-8859-1\": only UTF-8 is read" },
    { "UTF-16", "\xfe\xff\x20", "encoding UTF-16: only UTF-8 is read" },
    { "no UTF-8", EVENT("<ce:subject>\xff</ce:subject>"),
      "not well-formed (invalid token)" },
    { "a prefix that is not declared", EVENT("<x:y/>"), "unbound prefix" },
};

static void invalid_events_are_refused(void)
{
    formats_open("xml");
    for (size_t i = 0; i < COUNT(invalid_bodies); i++) {
        EXPECT_CMP_ROW(invalid_bodies[i].name,
                       formats_decode_text(invalid_bodies[i].text), !=, CE_OK);
        formats_expect_error(invalid_bodies[i].name, invalid_bodies[i].says);
    }
    formats_close();
}

static void no_cut_is_taken_for_an_event(void)
{
    static const char text[] = DECLARATION EVENT(EVERY_TYPE);

    formats_open("xml");
    formats_cut(CE_SLICE(text), sizeof text - 1);
    formats_close();
}

/* CORE-54 */
static void everything_that_is_wrong_is_found(void)
{
    formats_open("xml");
    formats_expect_findings(CE_SLICE(EVENT("")), "");
    formats_expect_findings(
        CE_SLICE(BEGIN "<ce:id/><ce:source>/s</ce:source>" END),
        "attribute \"id\": may not be empty: \"\"\n"
        "attribute \"type\": required, but missing\n");
    formats_expect_findings(CE_SLICE(""), "XML, line 1, column 1: no element "
                                          "found\n");
    formats_close();
}

/* --- batches --- */

static void a_batch_is_a_list_of_events(void)
{
    formats_open("xml");
    REQUIRE_CMP(formats_decode_text("<ce:batch xmlns:ce=\"" CE "\"/>"), !=,
                CE_OK);
    REQUIRE_OK(formats_decode_batch(CE_SLICE(
        "<ce:batch" NAMESPACES "><!-- a --><foreign>x<y/>"
        "</foreign>\n" EVENT("") "\n" EVENT(TEXT_DATA("x")) "</ce:batch>")));
    EXPECT_EQ(formats_count, 2);
    EXPECT_TEXT(formats_bodies[0], EVENT(""));
    REQUIRE_OK(formats_decode_batch(CE_SLICE("<ce:batch" NAMESPACES "/>")));
    EXPECT_EQ(formats_count, 0);
    formats_close();
}

static const char *const standing[] = {
    "<ce:event xmlns:ce=\"" CE "\" specversion=\"1.0\">" PARTS END,
    "<ce:event xmlns:ce=\"" CE "\" xmlns:xs=\"" XS "\" xmlns:xsi=\"" XSI
    "\" specversion=\"1.0\">" PARTS TEXT_DATA("x") END,
    "<e:event xmlns:xs=\"" XS "\" xmlns:xsi=\"" XSI "\" xmlns:g=\"u\" "
    "xmlns:e=\"" CE "\" specversion=\"1.0\"><e:id>1</e:id><e:source>/s"
    "</e:source><e:type>t</e:type><e:data xsi:type=\"xs:any\"><g:a/></e:data>"
    "</e:event>",
};

static size_t stands;

static ce_status stands_alone(void *arg, const ce_event *e, ce_slice body)
{
    ce_arena *other = ce_arena_new();
    ce_event alone;

    (void)arg;
    REQUIRE(other != NULL);
    REQUIRE_CMP(stands, <, COUNT(standing));
    EXPECT_TEXT(body, standing[stands++]);
    EXPECT_OK(
        formats_named("xml")->decode(body, other, &alone, &formats_error));
    EXPECT(ce_event_equal(&alone, e));
    ce_arena_free(other);
    return CE_OK;
}

static void an_event_of_a_batch_stands_alone(void)
{
    static const char text[] =
        "<ce:batch" NAMESPACES " xmlns:g=\"u\">"
        "<ce:event specversion=\"1.0\">" PARTS END
        "<ce:event specversion=\"1.0\">" PARTS TEXT_DATA("x") END
        "<e:event xmlns:e=\"" CE "\" specversion=\"1.0\"><e:id>1</e:id>"
        "<e:source>/s</e:source><e:type>t</e:type>"
        "<e:data xsi:type=\"xs:any\"><g:a/></e:data></e:event></ce:batch>";
    ce_arena *arena = ce_arena_new();

    REQUIRE(arena != NULL);
    stands = 0;
    EXPECT_OK(formats_named("xml")->decode_batch(
        CE_SLICE(text), arena, stands_alone, NULL, &formats_error));
    EXPECT_EQ(stands, COUNT(standing));
    ce_arena_free(arena);
}

/* FMT-34 */
static void what_is_no_batch_is_refused(void)
{
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        { "an event", EVENT(""), "XML: the root is <event>, and not <batch>" },
        { "another element", "<ce:batch" NAMESPACES "><ce:bogus/></ce:batch>",
          "element <batch>: holds <bogus>, and not only <event>" },
        { "a batch", "<ce:batch" NAMESPACES "><ce:batch/></ce:batch>",
          "element <batch>: holds <batch>" },
        { "a text", "<ce:batch" NAMESPACES ">x</ce:batch>",
          "element <batch>: holds text between elements: \"x\"" },
        { "an invalid event",
          "<ce:batch" NAMESPACES ">" EVENT("") "<ce:event/></ce:batch>",
          "event 1: attribute \"specversion\": required" },
        { "an event that is invalid inside",
          "<ce:batch" NAMESPACES ">" EVENT("") EVENT("<ce:x/>") "</ce:batch>",
          "event 1: attribute \"x\": has no xsi:type" },
    };

    formats_open("xml");
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_CMP_ROW(rows[i].name,
                       formats_decode_batch(ce_slice_of(rows[i].text)), !=,
                       CE_OK);
        formats_expect_error(rows[i].name, rows[i].says);
    }
    formats_close();
}

static ce_status end_walk(void *arg, const ce_event *e, ce_slice body)
{
    (void)e;
    (void)body;
    ++*(int *)arg;
    return CE_ECLOSED;
}

static void the_walk_ends_when_it_is_told_to(void)
{
    ce_arena *arena = ce_arena_new();
    int calls = 0;

    REQUIRE(arena != NULL);
    EXPECT_STATUS(formats_named("xml")->decode_batch(
                      CE_SLICE("<ce:batch" NAMESPACES ">" EVENT("")
                                   EVENT("") "</ce:batch>"),
                      arena, end_walk, &calls, NULL),
                  CE_ECLOSED);
    EXPECT_EQ(calls, 1);
    ce_arena_free(arena);
}

static void a_batch_is_written(void)
{
    formats_open("xml");
    formats_expect_batch(CE_SLICE(
        DECLARATION "<ce:batch" NAMESPACES
                    "><ce:event specversion=\"1.0\">" PARTS END
                    "<ce:event specversion=\"1.0\">" PARTS TEXT_DATA("x") END
        "</ce:batch>"));
    formats_close();
}

/* --- limits --- */

static void a_name_that_begins_with_a_digit_is_refused(void)
{
    formats_open("xml");
    formats_build(NULL, (ce_slice){ NULL, 0 }, CE_DATA_NONE);
    REQUIRE_OK(ce_event_set(formats_built, "1st", "x", NULL));
    formats_expect_refusal("xml cannot carry attribute \"1st\": the name of an "
                           "element begins with a letter");
    formats_close();
}

static void an_implied_type_is_said(void)
{
    formats_open("xml");
    formats_from_json("\"data\":[1.50]");
    formats_expect_encoded(CE_SLICE(
        DECLARATION EVENT("<ce:datacontenttype>application/json"
                          "</ce:datacontenttype>" TEXT_DATA("[1.50]"))));
    formats_close();
}

static void every_allocation_may_fail(void)
{
    formats_torture(formats_named("xml"), CE_SLICE(EVENT(EVERY_TYPE)));
    formats_torture(formats_named("xml"),
                    CE_SLICE("<ce:event" NAMESPACES
                             " xmlns:g='u' specversion='1.0'>" PARTS ANY_DATA(
                                 "<g:a/>") END));
}

TESTS("xml", TEST(media_types_lead_to_it), TEST(every_type_is_read),
      TEST(minus_zero_is_zero), TEST(what_was_read_is_written_alike),
      TEST(tolerated_forms_are_read), TEST(invalid_events_are_refused),
      TEST(no_cut_is_taken_for_an_event),
      TEST(everything_that_is_wrong_is_found),
      TEST(a_batch_is_a_list_of_events), TEST(an_event_of_a_batch_stands_alone),
      TEST(what_is_no_batch_is_refused), TEST(the_walk_ends_when_it_is_told_to),
      TEST(a_batch_is_written),
      TEST(a_name_that_begins_with_a_digit_is_refused),
      TEST(an_implied_type_is_said), TEST(every_allocation_may_fail))
