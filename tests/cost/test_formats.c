/* SPDX-License-Identifier: Apache-2.0 */
/* Events and batches with much of one kind, in each format. */
#include <cloudevents/format.h>

#include "tests/support/cost.h"

/* --- what every format can say --- */

static const ce_format *format;

/* An event with COUNT extensions of different names. */
static ce_event event_of(ce_arena *names, unsigned count)
{
    static const ce_attr required[] = {
        { { "specversion", 11 }, { "1.0", 3 }, CE_STRING },
        { { "id", 2 }, { "1", 1 }, CE_STRING },
        { { "source", 6 }, { "/s", 2 }, CE_URI_REF },
        { { "type", 4 }, { "t", 1 }, CE_STRING },
    };
    ce_event e = { .data_kind = CE_DATA_NONE };

    for (size_t i = 0; i < COUNT(required); i++)
        REQUIRE_OK(ce_attrs_add(&e.attrs, names, required[i]));
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(ce_attrs_add(&e.attrs, names,
                                (ce_attr){ ce_arena_printf(names, "x%u", i),
                                           CE_SLICE("value"), CE_STRING }));
    return e;
}

static void *make_extensions(unsigned count)
{
    ce_arena *names = ce_arena_new();
    ce_buf *text = cost_text("", "", 0, "");
    ce_event e = event_of(names, count);

    REQUIRE_OK(format->encode(&e, text));
    ce_arena_free(names);
    return text;
}

static void *make_batch(unsigned count)
{
    ce_arena *names = ce_arena_new();
    ce_buf *text = cost_text("", "", 0, "");
    ce_event e = event_of(names, 1);
    const ce_event **all = calloc(count, sizeof *all);

    REQUIRE(all != NULL);
    for (unsigned i = 0; i < count; i++)
        all[i] = &e;
    REQUIRE_OK(format->encode_batch(all, count, text));
    ce_arena_free(names);
    free(all);
    return text;
}

static ce_status skip(void *arg, const ce_event *e, ce_slice body)
{
    (void)arg;
    (void)e;
    (void)body;
    return CE_OK;
}

/* Also what is refused costs time. */
static void read_event(void *text)
{
    ce_arena *arena = ce_arena_new();
    ce_event e;

    (void)format->decode(ce_buf_slice(text), arena, &e, NULL);
    ce_arena_free(arena);
}

static void read_batch(void *text)
{
    ce_arena *arena = ce_arena_new();

    (void)format->decode_batch(ce_buf_slice(text), arena, skip, NULL, NULL);
    ce_arena_free(arena);
}

/* From bytes to an event, and to what another format makes of it. */
static void read_and_write(void *text)
{
    ce_arena *arena = ce_arena_new();
    ce_buf out = { NULL, 0, 0 };
    ce_event e;

    REQUIRE_OK(format->decode(ce_buf_slice(text), arena, &e, NULL));
    REQUIRE_OK(format->encode(&e, &out));
    ce_buf_free(&out);
    ce_arena_free(arena);
}

static void many_extensions_cost_no_square(void)
{
    for (unsigned i = 0; (format = ce_format_at(i)); i++)
        expect_no_square(&(cost){ format->name, 1500, make_extensions,
                                  read_and_write, cost_drop_text },
                         1);
}

static void many_events_of_a_batch_cost_no_square(void)
{
    for (unsigned i = 0; (format = ce_format_at(i)); i++)
        if (format->batch_media_type)
            expect_no_square(&(cost){ format->name, 1500, make_batch,
                                      read_batch, cost_drop_text },
                             1);
}

/* --- JSON --- */

#define EVENT                                                                  \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","

static void json_costs_no_square(void)
{
    static const text_cost rows[] = {
        { "JSON, one name", 10000, read_event, EVENT "\"x\":\"1\"", ",\"a\":1",
          "}" },
        { "JSON, members", 10000, read_event, EVENT "\"data\":{\"x\":1",
          ",\"m%u\":%u", "}}" },
        { "JSON, escapes", 10000, read_event, EVENT "\"x\":\"", "\\u00e4\\\"",
          "\"}" },
        { "JSON, digits", 100000, read_event, EVENT "\"x\":", "1", "}" },
        { "JSON, depth", 10000, read_event, EVENT "\"data\":", "[", "" },
        { "JSON, Base64", 100000, read_event, EVENT "\"data_base64\":\"",
          "AAAA", "\"}" },
        { "JSON, blanks", 100000, read_event, EVENT, " \n", "\"data\":1}" },
        { "JSON, no events", 10000, read_batch, "[1", ",{}", "]" },
    };

    format = ce_format_named(CE_SLICE("json"));
    expect_no_square_of_texts(rows, COUNT(rows));
}

/* --- XML --- */

#define XML_EVENT                                                              \
    "<event xmlns=\"http://cloudevents.io/xmlformat/V1\" "                     \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                 \
    "specversion=\"1.0\"><id>1</id><source>/s</source><type>t</type>"
#define XML_TEXT XML_EVENT "<x xsi:type=\"ce:string\">"
#define XML_DATA XML_EVENT "<data xsi:type=\"xs:any\">"

static void xml_costs_no_square(void)
{
    static const text_cost rows[] = {
        { "XML, attributes", 1500, read_event, XML_DATA "<a", " b%u='%u'",
          "/></data></event>" },
        { "XML, namespaces", 1500, read_event, XML_DATA "<a",
          " xmlns:n%u='u:%u'", "/></data></event>" },
        { "XML, children", 1500, read_event, XML_DATA "<a>", "<b c='d'>e</b>",
          "</a></data></event>" },
        { "XML, prefixes", 5000, read_event, XML_DATA "<a>", "xsi:ab xsi",
          "</a></data></event>" },
        { "XML, references", 5000, read_event, XML_TEXT, "&amp;&#65;",
          "</x></event>" },
        { "XML, sections", 5000, read_event, XML_TEXT,
          "<![CDATA[a]]><!--b--><?c d?>", "</x></event>" },
        { "XML, depth", 5000, read_event, XML_DATA, "<a>", "" },
        { "XML, text", 5000, read_event,
          XML_EVENT "<data xsi:type=\"xs:string\">", "a &lt;b>\r\n",
          "</data></event>" },
    };

    format = ce_format_named(CE_SLICE("xml"));
    if (format)
        expect_no_square_of_texts(rows, COUNT(rows));
}

/* An element that declares a long prefix and a long namespace, in which a part
 * comes again and again: both grow. The prefix is declared often. */
typedef struct long_names {
    const char *name;
    unsigned few;
    bool has_long_prefix;
    const char *end_of_tag, *part, *after;
} long_names;

static const long_names *named;

static void append_name(ce_buf *text, unsigned len)
{
    REQUIRE_OK(ce_buf_printf(text, "%0*u", (int)len, 0));
}

static void *make_long_names(unsigned count)
{
    ce_buf *text = cost_text(XML_DATA "<r xmlns:p='u:", "", 0, "");

    append_name(text, named->has_long_prefix ? 1 : 4 * count);
    REQUIRE_OK(ce_buf_byte(text, '\''));
    for (unsigned i = 0; named->has_long_prefix && i < 90; i++) {
        REQUIRE_OK(ce_buf_printf(text, " xmlns:p%u", i));
        append_name(text, count / 20);
        REQUIRE_OK(ce_buf_append(text, CE_SLICE("='u'")));
    }
    REQUIRE_OK(ce_buf_append(text, ce_slice_of(named->end_of_tag)));
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(ce_buf_printf(text, named->part, i));
    REQUIRE_OK(ce_buf_append(text, ce_slice_of(named->after)));
    return text;
}

static void long_names_cost_no_square(void)
{
    static const long_names rows[] = {
        { "XML, long namespace, elements", 5000, false, ">", "<p:a/>",
          "</r></data></event>" },
        { "XML, long namespace, attributes", 1500, false, "", " p:a%x=''",
          "/></data></event>" },
        { "XML, long prefixes, elements", 5000, true, ">", "<p:a/>",
          "</r></data></event>" },
        { "XML, long prefixes, text", 5000, true, ">", "q:a ",
          "</r></data></event>" },
    };

    format = ce_format_named(CE_SLICE("xml"));
    for (size_t i = 0; format && i < COUNT(rows); i++) {
        named = &rows[i];
        expect_no_square(&(cost){ named->name, named->few, make_long_names,
                                  read_event, cost_drop_text },
                         1);
    }
}

/* --- Protobuf and Avro: bytes below 0x80 are their own varints --- */

static void protobuf_costs_no_square(void)
{
    static const text_cost rows[] = {
        /* Field 100 is none of ours. */
        { "Protobuf, unknown", 20000, read_event, "", "\xa2\x06\x01x", "" },
        /* One attribute that comes again and again. */
        { "Protobuf, again", 5000, read_event, "",
          "\x2a\x08\x0a\x01x\x12\x03\x1a\x01y", "" },
        /* Fields of the event of which the last one counts. */
        { "Protobuf, ids", 20000, read_event, "", "\x0a\x01x\x32\x01y", "" },
        { "Protobuf, no events", 20000, read_batch, "", "\x0a\x01x\x32\x01y",
          "" },
    };

    format = ce_format_named(CE_SLICE("protobuf"));
    if (format)
        expect_no_square_of_texts(rows, COUNT(rows));
}

static void avro_costs_no_square(void)
{
    static const text_cost rows[] = {
        /* Blocks of one attribute with one name: 1, "x", a String "y". */
        { "Avro, blocks", 5000, read_event, "", "\x02\x02x\x06\x02y", "" },
    };

    format = ce_format_named(CE_SLICE("avro"));
    if (format)
        expect_no_square_of_texts(rows, COUNT(rows));
}

TESTS("cost/formats", TEST(many_extensions_cost_no_square),
      TEST(many_events_of_a_batch_cost_no_square), TEST(json_costs_no_square),
      TEST(xml_costs_no_square), TEST(long_names_cost_no_square),
      TEST(protobuf_costs_no_square), TEST(avro_costs_no_square))
