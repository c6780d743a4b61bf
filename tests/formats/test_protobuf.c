/* SPDX-License-Identifier: Apache-2.0 */
/* The Protobuf event format and its batches. The bytes are written by hand
 * after cloudevents.proto; the long ones are also what protoc makes. */
#include "tests/formats/protobuf_bytes.h"

/* --- what it is --- */

static void media_types_lead_to_it(void)
{
    const ce_format *f = formats_named("protobuf");

    EXPECT_EQ(ce_format_find(CE_SLICE("application/cloudevents+protobuf")), f);
    EXPECT_EQ(ce_format_find(CE_SLICE("Application/CloudEvents+Protobuf; a=b")),
              f);
    EXPECT_EQ(ce_format_find_batch(
                  CE_SLICE("application/cloudevents-batch+protobuf")),
              f);
    EXPECT(!ce_format_find(CE_SLICE("application/cloudevents-batch+protobuf")));
}

/* --- reading --- */

#define EVERY_TYPE                                                             \
    REQUIRED_FIELDS                                                            \
    "\x2a\x15\x0a\x04time\x12\x0d\x3a\x0b\x08\x80\x8c\xc6\xb1\x06\x10\x80"     \
    "\xc2\xd7\x2f" ATTRIBUTE("\x07", "b", "\x02", "\x08\x00") ATTRIBUTE(       \
        "\x10", "i", "\x0b", "\x10\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01")   \
        ATTRIBUTE("\x09", "y", "\x04", "\x22\x02\x00\xff")                     \
            ATTRIBUTE("\x0a", "u", "\x05", "\x2a\x03\x61:b")                   \
                ATTRIBUTE("\x0b", "r", "\x06", "\x32\x04../x")                 \
                    ATTRIBUTE("\x07", "s", "\x02",                             \
                              "\x1a\x00") "\x2a\x1f\x0a\x0f"                   \
                                          "datacontenttype"                    \
                                          "\x12\x0c\x1a\x0atext/plain"         \
                                          "\x3a\x02hi"

/* FMT-20, FMT-21, CORE-30 */
static void every_type_is_read(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(EVERY_TYPE)));
    formats_expect("id", "1", CE_STRING);
    formats_expect("source", "/s", CE_URI_REF);
    formats_expect("specversion", "1.0", CE_STRING);
    formats_expect("type", "t", CE_STRING);
    formats_expect("time", "2024-05-01T00:00:00.1Z", CE_TIMESTAMP);
    formats_expect("b", "false", CE_BOOLEAN);
    formats_expect("i", "-5", CE_INTEGER);
    formats_expect("y", "AP8=", CE_BINARY);
    formats_expect("u", "a:b", CE_URI);
    formats_expect("r", "../x", CE_URI_REF);
    formats_expect("s", "", CE_STRING);
    EXPECT_EQ(formats_event.attrs.len, 12);
    EXPECT_TEXT(formats_event.data, "hi");
    EXPECT_EQ(formats_event.data_kind, CE_DATA_TEXT);
    formats_close();
}

static void what_was_read_is_written_alike(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(EVERY_TYPE)));
    formats_expect_encoded(BYTES(EVERY_TYPE));
    formats_close();
}

/* What io.cloudevents:cloudevents-protobuf 4.0.1 makes of such an event. */
static const char from_java[] =
    "\x0a\x01\x31\x12\x02/s\x1a\x03\x31.0\"\x01t*%\x0a\x0f\x64\x61"
    "tacontenttype\x12\x12\x1a\x10\x61pplication/json*\x1a\x0a\x0a"
    "dataschema\x12\x0c*\x0ahttp://a/b*\x10\x0a\x07subject\x12\x05"
    "\x1a\x03<s>*\x15\x0a\x04time\x12\x0d:\x0b\x08\x80\x8c\xc6\xb1"
    "\x06\x10\x80\xc2\xd7/*\x07\x0a\x01\x62\x12\x02\x08\x00*\x0a\x0a"
    "\x01s\x12\x05\x1a\x03 x *\x0a\x0a\x01u\x12\x05*\x03\x61:b*\x10"
    "\x0a\x01i\x12\x0b\x10\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    "*\x09\x0a\x01y\x12\x04\"\x02\x00\xff*\x0d\x0a\x01z\x12\x08:\x06"
    "\x08\x80\x8c\xc6\xb1\x06:\x0a{\"p\":1.50}";

static void events_of_the_java_sdk_are_read(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(from_java)));
    formats_expect("time", "2024-05-01T00:00:00.1Z", CE_TIMESTAMP);
    formats_expect("dataschema", "http://a/b", CE_URI);
    formats_expect("subject", "<s>", CE_STRING);
    formats_expect("b", "false", CE_BOOLEAN);
    formats_expect("i", "-5", CE_INTEGER);
    formats_expect("s", " x ", CE_STRING);
    formats_expect("u", "a:b", CE_URI);
    formats_expect("y", "AP8=", CE_BINARY);
    formats_expect("z", "2024-05-01T00:00:00Z", CE_TIMESTAMP);
    EXPECT_TEXT(formats_event.data, "{\"p\":1.50}");
    formats_expect_encoded(BYTES(from_java));
    formats_close();
}

static void texts_are_views(void)
{
    static const char body[] = REQUIRED_FIELDS "\x3a\x03"
                                               "a\0b";

    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(body)));
    EXPECT_EQ(formats_event.data.ptr, body + sizeof body - 4);
    EXPECT_TEXT(formats_event.data, BYTES("a\0b"));
    formats_expect_encoded(BYTES(body));
    formats_close();
}

static void tolerated_forms_are_read(void)
{
    static const struct {
        const char *name;
        ce_slice body;
    } rows[] = {
        { "fields in another order", BYTES(TYPE VERSION SOURCE ID) },
        { "the last of several", BYTES("\x0a\x00" REQUIRED_FIELDS) },
        { "an unknown number", BYTES(REQUIRED_FIELDS "\x78\x05") },
        { "unknown bytes", BYTES(REQUIRED_FIELDS "\x7a\x01x") },
        { "unknown 64 bits", BYTES(REQUIRED_FIELDS "\x79"
                                                   "12345678") },
        { "unknown 32 bits", BYTES(REQUIRED_FIELDS "\x7d"
                                                   "1234") },
        { "an unknown group",
          BYTES(REQUIRED_FIELDS "\x7b\x0b\x08\x05\x0c\x7c") },
        { "an unknown field in an entry",
          BYTES(REQUIRED_FIELDS "\x2a\x0a\x0a\x01x\x12\x03\x1a\x01v\x18\x01") },
        { "an unknown field in a value",
          BYTES(REQUIRED_FIELDS
                "\x2a\x0b\x0a\x01x\x12\x06\x1a\x01v\x42\x01y") },
        { "a boolean of another number",
          BYTES(REQUIRED_FIELDS ATTRIBUTE("\x07", "x", "\x02", "\x08\x05")) },
        { "the last member of the oneof",
          BYTES(REQUIRED_FIELDS ATTRIBUTE("\x0a", "x", "\x05",
                                          "\x08\x01\x1a\x01v")) },
        { "a time as a string",
          BYTES(REQUIRED_FIELDS "\x2a\x1e\x0a\x04time\x12\x16\x1a\x14"
                                "2024-05-01T00:00:00Z") },
        { "a data schema as a string", BYTES(REQUIRED_FIELDS "\x2a\x13\x0a\x0a"
                                                             "dataschema"
                                                             "\x12\x05\x1a\x03"
                                                             "a:b") },
    };

    formats_open("protobuf");
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_OK_ROW(rows[i].name, formats_decode(rows[i].body));
    formats_close();
}

static const formats_fault invalid_bodies[] = {
    { "empty",
      { NULL, 0 },
      "attribute \"specversion\": required, but missing" },
    { "no id", BYTES(SOURCE VERSION TYPE), "\"id\": required" },
    { "no source", BYTES(ID VERSION TYPE), "\"source\": required" },
    { "no version", BYTES(ID SOURCE TYPE), "\"specversion\": required" },
    { "no type", BYTES(ID SOURCE VERSION), "\"type\": required" },
    { "another version",
      BYTES(ID SOURCE TYPE "\x1a\x03"
                           "0.9"),
      "\"specversion\": not a known version: \"0.9\"" },
    { "FMT-24 no value",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x05", "x", "\x00", "")),
      "\"x\": has no value" },
    { "FMT-24 an unknown member alone",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x07", "x", "\x02", "\x40\x01")),
      "\"x\": has no value" },
    { "FMT-24 an entry without value",
      BYTES(REQUIRED_FIELDS "\x2a\x03\x0a\x01x"), "\"x\": has no value" },
    { "FMT-24 time as an integer",
      BYTES(REQUIRED_FIELDS "\x2a\x0a\x0a\x04time\x12\x02\x10\x05"),
      "\"time\": must be a timestamp: \"5\"" },
    { "a time as a text that no timestamp holds",
      BYTES(REQUIRED_FIELDS "\x2a\x1e\x0a\x04time\x12\x16\x1a\x14"
                            "9999-12-31T23:59:60Z"),
      "\"time\": must be a timestamp: \"9999-12-31T23:59:60Z\"" },
    { "a subject as a boolean",
      BYTES(REQUIRED_FIELDS "\x2a\x0d\x0a\x07subject\x12\x02\x08\x01"),
      "\"subject\": must be a string: \"true\"" },
    { "FMT-24 an illegal name",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x08", "X", "\x03", "\x1a\x01v")),
      "attribute \"X\": a name may only" },
    { "no name", BYTES(REQUIRED_FIELDS "\x2a\x05\x12\x03\x1a\x01v"),
      "attribute \"\": a name may only" },
    { "a required attribute in the map",
      BYTES(SOURCE VERSION TYPE "\x2a\x09\x0a\x02id\x12\x03\x1a\x01v"),
      "\"id\": is a field" },
    { "twice in the map",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x08", "x", "\x03", "\x1a\x01v")
                ATTRIBUTE("\x08", "x", "\x03", "\x1a\x01v")),
      "\"x\": given more than once" },
    { "an integer beyond 32 bits",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x0b", "x", "\x06",
                                      "\x10\x80\x80\x80\x80\x08")),
      "\"x\": not a 32-bit integer: \"2147483648\"" },
    { "a timestamp beyond the years",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x0e", "x", "\x09",
                                      "\x3a\x07\x08\x80\x83\xd1\xff\xaf\x07")),
      "\"x\": not a timestamp" },
    { "negative nanoseconds",
      BYTES(REQUIRED_FIELDS ATTRIBUTE(
          "\x12", "x", "\x0d",
          "\x3a\x0b\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
      "\"x\": not a timestamp" },
    { "a control character",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x08", "x", "\x03", "\x1a\x01\n")),
      "\"x\": a text may not" },
    { "a text that is not UTF-8", BYTES(REQUIRED_FIELDS "\x3a\x01\xff"),
      "\"text_data\": not valid UTF-8" },
    { "a number where a text is due", BYTES("\x08\x05"),
      "field \"id\" has wire type 0, and not 2" },
    { "a text where a number is due",
      BYTES(REQUIRED_FIELDS ATTRIBUTE("\x08", "x", "\x03", "\x0a\x01v")),
      "field \"ce_boolean\" has wire type 2, and not 0" },
    { "field number zero", BYTES("\x00\x01"),
      "at byte 1: not the number of a field" },
    { "a field number too long", BYTES("\xff\xff\xff\xff\xff\xff"),
      "at byte 6: the number of a field is cut short" },
    { "a number of 65 bits",
      BYTES("\x78\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
      "a number is cut short or too long" },
    { "a length beyond the end",
      BYTES("\x0a\xff\xff\xff\xff\x0f"
            "1"),
      "at byte 6: a field is cut short" },
    { "wire type 6", BYTES("\x7e\x01"), "not the type of a field" },
    { "a group that does not end", BYTES("\x7b\x08\x01"),
      "the number of a field is cut short" },
    { "the end of another group", BYTES("\x7b\x0c"),
      "the end of another group" },
    { "an end alone", BYTES("\x7c"), "a group that was not begun" },
};

static void invalid_events_are_refused(void)
{
    formats_expect_faults("protobuf", invalid_bodies, COUNT(invalid_bodies));
}

static void groups_may_not_nest_without_end(void)
{
    char body[4000];

    memset(body, 0x7b, sizeof body);
    formats_open("protobuf");
    EXPECT_STATUS(formats_decode((ce_slice){ body, sizeof body }), CE_ESYNTAX);
    formats_expect_error("groups", "nested too deeply");
    formats_close();
}

static void no_cut_is_taken_for_an_event(void)
{
    formats_open("protobuf");
    formats_cut(BYTES(EVERY_TYPE), sizeof REQUIRED_FIELDS - 1);
    formats_close();
}

/* CORE-54 */
static void everything_that_is_wrong_is_found(void)
{
    formats_open("protobuf");
    formats_expect_findings(BYTES(REQUIRED_FIELDS), "");
    formats_expect_findings(
        BYTES(ID ATTRIBUTE("\x08", "X", "\x03", "\x1a\x01v")),
        "attribute \"X\": a name may only have the characters a-z and 0-9, and "
        "is not \"data\"\n"
        "attribute \"specversion\": required, but missing\n"
        "attribute \"source\": required, but missing\n"
        "attribute \"type\": required, but missing\n");
    formats_expect_findings(BYTES("\x00"),
                            "Protobuf, at byte 1: not the number "
                            "of a field\n");
    formats_close();
}

/* --- batches --- */

/* FMT-23 */
static void a_batch_is_a_list_of_events(void)
{
    static const char body[] = "\x0a\x0f" REQUIRED_FIELDS "\x78\x01"
                               "\x0a\x12" REQUIRED_FIELDS "\x3a\x01x";

    formats_open("protobuf");
    REQUIRE_OK(formats_decode_batch(BYTES(body)));
    EXPECT_EQ(formats_count, 2);
    EXPECT_EQ(formats_bodies[0].ptr, body + 2);
    EXPECT_EQ(formats_bodies[0].len, 15);
    EXPECT_EQ(formats_bodies[1].len, 18);
    REQUIRE_OK(formats_decode_batch(BYTES("")));
    EXPECT_EQ(formats_count, 0);
    formats_close();
}

static void an_error_names_the_event_of_a_batch(void)
{
    formats_open("protobuf");
    EXPECT_STATUS(
        formats_decode_batch(BYTES("\x0a\x0f" REQUIRED_FIELDS "\x0a\x03" ID)),
        CE_EINVAL);
    formats_expect_error("second",
                         "event 1: attribute \"specversion\": required");
    EXPECT_EQ(formats_count, 1);
    EXPECT_STATUS(formats_decode_batch(BYTES("\x08\x01")), CE_ESYNTAX);
    formats_expect_error("type", "event 0: Protobuf: field \"events\" has");
    formats_close();
}

/* FMT-23 */
static void a_batch_is_written(void)
{
    formats_open("protobuf");
    formats_expect_batch(BYTES("\x0a\x0f" REQUIRED_FIELDS
                               "\x0a\x12" REQUIRED_FIELDS "\x3a\x01x"));
    formats_close();
}

/* --- limits --- */

static void an_instant_outside_the_years_is_refused(void)
{
    formats_open("protobuf");
    formats_build(NULL, (ce_slice){ NULL, 0 }, CE_DATA_NONE);
    REQUIRE_OK(
        ce_event_set(formats_built, "time", "0000-01-01T00:00:00+01:00", NULL));
    formats_expect_refusal("protobuf cannot carry attribute \"time\": outside "
                           "the years 0 to 9999 in UTC");
    formats_close();
}

/* FMT-24 */
static void a_time_keeps_its_instant(void)
{
    formats_open("protobuf");
    formats_from_json("\"time\":\"2024-05-01t02:00:00.100+02:00\"");
    formats_again();
    formats_expect("time", "2024-05-01T00:00:00.1Z", CE_TIMESTAMP);
    formats_from_json("\"time\":\"1969-12-31T23:59:59.5Z\"");
    formats_again();
    formats_expect("time", "1969-12-31T23:59:59.5Z", CE_TIMESTAMP);
    formats_from_json("\"time\":\"1970-01-01T00:00:00Z\"");
    formats_again();
    formats_expect("time", "1970-01-01T00:00:00Z", CE_TIMESTAMP);
    formats_close();
}

static void every_allocation_may_fail(void)
{
    formats_torture(formats_named("protobuf"), BYTES(EVERY_TYPE));
    formats_torture(formats_named("protobuf"),
                    BYTES(REQUIRED_FIELDS SCHEMA("\x13", "\x05", "\x03", "a:b")
                              ANY("\x1d", URL, "\x08\x01")));
}

TESTS("protobuf", TEST(media_types_lead_to_it), TEST(every_type_is_read),
      TEST(what_was_read_is_written_alike),
      TEST(events_of_the_java_sdk_are_read), TEST(texts_are_views),
      TEST(everything_that_is_wrong_is_found), TEST(tolerated_forms_are_read),
      TEST(invalid_events_are_refused), TEST(groups_may_not_nest_without_end),
      TEST(no_cut_is_taken_for_an_event), TEST(a_batch_is_a_list_of_events),
      TEST(an_error_names_the_event_of_a_batch), TEST(a_batch_is_written),
      TEST(an_instant_outside_the_years_is_refused),
      TEST(a_time_keeps_its_instant), TEST(every_allocation_may_fail))
