/* SPDX-License-Identifier: Apache-2.0 */
/* Messages become events and change their content mode. */
#include "tests/support/ce_test.h"

static ce_arena *arena;
static ce_error err;

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

#define ATTR(name, text)                                                       \
    {                                                                          \
        { name, sizeof(name) - 1 }, { text, sizeof(text) - 1 }, CE_STRING      \
    }

static ce_attr attributes[] = {
    ATTR("specversion", "1.0"), ATTR("id", "1"),  ATTR("source", "/s"),
    ATTR("type", "t"),          ATTR("ext", "5"), ATTR("dssematerial", "x"),
};

/* The first COUNT attributes. */
static ce_message binary(unsigned count, const char *type, const char *body)
{
    return (ce_message){ .mode = CE_MODE_BINARY,
                         .content_type = ce_slice_of(type),
                         .body = ce_slice_of(body),
                         .key = CE_SLICE("k"),
                         .attrs = { attributes, count, count } };
}

static ce_message structured(const char *body)
{
    return (ce_message){ .mode = CE_MODE_STRUCTURED,
                         .format = &ce_format_json,
                         .content_type =
                             CE_SLICE("Application/CloudEvents+json;a=b"),
                         .body = ce_slice_of(body),
                         .key = CE_SLICE("k") };
}

#define REQUIRED                                                               \
    "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""

static void the_mode_is_known_by_the_content_type(void)
{
    static const struct {
        const char *name, *type;
        ce_mode mode;
    } rows[] = {
        { "HTTP-03 batch", "application/cloudevents-batch+json",
          CE_MODE_BATCH },
        { "HTTP-03 structured", "application/cloudevents+json",
          CE_MODE_STRUCTURED },
        { "HTTP-03 case", "Application/CloudEvents+JSON", CE_MODE_STRUCTURED },
        { "HTTP-04 parameters", "application/cloudevents+json; charset=UTF-8",
          CE_MODE_STRUCTURED },
        { "HTTP-06 no suffix", "application/cloudevents", CE_MODE_STRUCTURED },
        { "HTTP-06 tail", "application/cloudeventsx", CE_MODE_STRUCTURED },
        { "HTTP-03 other", "application/json", CE_MODE_BINARY },
        { "KAF-03 absent", NULL, CE_MODE_BINARY },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].name, ce_mode_of(ce_slice_of(rows[i].type)),
                      rows[i].mode);
    EXPECT_STR(ce_mode_name(CE_MODE_BATCH), "batch");
    EXPECT_STR(ce_mode_name(CE_MODE_NONE), "none");
}

static void a_binary_message_is_an_event(void)
{
    ce_message m = binary(5, "text/plain", "data");
    ce_event e;

    open();
    REQUIRE_OK(ce_message_decode(&m, arena, &e, &err));
    EXPECT_EQ(e.attrs.len, 6);
    EXPECT_TEXT(ce_event_text(&e, "ext"), "5");
    EXPECT_EQ(ce_event_get(&e, "ext")->type, CE_STRING);
    EXPECT_EQ(ce_event_get(&e, "source")->type, CE_URI_REF);
    EXPECT_TEXT(ce_event_text(&e, "datacontenttype"), "text/plain");
    EXPECT_EQ(e.data.ptr, m.body.ptr);
    EXPECT_EQ(e.data_kind, CE_DATA_BYTES);
    EXPECT_EQ(m.attrs.len, 5);
    close();
}

/* CORE-55 JSON-21 */
static void no_body_is_no_data(void)
{
    ce_message none = binary(4, NULL, NULL), empty = binary(4, NULL, "");
    ce_event e;

    open();
    REQUIRE_OK(ce_message_decode(&none, arena, &e, &err));
    EXPECT_EQ(e.data_kind, CE_DATA_NONE);
    EXPECT(!e.data.ptr);
    EXPECT_EQ(ce_event_get(&e, "datacontenttype"), NULL);
    REQUIRE_OK(ce_message_decode(&empty, arena, &e, &err));
    EXPECT_EQ(e.data_kind, CE_DATA_BYTES);
    EXPECT(e.data.ptr);
    EXPECT_EQ(e.data.len, 0);
    close();
}

static void what_is_no_event_is_refused_with_a_reason(void)
{
    static const struct {
        const char *name;
        ce_attr instead; /* of the extension */
        const char *type, *word;
    } rows[] = {
        { "CORE-05 name", ATTR("my_ext", "x"), NULL, "my_ext" },
        { "CORE-04 twice", ATTR("id", "2"), NULL, "more than once" },
        { "CORE-02 data", ATTR("data", "2"), NULL, "data" },
        { "CORE-52 time", ATTR("time", "yesterday"), NULL,
          "attribute \"time\": not an RFC 3339 timestamp: \"yesterday\"" },
        { "CORE-50 dataschema", ATTR("dataschema", "x"), NULL, "dataschema" },
        { "CORE-51 subject", ATTR("subject", ""), NULL, "subject" },
        { "HTTP-53 control character", ATTR("ext", "a\nb"), NULL, "a\\x0Ab" },
        { "KAF-30 UTF-8", ATTR("ext", "\xff"), NULL, "UTF-8" },
        { "CORE-46 content type", ATTR("ext", "x"), "xyz", "xyz" },
        { "HTTP-22 content type twice", ATTR("datacontenttype", "a/b"), "a/b",
          "datacontenttype" },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message m = binary(5, rows[i].type, "x");
        ce_attr changed[5];
        ce_event e;

        memcpy(changed, attributes, sizeof changed);
        changed[4] = rows[i].instead;
        m.attrs.at = changed;
        EXPECT_STATUS_ROW(rows[i].name, ce_message_decode(&m, arena, &e, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].word);
    }
    close();
}

/* CORE-40 HTTP-07 */
static void each_required_attribute_is_missed(void)
{
    static const char *const names[] = { "specversion", "id", "source",
                                         "type" };

    open();
    for (unsigned i = 0; i < 4; i++) {
        ce_message m = binary(4, NULL, NULL);
        ce_attr fewer[4];
        ce_event e;

        memcpy(fewer, attributes, sizeof fewer);
        fewer[i] = attributes[4];
        m.attrs.at = fewer;
        EXPECT_STATUS_ROW(names[i], ce_message_decode(&m, arena, &e, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(names[i], err.text, names[i]);
    }
    close();
}

static void only_single_events_of_known_formats_are_decoded(void)
{
    ce_message m = structured("{}");
    ce_event e;

    open();
    m.format = NULL;
    EXPECT_STATUS(ce_message_decode(&m, arena, &e, &err), CE_ENOTSUP);
    m.mode = CE_MODE_BATCH;
    EXPECT_STATUS(ce_message_decode(&m, arena, &e, &err), CE_EINVAL);
    m.mode = CE_MODE_NONE;
    EXPECT_STATUS(ce_message_decode(&m, arena, &e, &err), CE_EINVAL);
    close();
}

/* CORE-66 EXT-02 EXT-18 */
static void what_is_as_wanted_is_not_touched(void)
{
    ce_message messages[] = { binary(1, "xyz", "\xff"), structured("{oops") };
    const ce_message *out;
    ce_message tmp;

    open();
    for (unsigned i = 0; i < 2; i++) {
        const ce_message *m = &messages[i];

        EXPECT_OK(
            ce_message_as(m, m->mode, m->format, arena, &tmp, &out, &err));
        EXPECT_EQ(out, m);
        EXPECT_OK(ce_message_as(m, m->mode, NULL, arena, &tmp, &out, &err));
        EXPECT_EQ(out, m);
        EXPECT_OK(
            ce_message_as(m, CE_MODE_NONE, NULL, arena, &tmp, &out, &err));
        EXPECT_EQ(out, m);
    }
    EXPECT_EQ(ce_arena_used(arena), 0);
    close();
}

/* CORE-06 CORE-64 JSON-26 SDK-01 SDK-08 */
static void binary_becomes_structured_and_back(void)
{
    static const struct {
        const char *name, *type, *body, *member;
    } rows[] = {
        { "JSON-28 JSON", "application/json", "{\"a\":1.50, \"b\":1e400}",
          ",\"data\":{\"a\":1.50, \"b\":1e400}}" },
        { "JSON-28 no JSON", "application/json", "{",
          ",\"data_base64\":\"ew==\"}" },
        { "JSON-29 text", "text/plain", "I'm", ",\"data\":\"I'm\"}" },
        { "JSON-30 no type", NULL, "x", ",\"data_base64\":\"eA==\"}" },
        { "CORE-55 empty", "text/plain", "", ",\"data\":\"\"}" },
        { "CORE-48 no data, but a type", "text/plain", NULL,
          "\"datacontenttype\":\"text/plain\"}" },
        { "CORE-55 nothing", NULL, NULL, "\"ext\":\"5\"}" },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message m = binary(5, rows[i].type, rows[i].body), there, back;
        const ce_message *s, *b;
        ce_event before, after;

        REQUIRE_OK(ce_message_as(&m, CE_MODE_STRUCTURED, &ce_format_json, arena,
                                 &there, &s, &err));
        EXPECT_EQ(s, &there);
        EXPECT_EQ(s->mode, CE_MODE_STRUCTURED);
        EXPECT_TEXT(s->content_type, "application/cloudevents+json");
        EXPECT_TEXT(s->key, "k");
        EXPECT_CMP_ROW(rows[i].name, s->body.len, >, strlen(rows[i].member));
        EXPECT_ROW(rows[i].name,
                   !memcmp(s->body.ptr + s->body.len - strlen(rows[i].member),
                           rows[i].member, strlen(rows[i].member)));
        REQUIRE_OK(
            ce_message_as(s, CE_MODE_BINARY, NULL, arena, &back, &b, &err));
        EXPECT_EQ(b->mode, CE_MODE_BINARY);
        EXPECT_TEXT(b->key, "k");
        EXPECT_OK(ce_message_decode(&m, arena, &before, &err));
        EXPECT_OK(ce_message_decode(b, arena, &after, &err));
        EXPECT_ROW(rows[i].name, ce_event_equal(&before, &after));
        EXPECT_TEXT_ROW(rows[i].name, b->content_type, m.content_type);
        EXPECT_ROW(rows[i].name, !b->content_type.ptr == !m.content_type.ptr);
    }
    close();
}

/* CORE-49 JSON-42 JSON-44 */
static void an_implied_content_type_is_said(void)
{
    ce_message m = structured("{" REQUIRED ",\"data\":\"I'm\"}"), tmp;
    const ce_message *out;

    open();
    REQUIRE_OK(
        ce_message_as(&m, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err));
    EXPECT_TEXT(out->content_type, "application/json");
    EXPECT_TEXT(out->body, "\"I'm\"");
    EXPECT_EQ(out->attrs.len, 4);
    close();
}

/* EXT-18 */
static void a_signed_event_is_not_given_a_content_type(void)
{
    ce_message without =
        structured("{" REQUIRED ",\"dssematerial\":\"x\", \"data\":1}");
    ce_message with =
        structured("{" REQUIRED ",\"dssematerial\":\"x\",\"datacontenttype\":"
                   "\"a/json\",\"data\":1}");
    ce_message tmp;
    const ce_message *out;

    open();
    EXPECT_OK(
        ce_message_as(&without, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err));
    EXPECT_EQ(out, &without);
    EXPECT_OK(
        ce_message_as(&with, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err));
    EXPECT_EQ(out->mode, CE_MODE_BINARY);
    EXPECT_TEXT(out->content_type, "a/json");
    close();
}

/* CORE-69 */
static void an_event_within_an_event_stays_structured(void)
{
    ce_message m = structured(
        "{" REQUIRED ",\"datacontenttype\":\"application/cloudevents+json\","
        "\"data\":{}}");
    ce_message tmp;
    const ce_message *out;

    open();
    EXPECT_OK(ce_message_as(&m, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err));
    EXPECT_EQ(out->mode, CE_MODE_STRUCTURED);
    close();
}

static void what_cannot_be_transcoded_says_why(void)
{
    ce_message bad = structured("{oops"), m = binary(4, NULL, NULL), tmp;
    const ce_message *out;

    open();
    EXPECT_STATUS(
        ce_message_as(&bad, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err),
        CE_ESYNTAX);
    EXPECT_CONTAINS(err.text, "JSON");
    EXPECT_STATUS(ce_message_as(&m, CE_MODE_BATCH, &ce_format_json, arena, &tmp,
                                &out, &err),
                  CE_ENOTSUP);
    EXPECT_CONTAINS(err.text, "batch");
    close();
}

/* CORE-30 CORE-11 */
static void types_survive_structured_mode_only(void)
{
    ce_message m = structured("{" REQUIRED ",\"n\":5,\"b\":true}"), tmp, again;
    const ce_message *out;

    open();
    REQUIRE_OK(
        ce_message_as(&m, CE_MODE_BINARY, NULL, arena, &tmp, &out, &err));
    EXPECT_TEXT(ce_attrs_find(&out->attrs, CE_SLICE("n"))->text, "5");
    EXPECT_TEXT(ce_attrs_find(&out->attrs, CE_SLICE("b"))->text, "true");
    for (unsigned i = 0; i < tmp.attrs.len; i++)
        tmp.attrs.at[i].type = CE_STRING;
    REQUIRE_OK(ce_message_as(&tmp, CE_MODE_STRUCTURED, &ce_format_json, arena,
                             &again, &out, &err));
    EXPECT_TEXT(out->body, "{" REQUIRED ",\"n\":\"5\",\"b\":\"true\"}");
    close();
}

TESTS("message", TEST(the_mode_is_known_by_the_content_type),
      TEST(a_binary_message_is_an_event), TEST(no_body_is_no_data),
      TEST(what_is_no_event_is_refused_with_a_reason),
      TEST(each_required_attribute_is_missed),
      TEST(only_single_events_of_known_formats_are_decoded),
      TEST(what_is_as_wanted_is_not_touched),
      TEST(binary_becomes_structured_and_back),
      TEST(an_implied_content_type_is_said),
      TEST(a_signed_event_is_not_given_a_content_type),
      TEST(an_event_within_an_event_stays_structured),
      TEST(what_cannot_be_transcoded_says_why),
      TEST(types_survive_structured_mode_only))
