/* SPDX-License-Identifier: Apache-2.0 */
/* Records and messages: each row names the requirement that it is about. */
#include "bindings/kafka/codec.h"
#include "tests/support/ce_test.h"

typedef struct header {
    const char *name, *value; /* VALUE NULL: a null value */
} header;

#define BINARY                                                                 \
    { "ce_specversion", "1.0" }, { "ce_id", "1" }, { "ce_source", "/s" },      \
    {                                                                          \
        "ce_type", "t"                                                         \
    }

static ce_delivery delivery;
static rd_kafka_headers_t *headers;

static void read_headers(const header *from)
{
    delivery = (ce_delivery){ .arena = ce_arena_new() };
    delivery.message.body = CE_SLICE("body");
    headers = rd_kafka_headers_new(8);
    for (; from->name; from++)
        rd_kafka_header_add(headers, from->name, -1, from->value,
                            from->value ? -1 : 0);
    REQUIRE_OK(ce_kafka_decode(&delivery, headers, &ce_kafka_exact, NULL));
}

static void forget(void)
{
    rd_kafka_headers_destroy(headers);
    ce_arena_free(delivery.arena);
}

/* Absent: there is no such attribute. */
static ce_slice text_of(const ce_attrs *attrs, const char *name)
{
    const ce_attr *a = ce_attrs_find(attrs, ce_slice_of(name));

    return a ? a->text : ce_slice_of(NULL);
}

static const struct {
    const char *name;
    header from[8];
    ce_mode mode;
    const char *content_type;
    bool plain;
} record_modes[] = {
    { "KAF-03 structured",
      { { "content-type", "application/cloudevents+json" } },
      CE_MODE_STRUCTURED,
      "application/cloudevents+json",
      false },
    { "KAF-03 structured whatever the case, with parameters",
      { { "content-type", "Application/CloudEvents+JSON; charset=utf-8" } },
      CE_MODE_STRUCTURED,
      "Application/CloudEvents+JSON; charset=utf-8",
      false },
    { "KAF-12 structured, ce_ headers are ignored",
      { { "content-type", "application/cloudevents+json" }, BINARY },
      CE_MODE_STRUCTURED,
      "application/cloudevents+json",
      false },
    { "KAF-04 an unknown format is not taken for another",
      { { "content-type", "application/cloudevents+unknown" } },
      CE_MODE_STRUCTURED,
      "application/cloudevents+unknown",
      false },
    { "KAF-01 a batch is left to those who split it",
      { { "content-type", "application/cloudevents-batch+json" } },
      CE_MODE_BATCH,
      "application/cloudevents-batch+json",
      false },
    { "KAF-03 binary without a content type",
      { BINARY },
      CE_MODE_BINARY,
      NULL,
      false },
    { "KAF-05 binary with a content type",
      { BINARY, { "content-type", "text/plain" } },
      CE_MODE_BINARY,
      "text/plain",
      false },
    { "KAF-31 another spelling of content-type",
      { BINARY, { "Content-Type", "text/plain" } },
      CE_MODE_BINARY,
      "text/plain",
      false },
    { "KAF-31 the exact spelling wins",
      { BINARY,
        { "Content-Type", "text/html" },
        { "content-type", "text/plain" } },
      CE_MODE_BINARY,
      "text/plain",
      false },
    { "KAF-32 ce- headers are foreign",
      { { "ce-specversion", "1.0" }, { "ce-id", "1" } },
      CE_MODE_NONE,
      NULL,
      true },
    { "KAF-31 CE_SPECVERSION is foreign",
      { { "CE_SPECVERSION", "1.0" } },
      CE_MODE_NONE,
      NULL,
      true },
    { "KAF-30 a null ce_specversion is none",
      { { "ce_specversion", NULL } },
      CE_MODE_NONE,
      NULL,
      true },
    { "plain with a content type",
      { { "content-type", "text/plain" }, { "x", "y" } },
      CE_MODE_NONE,
      "text/plain",
      true },
};

static void detects_the_mode_of_each_record(void)
{
    for (size_t i = 0; i < COUNT(record_modes); i++) {
        read_headers(record_modes[i].from);
        EXPECT_EQ_ROW(record_modes[i].name, delivery.message.mode,
                      record_modes[i].mode);
        EXPECT_EQ_ROW(record_modes[i].name, delivery.defect.plain,
                      record_modes[i].plain);
        EXPECT_TEXT_ROW(record_modes[i].name, delivery.message.content_type,
                        record_modes[i].content_type);
        EXPECT_ROW(record_modes[i].name, !delivery.message.content_type.ptr ==
                                             !record_modes[i].content_type);
        EXPECT_EQ_ROW(record_modes[i].name,
                      (delivery.message.mode == CE_MODE_NONE),
                      (delivery.defect.reason != NULL));
        forget();
    }
}

static void reads_attributes_as_they_are(void)
{
    static const struct {
        const char *name;
        header from[8];
        const char *attribute, *text;
    } rows[] = {
        { "KAF-06 an extension",
          { BINARY, { "ce_comext", "x y" } },
          "comext",
          "x y" },
        { "KAF-07 no percent-decoding",
          { BINARY, { "ce_subject", "a%20\"b\"" } },
          "subject",
          "a%20\"b\"" },
        { "KAF-07 UTF-8",
          { BINARY, { "ce_subject", "\xe2\x82\xac" } },
          "subject",
          "\xe2\x82\xac" },
        { "an empty value stays",
          { BINARY, { "ce_subject", "" } },
          "subject",
          "" },
        { "KAF-30 a null value is an absent attribute",
          { BINARY, { "ce_subject", NULL } },
          "subject",
          NULL },
        { "KAF-05 datacontenttype lies in the content type",
          { BINARY, { "ce_datacontenttype", "text/plain" } },
          "datacontenttype",
          NULL },
        { "KAF-32 foreign headers are no attributes",
          { BINARY, { "authorization", "secret" } },
          "authorization",
          NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_headers(rows[i].from);
        EXPECT_EQ_ROW(rows[i].name, delivery.message.mode, CE_MODE_BINARY);
        EXPECT_TEXT_ROW(rows[i].name,
                        text_of(&delivery.message.attrs, rows[i].attribute),
                        rows[i].text);
        EXPECT_TEXT_ROW(rows[i].name, text_of(&delivery.message.attrs, "id"),
                        "1");
        forget();
    }
}

static void refuses_what_contradicts_itself(void)
{
    static const struct {
        const char *name;
        header from[8];
        const char *defect; /* NULL: it is fine */
    } rows[] = {
        { "KAF-30 an attribute twice",
          { BINARY, { "ce_id", "2" } },
          "header \"ce_id\" comes twice" },
        { "KAF-30 an extension twice, with the same value",
          { BINARY, { "ce_x", "2" }, { "ce_x", "2" } },
          "header \"ce_x\" comes twice" },
        { "KAF-30 content-type twice",
          { BINARY, { "content-type", "a/b" }, { "content-type", "a/b" } },
          "header \"content-type\" comes twice" },
        { "KAF-05 ce_datacontenttype beside an equal content-type",
          { BINARY,
            { "content-type", "a/b" },
            { "ce_datacontenttype", "a/b" } },
          NULL },
        { "KAF-05 ce_datacontenttype against content-type",
          { BINARY,
            { "content-type", "a/b" },
            { "ce_datacontenttype", "a/c" } },
          "header \"ce_datacontenttype\" \"a/c\" contradicts "
          "\"content-type\" \"a/b\"" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_headers(rows[i].from);
        EXPECT_ROW(rows[i].name, !delivery.defect.plain);
        if (rows[i].defect) {
            EXPECT_EQ_ROW(rows[i].name, delivery.message.mode, CE_MODE_NONE);
            EXPECT_TEXT(ce_slice_of(delivery.defect.reason), rows[i].defect);
            /* A dead letter shows all that came. */
            EXPECT_TEXT_ROW(rows[i].name,
                            text_of(&delivery.origin.metadata, "ce_source"),
                            "/s");
        } else {
            EXPECT_EQ_ROW(rows[i].name, delivery.message.mode, CE_MODE_BINARY);
            EXPECT_STR_ROW(rows[i].name, delivery.defect.reason, NULL);
        }
        forget();
    }
}

static void keeps_foreign_headers_as_metadata_only(void)
{
    static const header from[] = {
        { "trace", "1" }, BINARY, { "x-null", NULL }, { NULL, NULL }
    };

    read_headers(from);
    EXPECT_EQ(delivery.message.attrs.len, 4);
    EXPECT_EQ(delivery.origin.metadata.len, 2);
    EXPECT_TEXT(text_of(&delivery.origin.metadata, "trace"), "1");
    EXPECT(!ce_attrs_find(&delivery.origin.metadata, CE_SLICE("x-null"))
                ->text.ptr);
    forget();
}

static const struct {
    const char *name;
    header from[8];
    bool is_exact;
} same_headers[] = {
    { "attributes", { BINARY }, true },
    { "in any order", { { "content-type", "a/b" }, BINARY }, true },
    { "an empty one", { BINARY, { "ce_ext", "" } }, true },
    { "a foreign one", { BINARY, { "other", "1" } }, false },
    { "an absent one", { BINARY, { "ce_ext", NULL } }, false },
    { "an absent type", { BINARY, { "content-type", NULL } }, false },
    { "another spelling", { BINARY, { "Content-Type", "a/b" } }, false },
    { "another place", { BINARY, { "ce_datacontenttype", "a/b" } }, false },
    { "one twice", { BINARY, { "ce_id", "1" } }, false },
    { "no event", { { "ce_id", "1" }, { "ce_type", "t" } }, false },
    { "structured",
      { { "content-type", "application/cloudevents+json" } },
      false },
};

/* A sink of Kafka takes them as they are: they have to be what it would
 * write. */
static void knows_headers_that_it_would_write_itself(void)
{
    for (size_t i = 0; i < COUNT(same_headers); i++) {
        ce_kafka_notes notes;

        read_headers(same_headers[i].from);
        ce_arena_reset(delivery.arena);
        delivery = (ce_delivery){ .arena = delivery.arena };
        REQUIRE_OK(
            ce_kafka_decode(&delivery, headers, &ce_kafka_exact, &notes));
        EXPECT_EQ_ROW(same_headers[i].name, notes.is_exact,
                      same_headers[i].is_exact);
        forget();
    }
}

static void a_record_without_headers_is_plain(void)
{
    delivery = (ce_delivery){ .arena = ce_arena_new() };
    REQUIRE_OK(ce_kafka_decode(&delivery, NULL, &ce_kafka_exact, NULL));
    EXPECT(delivery.defect.plain);
    EXPECT_EQ(delivery.message.mode, CE_MODE_NONE);
    EXPECT(delivery.defect.reason != NULL);
    ce_arena_free(delivery.arena);
}

/* KAF-08, KAF-09, KAF-10: the value is the data; none and empty differ. */
static void the_value_is_the_data(void)
{
    static const struct {
        const char *name;
        ce_slice value;
        ce_data_kind kind;
    } rows[] = {
        { "KAF-08 bytes", { "\0\xff", 2 }, CE_DATA_BYTES },
        { "KAF-09 a null value is no data", { NULL, 0 }, CE_DATA_NONE },
        { "KAF-10 an empty value is empty data", { "", 0 }, CE_DATA_BYTES },
    };
    static const header from[] = {
        BINARY, { "content-type", "application/octet-stream" }, { NULL, NULL }
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_event *e;

        read_headers(from);
        delivery.message.body = rows[i].value;
        e = ce_delivery_event(&delivery, NULL);
        REQUIRE(e != NULL);
        EXPECT_EQ_ROW(rows[i].name, e->data_kind, rows[i].kind);
        EXPECT_TEXT_ROW(rows[i].name, e->data, rows[i].value);
        EXPECT_ROW(rows[i].name, !e->data.ptr == !rows[i].value.ptr);
        forget();
    }
}

static const char json[] = "{\"specversion\":\"1.0\",\"id\":\"1\","
                           "\"source\":\"/s\",\"type\":\"t\","
                           "\"data\":{\"n\":1.50}}";

/* KAF-02, KAF-11: JSON, and an event without data is a value all the same. */
static void json_is_read_as_structured(void)
{
    static const header from[] = {
        { "content-type", "application/cloudevents+json; charset=UTF-8" },
        { NULL, NULL }
    };
    const ce_event *e;

    read_headers(from);
    delivery.message.body = CE_SLICE(json);
    EXPECT_EQ(delivery.message.format, &ce_format_json);
    e = ce_delivery_event(&delivery, NULL);
    REQUIRE(e != NULL);
    EXPECT_TEXT(e->data, "{\"n\":1.50}");
    EXPECT_TEXT(ce_event_text(e, "id"), "1");
    forget();
}

static void what_says_nothing_is_json_only_when_asked(void)
{
    static const struct {
        const char *name;
        header from[3];
        bool assumed;
    } rows[] = {
        { "KAF-14 no headers", { { NULL, NULL } }, true },
        { "KAF-14 foreign headers", { { "trace", "1" } }, true },
        { "KAF-14 a content type",
          { { "content-type", "application/json" } },
          false },
        { "KAF-14 part of a binary event", { { "ce_id", "1" } }, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_headers(rows[i].from);
        EXPECT_EQ_ROW(rows[i].name, delivery.message.mode, CE_MODE_NONE);
        ce_kafka_assume(&delivery);
        delivery.message.body = CE_SLICE(json);
        EXPECT_EQ_ROW(rows[i].name,
                      (delivery.message.mode == CE_MODE_STRUCTURED),
                      rows[i].assumed);
        EXPECT_ROW(rows[i].name, !delivery.defect.reason == rows[i].assumed);
        EXPECT_EQ_ROW(rows[i].name,
                      (ce_delivery_event(&delivery, NULL) != NULL),
                      rows[i].assumed);
        forget();
    }
}

/* KAF-23: only when it is asked for; KAF-22: nothing else changes. */
static void a_key_becomes_an_attribute_that_is_not_there_yet(void)
{
    static const struct {
        const char *name;
        header from[8];
        ce_slice key;
        const char *text; /* NULL: none */
    } rows[] = {
        { "KAF-23 binary", { BINARY }, { "k", 1 }, "k" },
        { "KAF-23 structured",
          { { "content-type", "application/cloudevents+json" } },
          { "k", 1 },
          "k" },
        { "KAF-23 one that is there stays",
          { BINARY, { "ce_device", "own" } },
          { "k", 1 },
          "own" },
        { "KAF-23 no key", { BINARY }, { NULL, 0 }, NULL },
        { "KAF-23 an empty key", { BINARY }, { "", 0 }, NULL },
        { "KAF-23 a key that is no String", { BINARY }, { "\xff", 1 }, NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_event *e;

        read_headers(rows[i].from);
        if (delivery.message.mode == CE_MODE_STRUCTURED)
            delivery.message.body = CE_SLICE(json);
        delivery.message.key = rows[i].key;
        REQUIRE_OK(ce_kafka_key_to_attribute(&delivery, CE_SLICE("device")));
        e = ce_delivery_event(&delivery, NULL);
        REQUIRE(e != NULL);
        EXPECT_TEXT_ROW(rows[i].name, text_of(&e->attrs, "device"),
                        rows[i].text);
        EXPECT_TEXT_ROW(rows[i].name, text_of(&e->attrs, "id"), "1");
        EXPECT_TEXT_ROW(rows[i].name, delivery.message.key, rows[i].key);
        if (delivery.message.mode == CE_MODE_STRUCTURED)
            EXPECT_TEXT(e->data, "{\"n\":1.50}");
        forget();
    }
    /* KAF-23: unasked a key stays a key. */
    read_headers(rows[0].from);
    delivery.message.key = CE_SLICE("k");
    REQUIRE_OK(ce_kafka_key_to_attribute(&delivery, (ce_slice){ NULL, 0 }));
    EXPECT_EQ(delivery.message.attrs.len, 4);
    forget();
}

static const char *written(const char *name)
{
    const void *value;
    size_t size;

    if (!headers || rd_kafka_header_get_last(headers, name, &value, &size))
        return NULL;
    return value;
}

static void writes_each_mode(void)
{
    static ce_attr attributes[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("a%20\xe2\x82\xac"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain"),
                     .attrs = { attributes, 2, 2 } };
    ce_buf scratch = { NULL, 0, 0 };

    REQUIRE_OK(ce_kafka_encode(&m, &scratch, &headers));
    EXPECT_EQ(rd_kafka_header_cnt(headers), 3);
    EXPECT_TEXT(ce_slice_of(written("ce_specversion")), "1.0");
    EXPECT_TEXT(ce_slice_of(written("ce_id")), "a%20\xe2\x82\xac");
    EXPECT_TEXT(ce_slice_of(written("content-type")), "text/plain");
    rd_kafka_headers_destroy(headers);

    /* KAF-11: the content type alone. */
    m.mode = CE_MODE_STRUCTURED;
    m.content_type = CE_SLICE("application/cloudevents+json");
    REQUIRE_OK(ce_kafka_encode(&m, &scratch, &headers));
    EXPECT_EQ(rd_kafka_header_cnt(headers), 1);
    EXPECT_TEXT(ce_slice_of(written("content-type")),
                "application/cloudevents+json");
    rd_kafka_headers_destroy(headers);

    m = (ce_message){ .mode = CE_MODE_NONE };
    REQUIRE_OK(ce_kafka_encode(&m, &scratch, &headers));
    EXPECT_EQ(headers, NULL);
    ce_buf_free(&scratch);
}

TESTS("kafka/codec", TEST(detects_the_mode_of_each_record),
      TEST(reads_attributes_as_they_are), TEST(refuses_what_contradicts_itself),
      TEST(keeps_foreign_headers_as_metadata_only),
      TEST(knows_headers_that_it_would_write_itself),
      TEST(a_record_without_headers_is_plain), TEST(the_value_is_the_data),
      TEST(json_is_read_as_structured),
      TEST(what_says_nothing_is_json_only_when_asked),
      TEST(a_key_becomes_an_attribute_that_is_not_there_yet),
      TEST(writes_each_mode))
