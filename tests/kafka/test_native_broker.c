/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that pass from a source to a sink as they came: which may, which may
 * not, and where they are after each result. */
#include "bindings/kafka/native.h"
#include "tests/support/kafka_rig.h"

static const char *const plain[] = {
    "content-type",   "text/plain", "ce_type",   "t",
    "ce_specversion", "1.0",        "ce_source", "/s",
    "ce_id",          "a",          NULL
};
/* Not one of an event: it stays behind. */
static const char *const with_another[] = {
    "ce_type",        "t",   "ce_id", "a",  "ce_source", "/s",
    "ce_specversion", "1.0", "other", "no", NULL
};
/* In the place of "content-type". */
static const char *const with_a_type_of_its_own[] = { "ce_type",
                                                      "t",
                                                      "ce_id",
                                                      "a",
                                                      "ce_source",
                                                      "/s",
                                                      "ce_specversion",
                                                      "1.0",
                                                      "ce_datacontenttype",
                                                      "text/plain",
                                                      NULL };

static const char *broker, *from, *to;
static ce_loop *loop;
static kafka_source source;
static ce_delivery *taken; /* what the source brought */

static void bring(const char *const *headers, const char *body, size_t len)
{
    char uri[400];

    broker = ce_test_broker("CE_TEST_KAFKA");
    from = ce_test_unique("from");
    to = ce_test_unique("to");
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    kafka_make_topic(broker, from, 1);
    kafka_put(broker, from, CE_SLICE("k"), (ce_slice){ body, len }, headers);
    source = (kafka_source){ .holding = 0 };
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s", broker, from,
             ce_test_unique("group"));
    kafka_source_open(&source, loop, uri);
    REQUIRE(kafka_source_wait(&source, 1));
    taken = source.held[0];
}

static void end(void)
{
    kafka_source_close(&source);
    ce_loop_close(loop);
}

static unsigned count_all(void)
{
    ce_attrs all = { NULL, 0, 0 };

    REQUIRE_OK(taken->headers(taken, &all));
    return all.len;
}

static void an_event_that_nobody_changed_has_its_headers(void)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t size;

    bring(plain, "x", 1);
    for (int times = 0; times < 2; times++) {
        headers = ce_kafka_native_take(taken);
        REQUIRE(headers != NULL);
        EXPECT_EQ(rd_kafka_header_cnt(headers), 5);
        REQUIRE(!rd_kafka_header_get_all(headers, 0, &name, &value, &size));
        EXPECT_STR(name, "content-type");
        EXPECT(ce_delivery_event(taken, NULL) != NULL);
        ce_kafka_native_give_back(taken, headers);
        EXPECT_EQ(count_all(), 5);
    }
    end();
}

static void one_that_was_changed_has_none(void)
{
    static ce_attr added = { CE_SLICE("b"), CE_SLICE("1"), CE_STRING };
    ce_message m;

    bring(plain, "x", 1);
    m = taken->message;
    m.content_type = CE_SLICE("text/plain");
    ce_delivery_set_message(taken, &m);
    EXPECT_EQ(ce_kafka_native_take(taken), NULL);
    end();

    bring(plain, "x", 1);
    m = taken->message;
    m.attrs = (ce_attrs){ NULL, 0, 0 };
    for (unsigned i = 0; i < taken->message.attrs.len; i++)
        REQUIRE_OK(
            ce_attrs_add(&m.attrs, taken->arena, taken->message.attrs.at[i]));
    REQUIRE_OK(ce_attrs_add(&m.attrs, taken->arena, added));
    ce_delivery_set_message(taken, &m);
    EXPECT_EQ(ce_kafka_native_take(taken), NULL);
    end();
}

static void one_that_would_be_written_otherwise_has_none(void)
{
    bring(with_another, "x", 1);
    EXPECT_EQ(ce_kafka_native_take(taken), NULL);
    EXPECT_EQ(count_all(), 5);
    end();

    bring(with_a_type_of_its_own, "x", 1);
    EXPECT_EQ(ce_kafka_native_take(taken), NULL);
    end();
}

/* --- through a sink --- */

static ce_verdict verdict;
static bool is_settled;

static void note(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    EXPECT_EQ(d, taken);
    verdict = r->verdict;
    is_settled = true;
    EXPECT(ce_attrs_find(&d->message.attrs, CE_SLICE("id")) != NULL);
    EXPECT_TEXT(ce_attrs_find(&d->message.attrs, CE_SLICE("id"))->text, "a");
    EXPECT_EQ(count_all(), 5);
}

static bool has_result(void *arg)
{
    (void)arg;
    return is_settled;
}

static ce_verdict send_to(kafka_sink *sink)
{
    is_settled = false;
    ce_delivery_hook(taken, note, NULL, 0);
    ce_push(&sink->sender->stage, taken);
    REQUIRE(kafka_until(loop, has_result, NULL));
    return verdict;
}

static void arrives_with(unsigned count)
{
    kafka_source target = { .holding = 0 };
    ce_attrs all;

    kafka_source_open_on(&target, loop, broker, to);
    REQUIRE(kafka_source_wait(&target, 1));
    REQUIRE_OK(target.held[0]->headers(target.held[0], &all));
    EXPECT_EQ(all.len, count);
    EXPECT_TEXT(all.at[0].name, "content-type");
    EXPECT_TEXT(all.at[1].name, "ce_type");
    kafka_source_settle(&target, CE_ACK);
    kafka_source_close(&target);
}

static void a_record_arrives_with_them_in_their_order(void)
{
    kafka_sink sink = { .acked = 0 };
    char uri[400];

    bring(plain, "x", 1);
    kafka_make_topic(broker, to, 1);
    snprintf(uri, sizeof uri, "kafka://%s/%s", broker, to);
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    EXPECT_EQ(send_to(&sink), CE_ACK);
    arrives_with(5);
    kafka_sink_close(&sink);
    end();
}

/* A mock cluster takes what a real broker refuses. */
static void a_refused_record_has_them_again(void)
{
    enum { LONG = 5000 };
    const char *kind = getenv("CE_TEST_KAFKA_KIND");
    static char body[LONG];
    kafka_sink sink = { .acked = 0 };
    char uri[400];

    if (kind && !strcmp(kind, "mock"))
        return;
    memset(body, 'x', sizeof body);
    bring(plain, body, sizeof body);
    kafka_make_topic_with(broker, to, 1, "max.message.bytes", "1000");
    snprintf(uri, sizeof uri, "kafka://%s/%s", broker, to);
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    EXPECT_EQ(send_to(&sink), CE_NACK);
    EXPECT_EQ(send_to(&sink), CE_NACK);
    kafka_sink_close(&sink);
    end();
}

TESTS("kafka/native", TEST(an_event_that_nobody_changed_has_its_headers),
      TEST(one_that_was_changed_has_none),
      TEST(one_that_would_be_written_otherwise_has_none),
      TEST(a_record_arrives_with_them_in_their_order),
      TEST(a_refused_record_has_them_again))
