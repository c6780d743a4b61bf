/* SPDX-License-Identifier: Apache-2.0 */
/* Data in the Protobuf event format. */
#include "tests/formats/protobuf_bytes.h"

/* --- data --- */

/* FMT-22, FMT-25 */
static void data_keeps_its_kind(void)
{
    static const formats_data rows[] = {
        { "no data", NULL, { NULL, 0 }, CE_DATA_NONE, BYTES("") },
        { "no data, but a type", "a/b", { NULL, 0 }, CE_DATA_NONE, BYTES("") },
        { "empty bytes", NULL, BYTES(""), CE_DATA_BYTES, BYTES("\x32\x00") },
        { "an empty text", "text/plain", BYTES(""), CE_DATA_TEXT,
          BYTES("\x3a\x00") },
        { "a text without a type", NULL, BYTES("x"), CE_DATA_TEXT,
          BYTES("\x3a\x01x") },
        { "bytes without a type", NULL, BYTES("x"), CE_DATA_BYTES,
          BYTES("\x32\x01x") },
        { "FMT-25 JSON is a text", "application/json", BYTES("1.50"),
          CE_DATA_JSON,
          BYTES("\x3a\x04"
                "1.50") },
        { "bytes that are JSON", "application/json", BYTES("1"), CE_DATA_BYTES,
          BYTES("\x3a\x01"
                "1") },
        { "bytes that should be JSON", "application/json", BYTES("{"),
          CE_DATA_BYTES, BYTES("\x32\x01{") },
        { "bytes that are a text", "text/plain", BYTES("\xc3\xa9"),
          CE_DATA_BYTES, BYTES("\x3a\x02\xc3\xa9") },
        { "bytes that are no text", "text/plain", BYTES("\xff"), CE_DATA_BYTES,
          BYTES("\x32\x01\xff") },
        { "messages without a type", "application/protobuf", BYTES("x"),
          CE_DATA_BYTES, BYTES("\x32\x01x") },
        { "bytes by their type", "application/octet-stream", BYTES("x"),
          CE_DATA_BYTES, BYTES("\x32\x01x") },
    };

    formats_expect_all_data("protobuf", rows, COUNT(rows));
}

/* CORE-49 */
static void an_implied_type_is_said(void)
{
    formats_open("protobuf");
    formats_from_json("\"data\":{\"n\":1.50}");
    formats_expect_encoded(BYTES(REQUIRED_FIELDS "\x2a\x25\x0a\x0f"
                                                 "datacontenttype"
                                                 "\x12\x12\x1a\x10"
                                                 "application/json"
                                                 "\x3a\x0a{\"n\":1.50}"));
    formats_close();
}

/* FMT-22 */
static void a_message_is_its_bytes_and_its_type(void)
{
    formats_open("protobuf");
    REQUIRE_OK(
        formats_decode(BYTES(REQUIRED_FIELDS ANY("\x1d", URL, "\x08\x01"))));
    EXPECT_TEXT(formats_event.data, BYTES("\x08\x01"));
    formats_expect("datacontenttype", "application/protobuf", CE_STRING);
    formats_expect("dataschema", "https://" URL, CE_URI);
    formats_again();
    formats_expect("dataschema", "https://" URL, CE_URI);
    EXPECT_EQ(formats_event.attrs.len, 6);
    formats_close();
}

static void a_message_keeps_a_schema_of_its_own(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(REQUIRED_FIELDS SCHEMA(
        "\x13", "\x05", "\x03", "a:b") ANY("\x1d", URL, "\x08\x01"))));
    formats_expect("dataschema", "a:b", CE_URI);
    formats_expect("datacontenttype",
                   "application/protobuf; type-url=\"" URL "\"", CE_STRING);
    formats_expect_encoded(BYTES(REQUIRED_FIELDS SCHEMA(
        "\x13", "\x05", "\x03", "a:b") "\x2a\x29\x0a\x0f"
                                       "datacontenttype"
                                       "\x12\x16\x1a\x14"
                                       "application/protobuf" ANY("\x1d", URL,
                                                                  "\x08\x01")));
    formats_close();
}

static void a_schema_may_be_the_url_itself(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(BYTES(REQUIRED_FIELDS SCHEMA(
        "\x27", "\x19", "\x17", URL) ANY("\x1d", URL, "\x08\x01"))));
    formats_expect("dataschema", "https://" URL, CE_URI);
    formats_close();
}

/* FMT-22 */
static void a_message_from_elsewhere_is_one_here(void)
{
    static const struct {
        const char *name, *type, *schema;
        bool is_message;
    } rows[] = {
        { "type and schema", "application/protobuf", "https://x.y/a.C", true },
        { "case", "Application/Protobuf", "https://x.y/a.C", true },
        { "a port", "application/protobuf", "https://x.y:80/a.C", true },
        { "a URL within", "application/protobuf", "https://https://x.y/a.C",
          true },
        { "another type", "application/x", "https://x.y/a.C", false },
        { "another scheme", "application/protobuf", "http://x.y/a.C", false },
        { "no name of a message", "application/protobuf", "https://x.y/a-b",
          false },
        { "no path", "application/protobuf", "https://x.y/", false },
        { "no schema", "application/protobuf", NULL, false },
        { "a foreign parameter", "a/b; type-url=\"x/y\"", NULL, false },
        { "a foreign parameter beside a schema", "a/b; type-url=\"x/y\"; c=d",
          "a:b", false },
        { "a parameter that the schema says too", "a/b; type-url=\"x/y\"",
          "https://x/y", false },
        { "a parameter of ours", "a/b; type-url=\"x/y\"", "a:b", true },
        { "a parameter whose host has a port",
          "a/b; type-url=\"https://x:1/y\"", "x:1/y", true },
        { "an empty parameter", "a/b; type-url=\"\"", "a:b", false },
    };

    formats_open("protobuf");
    for (size_t i = 0; i < COUNT(rows); i++) {
        formats_build(rows[i].type, BYTES("\x01\xff"), CE_DATA_BYTES);
        if (rows[i].schema)
            REQUIRE_OK(ce_event_set(formats_built, "dataschema", rows[i].schema,
                                    NULL));
        formats_expect_built(rows[i].name);
        EXPECT_EQ_ROW(rows[i].name, formats_encoded_holds(BYTES("\x42")),
                      rows[i].is_message);
    }
    formats_close();
}

static void what_is_no_data_is_no_message(void)
{
    formats_open("protobuf");
    formats_build("a/b; type-url=\"x/y\"", (ce_slice){ NULL, 0 }, CE_DATA_NONE);
    REQUIRE_OK(ce_event_set(formats_built, "dataschema", "a:b", NULL));
    formats_expect_built("its type stays");
    formats_close();
}

static void a_schema_that_only_ends_like_the_url_stays(void)
{
    formats_open("protobuf");
    REQUIRE_OK(formats_decode(
        BYTES(REQUIRED_FIELDS SCHEMA("\x1f", "\x11", "\x0f", "x:y/package.Mes")
                  ANY("\x1d", "https://x:y/package.Mes", "\x08\x01"))));
    formats_expect("dataschema", "x:y/package.Mes", CE_URI);
    formats_close();
}

TESTS("protobuf_data", TEST(data_keeps_its_kind), TEST(an_implied_type_is_said),
      TEST(a_message_is_its_bytes_and_its_type),
      TEST(a_message_keeps_a_schema_of_its_own),
      TEST(a_schema_may_be_the_url_itself),
      TEST(a_message_from_elsewhere_is_one_here),
      TEST(what_is_no_data_is_no_message),
      TEST(a_schema_that_only_ends_like_the_url_stays))
