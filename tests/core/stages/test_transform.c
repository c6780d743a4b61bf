/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that a route sets, in every format, and what becomes of a
 * signature. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

#define EVENT(members)                                                         \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                     \
    "s\",\"type\":\"t\"" members "}"

static ce_rig rig;
static ce_edits edits;

static void open_stage(const char *name, const char *value)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    edits = (ce_edits){ NULL, 0 };
    REQUIRE_OK(ce_edits_add(&edits, name, value, NULL));
    REQUIRE_OK(ce_transform_stage(&s, rig.top, &edits));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void close_stage(void)
{
    ce_edits_free(&edits);
    ce_rig_close(&rig, NULL);
}

/* The message that the sink got for M. */
static const ce_message *send(const ce_message *m)
{
    int n = ce_mem_arrive_message(rig.source, m);

    REQUIRE_CMP(n, >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    return &ce_mem_sent_at(rig.sink, 0)->message;
}

typedef struct row {
    const char *title, *name, *value, *before, *after;
} row;

static const row rows[] = {
    { "an attribute is set", "subject", "{id}", EVENT(",\"n\":1"),
      EVENT(",\"n\":1,\"subject\":\"1\"") },
    { "an attribute is replaced", "type", "u", EVENT(",\"data\":1.50"),
      "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"u\""
      ",\"datacontenttype\":\"application/json\",\"data\":1.50}" },
    { "EXT-17 a signature goes with a change", "subject", "x",
      EVENT(",\"dssematerial\":\"AQ==\",\"n\":1"),
      EVENT(",\"n\":1,\"subject\":\"x\"") },
    { "EXT-17 it stays without one", "type", "t",
      EVENT(",\"dssematerial\":\"AQ==\",\"n\":1"),
      EVENT(",\"dssematerial\":\"AQ==\",\"n\":1") },
    { "EXT-17 a new one may come with a change", "dssematerial",
      "Ag==", EVENT(",\"dssematerial\":\"AQ==\""),
      EVENT(",\"dssematerial\":\"Ag==\"") },
};

static void structured_events_are_edited(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message m = {
            .mode = CE_MODE_STRUCTURED,
            .format = &ce_format_json,
            .content_type = CE_SLICE("application/cloudevents+json"),
            .body = ce_slice_of(rows[i].before),
        };

        open_stage(rows[i].name, rows[i].value);
        EXPECT_TEXT(send(&m)->body, rows[i].after);
        close_stage();
    }
}

/* EXT-17 */
static void binary_events_lose_their_signature_too(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("dssematerial"), CE_SLICE("AQ=="), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .body = CE_SLICE("x"),
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };
    const ce_message *sent;

    open_stage("type", "u");
    sent = send(&m);
    EXPECT(!ce_attrs_find(&sent->attrs, CE_SLICE("dssematerial")));
    EXPECT_TEXT(ce_attrs_find(&sent->attrs, CE_SLICE("type"))->text, "u");
    EXPECT_EQ(sent->attrs.len, 4);
    close_stage();
    open_stage("datacontenttype", "text/plain");
    sent = send(&m);
    EXPECT(!ce_attrs_find(&sent->attrs, CE_SLICE("dssematerial")));
    EXPECT_TEXT(sent->content_type, "text/plain");
    close_stage();
}

/* It is an event all the same: its letter is that event. */
static void an_event_without_a_value_is_refused_but_not_malformed(void)
{
    static const ce_message m = {
        .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json"),
        .body = CE_SLICE(EVENT(",\"data\":{}")),
    };
    const ce_result *r;
    int n;

    open_stage("subject", "{data/orderId}");
    n = ce_mem_arrive_message(rig.source, &m);
    REQUIRE_CMP(n, >=, 0);
    r = &ce_rig_outcome(&rig, n)->result;
    EXPECT_VERDICT(*r, CE_NACK);
    EXPECT(!r->malformed);
    EXPECT_STR(
        r->reason,
        "attribute \"subject\": the message has no value for {data/orderId}");
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    close_stage();
}

/* An event in FORMAT; LIVES keeps its bytes. */
static ce_message message(const char *format, ce_arena *lives)
{
    static const char text[] =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
        "\"type\":\"t\",\"data\":1.50}";
    ce_message json = { .mode = CE_MODE_STRUCTURED,
                        .format = &ce_format_json,
                        .body = CE_SLICE(text) };
    const ce_message *out;
    ce_message tmp;

    REQUIRE_OK(ce_message_as(&json, CE_MODE_STRUCTURED,
                             ce_format_named(ce_slice_of(format)), lives, &tmp,
                             &out, NULL));
    return *out;
}

static const char *const names[] = { "json", "protobuf", "avro", "xml" };

static void an_attribute_is_set_in_every_format(void)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        ce_arena *lives = ce_arena_new();
        const ce_message *sent;
        ce_message m;
        int n;

        REQUIRE(lives != NULL);
        m = message(names[i], lives);
        open_stage("subject", "<{id}>");
        n = ce_mem_arrive_message(rig.source, &m);
        REQUIRE_CMP(n, >=, 0);
        EXPECT_VERDICT_ROW(names[i], ce_rig_outcome(&rig, n)->result, CE_ACK);
        REQUIRE_EQ(ce_mem_count(rig.sink), 1);
        sent = &ce_mem_sent_at(rig.sink, 0)->message;
        EXPECT_EQ_ROW(names[i], sent->format, m.format);
        EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "subject"), "<1>");
        close_stage();
        ce_arena_free(lives);
    }
}

static void what_cannot_be_written_is_refused(void)
{
    static const struct {
        const char *format, *name, *value, *says;
    } refused[] = {
        { "xml", "1st", "x",
          "xml cannot carry attribute \"1st\": the name of an element begins "
          "with a letter" },
        { "protobuf", "time", "0000-01-01T00:00:00+01:00",
          "protobuf cannot carry attribute \"time\": outside the years 0 to "
          "9999 in UTC: \"0000-01-01T00:00:00+01:00\"" },
        { "protobuf", "time", "{id}",
          "attribute \"time\": not an RFC 3339 timestamp: \"1\"" },
        { "json", "time", "{id}",
          "attribute \"time\": not an RFC 3339 timestamp: \"1\"" },
    };

    for (size_t i = 0; i < COUNT(refused); i++) {
        ce_arena *lives = ce_arena_new();
        const ce_mem_outcome *o;
        ce_message m;
        int n;

        REQUIRE(lives != NULL);
        m = message(refused[i].format, lives);
        open_stage(refused[i].name, refused[i].value);
        n = ce_mem_arrive_message(rig.source, &m);
        REQUIRE_CMP(n, >=, 0);
        o = ce_rig_outcome(&rig, n);
        EXPECT_VERDICT_ROW(refused[i].says, o->result, CE_NACK);
        EXPECT_TEXT(ce_slice_of(o->result.reason), refused[i].says);
        EXPECT_EQ(ce_mem_count(rig.sink), 0);
        close_stage();
        ce_arena_free(lives);
    }
}

TESTS("transform", TEST(structured_events_are_edited),
      TEST(binary_events_lose_their_signature_too),
      TEST(an_event_without_a_value_is_refused_but_not_malformed),
      TEST(an_attribute_is_set_in_every_format),
      TEST(what_cannot_be_written_is_refused))
