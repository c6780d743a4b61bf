/* SPDX-License-Identifier: Apache-2.0 */
/* Events of CloudEvents 0.3 are read, relayed as they are, and upgraded
 * (SDK-13). */
#include "tests/support/ce_test.h"

static ce_arena *arena;
static ce_error err;

#define REQUIRED                                                               \
    "\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""
#define EVENT(members) "{" REQUIRED members "}"
#define UPGRADED(members)                                                      \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                     \
    "s\",\"type\":\"t\"" members "}"

static void open(void)
{
    arena = ce_arena_new();
    REQUIRE(arena != NULL);
    err = (ce_error){ 0 };
}

static void close(void)
{
    ce_arena_free(arena);
}

static ce_status decode(const char *text, ce_event *out)
{
    err = (ce_error){ 0 };
    return ce_format_json.decode(ce_slice_of(text), arena, out, &err);
}

static ce_slice encode(const ce_event *e)
{
    ce_buf out = { NULL, 0, 0 };
    ce_slice text;

    REQUIRE_OK(ce_format_json.encode(e, &out));
    REQUIRE_OK(ce_arena_copy(arena, ce_buf_slice(&out), &text));
    ce_buf_free(&out);
    return text;
}

#define ATTR(name, text)                                                       \
    {                                                                          \
        { name, sizeof(name) - 1 }, { text, sizeof(text) - 1 }, CE_STRING      \
    }

/* With an encoding unless it is NULL; borrows ATTRS. */
static ce_message binary(ce_attr attrs[5], const char *body,
                         const char *encoding)
{
    static const ce_attr all[] = { ATTR("specversion", "0.3"), ATTR("id", "1"),
                                   ATTR("source", "/s"), ATTR("type", "t"),
                                   ATTR("datacontentencoding", "") };
    unsigned count = encoding ? 5 : 4;

    memcpy(attrs, all, sizeof all);
    attrs[4].text = ce_slice_of(encoding);
    return (ce_message){ .mode = CE_MODE_BINARY,
                         .content_type = CE_SLICE("image/png"),
                         .body = ce_slice_of(body),
                         .attrs = { attrs, count, count } };
}

static ce_slice structured(const ce_message *m)
{
    ce_message tmp;
    const ce_message *out;

    REQUIRE_OK(ce_message_as(m, CE_MODE_STRUCTURED, &ce_format_json, arena,
                             &tmp, &out, &err));
    return out->body;
}

static void a_structured_event_is_read(void)
{
    ce_event e;

    open();
    REQUIRE_OK(
        decode(EVENT(",\"schemaurl\":\"/x\",\"datacontenttype\":\"a/b+json"
                     "\",\"data\":{\"a\":1.50}"),
               &e));
    EXPECT_TEXT(ce_event_text(&e, "schemaurl"), "/x");
    EXPECT_TEXT(e.data, "{\"a\":1.50}");
    EXPECT_EQ(e.data_kind, CE_DATA_JSON);
    close();
}

static void what_goes_through_is_not_changed(void)
{
    static const char *const rows[] = {
        EVENT(""),
        EVENT(",\"schemaurl\":\"/x\",\"ext\":5"),
        EVENT(",\"datacontenttype\":\"application/json\",\"data\":[1.50]"),
        EVENT(",\"datacontenttype\":\"text/plain\",\"data\":\"a b\""),
        EVENT(",\"datacontenttype\":\"image/png\",\"datacontentencoding\":"
              "\"base64\",\"data\":\"//4=\""),
        EVENT(",\"datacontenttype\":\"application/json\","
              "\"datacontentencoding\":\"Base64\",\"data\":\"e30=\""),
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message there, back;
        ce_event e;

        REQUIRE_OK(decode(rows[i], &e));
        EXPECT_TEXT(encode(&e), rows[i]);
        REQUIRE_OK(ce_message_encode(&e, CE_MODE_BINARY, NULL, arena, &there));
        REQUIRE_OK(ce_message_decode(&there, arena, &e, &err));
        REQUIRE_OK(
            ce_message_encode(&e, CE_MODE_STRUCTURED, NULL, arena, &back));
        REQUIRE_OK(ce_message_decode(&back, arena, &e, &err));
        REQUIRE_OK(ce_message_encode(&e, CE_MODE_BINARY, NULL, arena, &back));
        EXPECT_TEXT_ROW(rows[i], there.body, back.body);
        EXPECT_EQ_ROW(rows[i], there.attrs.len, back.attrs.len);
    }
    close();
}

static void bytes_become_text_in_json_only_with_their_encoding(void)
{
#define BEGIN REQUIRED ",\"datacontenttype\":\"image/png\","
    static const char replaced[] =
        "{" BEGIN "\"datacontentencoding\":\"base64\",\"data\":\"//4=\"}";
    static const struct {
        const char *name, *body, *encoding, *expected;
    } rows[] = {
        { "bytes", "\xff\xfe", NULL, replaced },
        { "bytes, said to be text", "\xff\xfe", "base64", replaced },
        { "bytes, encoded as they are", "\xff\xfe", "8bit", replaced },
        { "text", "//4=", "base64",
          EVENT(",\"datacontentencoding\":\"base64\",\"datacontenttype\":"
                "\"image/png\",\"data\":\"//4=\"") },
    };
#undef BEGIN

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_attr attrs[5];
        ce_message m = binary(attrs, rows[i].body, rows[i].encoding);

        EXPECT_TEXT(structured(&m), rows[i].expected);
    }
    close();
}

static void what_is_no_event_of_that_version_is_refused(void)
{
    static const struct {
        const char *name, *text, *word;
    } rows[] = {
        { "1.0's member", EVENT(",\"data_base64\":\"\""), "data_base64" },
        { "encoded, but no string",
          EVENT(",\"datacontentencoding\":\"base64\",\"data\":{}"),
          "datacontentencoding" },
        { "no id", "{\"specversion\":\"0.3\",\"source\":\"/s\",\"type\":\"t\"}",
          "\"id\"" },
        { "0.2",
          "{\"specversion\":\"0.2\",\"id\":\"1\",\"source\":\"/s\","
          "\"type\":\"t\"}",
          "0.2" },
    };
    ce_event e;

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_STATUS_ROW(rows[i].name, decode(rows[i].text, &e), CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].word);
    }
    close();
}

static void an_upgrade_makes_it_1_0(void)
{
    static const struct {
        const char *old, *now;
    } rows[] = {
        { EVENT(""), UPGRADED("") },
        { EVENT(",\"schemaurl\":\"http://a/b\",\"n\":5"),
          UPGRADED(",\"dataschema\":\"http://a/b\",\"n\":5") },
        { EVENT(",\"datacontenttype\":\"application/json\",\"data\":[1.50]"),
          UPGRADED(",\"datacontenttype\":\"application/json\","
                   "\"data\":[1.50]") },
        { EVENT(",\"datacontentencoding\":\"base64\",\"datacontenttype\":"
                "\"image/png\",\"data\":\"//4=\""),
          UPGRADED(",\"datacontenttype\":\"image/png\","
                   "\"data_base64\":\"//4=\"") },
        { EVENT(",\"datacontentencoding\":\"BASE64\",\"datacontenttype\":"
                "\"application/json\",\"data\":\"eyJhIjoxLjUwfQ==\""),
          UPGRADED(",\"datacontenttype\":\"application/json\","
                   "\"data\":{\"a\":1.50}") },
        { EVENT(",\"datacontentencoding\":\"7bit\",\"datacontenttype\":"
                "\"text/plain\",\"data\":\"a\""),
          UPGRADED(",\"datacontenttype\":\"text/plain\",\"data\":\"a\"") },
        { EVENT(",\"datacontentencoding\":\"base64\""), UPGRADED("") },
        { UPGRADED(",\"schemaurl\":\"x\",\"datacontentencoding\":\"base64\""),
          UPGRADED(",\"schemaurl\":\"x\",\"datacontentencoding\":"
                   "\"base64\"") },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_event e, now;

        REQUIRE_OK(decode(rows[i].old, &e));
        REQUIRE_OK(ce_event_upgrade(&e, arena, &now, &err));
        EXPECT_TEXT(encode(&now), rows[i].now);
        EXPECT_TEXT(encode(&e), rows[i].old);
    }
    close();
}

static void an_encoding_means_nothing_for_bytes_that_are_no_text(void)
{
    ce_attr attrs[5];
    ce_message m = binary(attrs, "\xff\xfe", "base64");
    ce_event e, now;

    open();
    REQUIRE_OK(ce_message_decode(&m, arena, &e, &err));
    REQUIRE_OK(ce_event_upgrade(&e, arena, &now, &err));
    EXPECT_TEXT(now.data, "\xff\xfe");
    EXPECT_EQ(ce_event_get(&now, "datacontentencoding"), NULL);
    close();
}

static void what_has_no_1_0_form_is_named(void)
{
    static const struct {
        const char *name, *text, *word;
    } rows[] = {
        { "a relative schema", EVENT(",\"schemaurl\":\"/x\""), "dataschema" },
        { "two schemas",
          EVENT(",\"schemaurl\":\"http://a/b\",\"dataschema\":\"http://c/d\""),
          "dataschema" },
        { "another encoding",
          EVENT(",\"datacontentencoding\":\"quoted-printable\""),
          "quoted-printable" },
        { "no Base64",
          EVENT(",\"datacontentencoding\":\"base64\",\"data\":\"?\""),
          "no valid Base64" },
    };
    ce_event e, now;

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        REQUIRE_OK(decode(rows[i].text, &e));
        EXPECT_STATUS_ROW(rows[i].name, ce_event_upgrade(&e, arena, &now, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].word);
    }
    close();
}

TESTS("legacy", TEST(a_structured_event_is_read),
      TEST(what_goes_through_is_not_changed),
      TEST(bytes_become_text_in_json_only_with_their_encoding),
      TEST(what_is_no_event_of_that_version_is_refused),
      TEST(an_upgrade_makes_it_1_0),
      TEST(an_encoding_means_nothing_for_bytes_that_are_no_text),
      TEST(what_has_no_1_0_form_is_named))
