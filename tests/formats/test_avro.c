/* SPDX-License-Identifier: Apache-2.0 */
/* The Avro event format. The bytes are written by hand after cloudevents.avsc;
 * the long ones are also what avro-c makes. */
#include "tests/support/formats.h"

#define BYTES(literal) CE_SLICE(literal)
#define ID "\x04id\x06\x02\x31"
#define SOURCE "\x0csource\x06\x04/s"
#define VERSION "\x16specversion\x06\x06\x31.0"
#define TYPE "\x08type\x06\x02t"
#define PARTS ID SOURCE VERSION TYPE
/* A map of COUNT attributes, twice that in zigzag, and data. */
#define RECORD(count2, more, data) count2 PARTS more "\x00" data
#define NO_DATA "\x02"
#define CONTENT_TYPE(len2, type)                                               \
    "\x1e"                                                                     \
    "datacontenttype"                                                          \
    "\x06" len2 type

static void its_media_type_leads_to_it(void)
{
    EXPECT_EQ(ce_format_find(CE_SLICE("application/cloudevents+avro")),
              formats_named("avro"));
    EXPECT(
        !ce_format_find_batch(CE_SLICE("application/cloudevents-batch+avro")));
}

/* --- attributes --- */

#define EVERY_TYPE                                                             \
    RECORD("\x12",                                                             \
           "\x08time\x06\x32"                                                  \
           "2024-05-01T02:00:00+02:00"                                         \
           "\x02s\x06\x00"                                                     \
           "\x02"                                                              \
           "b\x02\x00"                                                         \
           "\x02i\x04\x09"                                                     \
           "\x02y\x08\x04\x00\xff",                                            \
           "\x00\x04hi")

/* FMT-10, FMT-11, FMT-13 */
static void every_type_is_read(void)
{
    formats_open("avro");
    REQUIRE_OK(formats_decode(BYTES(EVERY_TYPE)));
    formats_expect("id", "1", CE_STRING);
    formats_expect("source", "/s", CE_URI_REF);
    formats_expect("time", "2024-05-01T02:00:00+02:00", CE_TIMESTAMP);
    formats_expect("s", "", CE_STRING);
    formats_expect("b", "false", CE_BOOLEAN);
    formats_expect("i", "-5", CE_INTEGER);
    formats_expect("y", "AP8=", CE_BINARY);
    EXPECT_EQ(formats_event.attrs.len, 9);
    EXPECT_TEXT(formats_event.data, "hi");
    EXPECT_EQ(formats_event.data_kind, CE_DATA_BYTES);
    formats_expect_encoded(BYTES(EVERY_TYPE));
    formats_close();
}

/* FMT-11 */
static void tolerated_forms_are_read(void)
{
    static const struct {
        const char *name;
        ce_slice body;
    } rows[] = {
        { "null is an attribute that is not there",
          BYTES(RECORD("\x0a", "\x02n\x00", NO_DATA)) },
        { "several blocks",
          BYTES("\x04" ID SOURCE "\x04" VERSION TYPE "\x00" NO_DATA) },
        { "a block with its size", BYTES("\x07\x52" PARTS "\x00" NO_DATA) },
        { "an integer at the limit",
          BYTES(RECORD("\x0a", "\x02n\x04\xff\xff\xff\xff\x0f", NO_DATA)) },
    };

    formats_open("avro");
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_OK_ROW(rows[i].name, formats_decode(rows[i].body));
        EXPECT_EQ_ROW(rows[i].name, formats_event.data_kind, CE_DATA_NONE);
    }
    formats_expect("n", "-2147483648", CE_INTEGER);
    formats_close();
}

static const formats_fault invalid_bodies[] = {
    { "empty", { NULL, 0 }, "at byte 0: a number is cut short" },
    { "no attributes", BYTES("\x00" NO_DATA),
      "attribute \"specversion\": required" },
    { "no data field", BYTES("\x08" PARTS "\x00"),
      "a number is cut short or too long" },
    { "something behind", BYTES(RECORD("\x08", "", NO_DATA "x")),
      "something stands behind the event" },
    { "a branch that is not there", BYTES(RECORD("\x0a", "\x02n\x0a", NO_DATA)),
      "a union has no such branch" },
    { "a negative branch", BYTES(RECORD("\x0a", "\x02n\x01", NO_DATA)),
      "a union has no such branch" },
    { "a branch of data that is not there", BYTES(RECORD("\x08", "", "\x0e")),
      "a union has no such branch" },
    { "a boolean of another number",
      BYTES(RECORD("\x0a", "\x02n\x02\x02", NO_DATA)),
      "a boolean is neither 0 nor 1" },
    { "an integer beyond 32 bits",
      BYTES(RECORD("\x0a", "\x02n\x04\x80\x80\x80\x80\x10", NO_DATA)),
      "\"n\": not a 32-bit integer: \"2147483648\"" },
    { "a length beyond the end",
      BYTES("\x02\x7e"
            "i"),
      "a string or bytes are cut short" },
    { "a negative length", BYTES("\x02\x01"),
      "a string or bytes are cut short" },
    { "a count beyond the end",
      BYTES("\x7e"
            "i"),
      "a map or array is cut short" },
    { "the lowest count", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"),
      "a map or array is cut short" },
    { "twice", BYTES(RECORD("\x0a", ID, NO_DATA)),
      "\"id\": given more than once" },
    { "a core attribute as an integer",
      BYTES(RECORD("\x0a", "\x0esubject\x04\x0a", NO_DATA)),
      "\"subject\": must be a string: \"5\"" },
    { "a time that is none",
      BYTES(RECORD("\x0a", "\x08time\x06\x02x", NO_DATA)),
      "\"time\": not an RFC 3339 timestamp: \"x\"" },
    { "an illegal name", BYTES(RECORD("\x0a", "\x02X\x06\x00", NO_DATA)),
      "attribute \"X\": a name may only" },
    { "an illegal name of null", BYTES(RECORD("\x0a", "\x02X\x00", NO_DATA)),
      "attribute \"X\": a name may only" },
    { "no UTF-8", BYTES(RECORD("\x0a", "\x02n\x06\x02\xff", NO_DATA)),
      "\"n\": a text may not" },
    { "data that is no UTF-8", BYTES(RECORD("\x08", "", "\x0c\x02\xff")),
      "\"data\": not valid UTF-8" },
    { "text data that is no UTF-8",
      BYTES(RECORD("\x0a", CONTENT_TYPE("\x06", "a/b"), "\x0c\x02\xff")),
      "\"data\": not valid UTF-8" },
    { "a number as text data",
      BYTES(RECORD("\x0a", CONTENT_TYPE("\x06", "a/b"), "\x04\x01")),
      "\"data\": must be bytes or a string, since datacontenttype is "
      "\"a/b\"" },
    { "not a number",
      BYTES(RECORD("\x08", "", "\x0a\x00\x00\x00\x00\x00\x00\xf8\x7f")),
      "JSON has no number for nan" },
    { "a double cut short", BYTES(RECORD("\x08", "", "\x0a\x00")),
      "a double is cut short" },
};

static void invalid_events_are_refused(void)
{
    formats_expect_faults("avro", invalid_bodies, COUNT(invalid_bodies));
}

static void no_cut_is_taken_for_an_event(void)
{
    formats_open("avro");
    formats_cut(BYTES(EVERY_TYPE), sizeof EVERY_TYPE - 1);
    formats_close();
}

/* CORE-54 */
static void everything_that_is_wrong_is_found(void)
{
    formats_open("avro");
    formats_expect_findings(BYTES(RECORD("\x08", "", NO_DATA)), "");
    formats_expect_findings(BYTES("\x04" ID VERSION "\x00" NO_DATA),
                            "attribute \"source\": required, but missing\n"
                            "attribute \"type\": required, but missing\n");
    formats_expect_findings(BYTES("\x01"), "Avro, at byte 1: a number is cut "
                                           "short or too long\n");
    formats_close();
}

/* --- data --- */

/* FMT-12 */
static void data_keeps_its_bytes(void)
{
    static const formats_data rows[] = {
        { "no data", NULL, { NULL, 0 }, CE_DATA_NONE, BYTES("\x00\x02") },
        { "empty", NULL, BYTES(""), CE_DATA_BYTES, BYTES("\x00\x00\x00") },
        { "FMT-12 bytes", NULL, BYTES("\xff\x00"), CE_DATA_BYTES,
          BYTES("\x00\x00\x04\xff\x00") },
        { "a text", "text/plain", BYTES("x"), CE_DATA_TEXT,
          BYTES("\x00\x00\x02x") },
        { "a text without a type", NULL, BYTES("x"), CE_DATA_TEXT,
          BYTES("\x00\x00\x02x") },
        { "JSON", "application/json", BYTES("[1.50]"), CE_DATA_JSON,
          BYTES("\x00\x00\x0c[1.50]") },
    };

    formats_expect_all_data("avro", rows, COUNT(rows));
}

static void an_implied_type_is_said(void)
{
    formats_open("avro");
    formats_from_json("\"data\":1.50");
    formats_expect_encoded(
        BYTES(RECORD("\x0a", CONTENT_TYPE("\x20", "application/json"),
                     "\x00\x08"
                     "1.50")));
    formats_close();
}

#define NESTED                                                                 \
    "\x06\x08\x02n\x00\x02"                                                    \
    "d\x06\x00\x00\x00\x00\x00\x00\xf8\x3f"                                    \
    "\x02s\x08\x02x\x02r\x04\x06\x02t\x02\x01\x02"                             \
    "a\x06\x02\x02\x02k\x08"                                                   \
    "\x9a\x99\x99\x99\x99\x99\xb9\xbf\x00\x00\x02m\x04\x02\x02o\x00\x00\x00"   \
    "\x00"

/* FMT-12, FMT-13 */
static void values_of_json_are_json(void)
{
    static const struct {
        const char *name;
        ce_slice data;
        const char *text;
    } rows[] = {
        { "false", BYTES("\x04\x00"), "false" },
        { "true", BYTES("\x04\x01"), "true" },
        { "a string", BYTES("\x0c\x04\"\n"), "\"\\\"\\n\"" },
        { "an integral number", BYTES("\x0a\x00\x00\x00\x00\x00\x00\x14\x40"),
          "5" },
        { "a long number", BYTES("\x0a\x9a\x99\x99\x99\x99\x99\xb9\xbf"),
          "-0.1" },
        { "a number of 17 digits",
          BYTES("\x0a\x34\x33\x33\x33\x33\x33\xd3\x3f"),
          "0.30000000000000004" },
        { "a huge number", BYTES("\x0a\x9c\x75\x00\x88\x3c\xe4\x37\x7e"),
          "1e+300" },
        { "an empty map", BYTES("\x06\x00"), "{}" },
        { "an empty array", BYTES("\x08\x00"), "[]" },
        { "objects in an array", BYTES("\x08\x04\x00\x02\x02k\x00\x00\x00"),
          "[{},{\"k\":null}]" },
        { "everything", BYTES(NESTED),
          "{\"n\":null,\"d\":1.5,\"s\":\"x\",\"r\":{\"t\":true,"
          "\"a\":[{\"k\":-0.1}],\"m\":{\"o\":{}}}}" },
    };
    char body[200];

    formats_open("avro");
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = sizeof RECORD("\x08", "", "") - 1;

        memcpy(body, RECORD("\x08", "", ""), len);
        memcpy(body + len, rows[i].data.ptr, rows[i].data.len);
        len += rows[i].data.len;
        EXPECT_OK_ROW(rows[i].name, formats_decode((ce_slice){ body, len }));
        EXPECT_TEXT(formats_event.data, rows[i].text);
        EXPECT_EQ_ROW(rows[i].name, formats_event.data_kind, CE_DATA_JSON);
    }
    formats_close();
}

static void a_string_is_text_where_the_type_says_so(void)
{
    formats_open("avro");
    REQUIRE_OK(formats_decode(
        BYTES(RECORD("\x0a", CONTENT_TYPE("\x06", "a/b"), "\x0c\x02x"))));
    EXPECT_TEXT(formats_event.data, "x");
    EXPECT_EQ(formats_event.data_kind, CE_DATA_TEXT);
    REQUIRE_OK(formats_decode(
        BYTES(RECORD("\x0a", CONTENT_TYPE("\x0c", "a/json"), "\x0c\x02x"))));
    EXPECT_TEXT(formats_event.data, "\"x\"");
    formats_close();
}

static void data_may_not_nest_without_end(void)
{
    static const char begin[] = RECORD("\x08", "", "\x08\x02");
    static const char level[] = { 2, 2, 'k', 6, 2 };
    char body[2000];
    size_t len = sizeof begin - 1;

    memcpy(body, begin, len);
    for (; len + sizeof level < sizeof body; len += sizeof level)
        memcpy(body + len, level, sizeof level);
    formats_open("avro");
    EXPECT_STATUS(formats_decode((ce_slice){ body, len }), CE_ESYNTAX);
    formats_expect_error("depth", "data is nested too deeply");
    formats_close();
}

static void every_allocation_may_fail(void)
{
    formats_torture(formats_named("avro"), BYTES(EVERY_TYPE));
    formats_torture(formats_named("avro"), BYTES(RECORD("\x08", "", NESTED)));
}

TESTS("avro", TEST(its_media_type_leads_to_it), TEST(every_type_is_read),
      TEST(tolerated_forms_are_read), TEST(invalid_events_are_refused),
      TEST(no_cut_is_taken_for_an_event),
      TEST(everything_that_is_wrong_is_found), TEST(data_keeps_its_bytes),
      TEST(an_implied_type_is_said), TEST(values_of_json_are_json),
      TEST(a_string_is_text_where_the_type_says_so),
      TEST(data_may_not_nest_without_end), TEST(every_allocation_may_fail))
