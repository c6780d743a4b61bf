/* SPDX-License-Identifier: Apache-2.0 */
/* The sender with a broker: what arrives, and what is said when it does not. */
#include "tests/support/broker.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic;
static ce_loop *loop;
static ce_arena *arena;
static char uri[400];
static char own_folder[200]; /* of a broker of the test's own, or empty */

static void begin(const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("sender");
    kafka_make_topic(broker, topic, 1);
    snprintf(uri, sizeof uri, "kafka://%s/%s%s", broker, topic, options);
    arena = ce_arena_new();
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void end(void)
{
    ce_arena_free(arena);
    ce_loop_close(loop);
}

/* KAF-02, KAF-08, KAF-20: the user's key and the bytes, unchanged. */
static void both_modes_make_the_round_trip(void)
{
    kafka_sink sink = { .acked = 0 };
    kafka_source source = { .holding = 0 };
    ce_message binary, structured = { .mode = CE_MODE_STRUCTURED };
    static const char json[] =
        "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/s\","
        "\"type\":\"t\",\"n\":1.50}";

    begin("");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    binary = kafka_event(arena, "1", "hello");
    binary.key = CE_SLICE("k");
    structured.content_type = CE_SLICE("application/cloudevents+json");
    structured.body = CE_SLICE(json);
    kafka_sink_send(&sink, &binary);
    kafka_sink_send(&sink, &structured);
    REQUIRE(kafka_sink_wait(&sink, 2));
    EXPECT_EQ(sink.acked, 2);
    EXPECT(sink.sender->health.up);
    EXPECT(sink.sender->keeps_order);
    kafka_source_open_on(&source, loop, broker, topic);
    REQUIRE(kafka_source_wait(&source, 2));
    EXPECT_EQ(source.held[0]->message.mode, CE_MODE_BINARY);
    EXPECT_EQ(source.held[0]->message.attrs.len, 4);
    EXPECT_TEXT(source.held[0]->message.key, "k");
    EXPECT_TEXT(source.held[0]->message.body, "hello");
    EXPECT_TEXT(source.held[0]->message.content_type, "text/plain");
    EXPECT_EQ(source.held[1]->message.mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(source.held[1]->message.key.ptr, NULL);
    EXPECT_TEXT(source.held[1]->message.body, json);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

/* KAF-09, KAF-10 */
static void no_data_is_a_null_value(void)
{
    kafka_sink sink = { .acked = 0 };
    kafka_source source = { .holding = 0 };
    ce_message m;

    begin("");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", NULL);
    kafka_sink_send(&sink, &m);
    m = kafka_event(arena, "2", "");
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 2));
    kafka_source_open_on(&source, loop, broker, topic);
    REQUIRE(kafka_source_wait(&source, 2));
    EXPECT_EQ(source.held[0]->message.body.ptr, NULL);
    EXPECT(source.held[1]->message.body.ptr != NULL);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

/* KAF-21, KAF-22: the event is the same; KAF-24: no attribute, no key. */
static void a_template_makes_the_key(void)
{
    kafka_sink sink = { .acked = 0 };
    kafka_source source = { .holding = 0 };
    ce_message m;

    begin("?key={partitionkey}");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", "x");
    kafka_sink_send(&sink, &m);
    m.key = CE_SLICE("own");
    kafka_sink_send(&sink, &m);
    REQUIRE_OK(ce_attrs_add(
        &m.attrs, arena,
        (ce_attr){ CE_SLICE("partitionkey"), CE_SLICE("made"), CE_STRING }));
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 3));
    REQUIRE_EQ(sink.acked, 3);
    kafka_source_open_on(&source, loop, broker, topic);
    REQUIRE(kafka_source_wait(&source, 3));
    EXPECT_EQ(source.held[0]->message.key.ptr, NULL);
    EXPECT_TEXT(source.held[1]->message.key, "own");
    EXPECT_TEXT(source.held[2]->message.key, "made");
    EXPECT(ce_attrs_find(&source.held[2]->message.attrs,
                         CE_SLICE("partitionkey")) != NULL);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

static bool is_down(void *arg)
{
    const ce_health *h = &((kafka_sink *)arg)->sender->health;

    return !h->up && strstr(h->reason, "refused");
}

static void a_peer_that_is_away_is_said_at_once(void)
{
    kafka_sink sink = { .acked = 0 };
    ce_message m;

    begin("");
    snprintf(uri, sizeof uri, "kafka://127.0.0.1:1/%s", topic);
    kafka_sink_open(&sink, loop, uri);
    m = kafka_event(arena, "1", "x");
    /* Sent before it is known. */
    kafka_sink_send(&sink, &m);
    EXPECT(kafka_until(loop, is_down, &sink));
    EXPECT(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.undelivered, 1);
    /* Sent when it is known. */
    kafka_sink_send(&sink, &m);
    EXPECT_EQ(sink.undelivered, 2);
    EXPECT_CONTAINS(sink.reason, "refused");
    kafka_sink_close(&sink);
    end();
}

static void a_sender_that_stops_takes_nothing_more(void)
{
    kafka_sink sink = { .acked = 0 };
    ce_message m;

    begin("");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", "x");
    for (unsigned i = 0; i < 100; i++)
        kafka_sink_send(&sink, &m);
    kafka_sink_close(&sink);
    EXPECT_EQ(sink.acked, 100);
    end();
}

static void round_trip_by(const char *text, const char *options)
{
    kafka_sink sink = { .acked = 0 };
    ce_message m;

    snprintf(uri, sizeof uri, "%s/%s%s", text, topic, options);
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", "x");
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.acked, 1);
    EXPECT_TEXT(ce_slice_of(sink.reason), "");
    kafka_sink_close(&sink);
}

typedef struct wording {
    const kafka_sink *sink;
    const char *part;
} wording;

static bool is_said(void *arg)
{
    const wording *w = arg;

    return strstr(w->sink->sender->health.reason, w->part) != NULL;
}

/* A machine that is busy may say at first that nobody answers. */
static void expect_reason(const kafka_sink *sink, const char *part)
{
    wording w = { sink, part };

    EXPECT(kafka_until(loop, is_said, &w));
    EXPECT_CONTAINS(sink->sender->health.reason, part);
}

static void tls_is_spoken_and_checked(void)
{
    const char *address = from_environment("CE_TEST_KAFKA_TLS");
    const char *folder = from_environment("CE_TEST_CERTS");
    char at[200], options[300];
    kafka_sink sink = { .acked = 0 };
    ce_message m;

    if (!address || !folder)
        return;
    begin("");
    snprintf(at, sizeof at, "kafkas://%s", address);
    snprintf(options, sizeof options, "?ca=%s/ca.pem", folder);
    round_trip_by(at, options);
    /* Nobody vouches for it. */
    snprintf(uri, sizeof uri, "%s/%s", at, topic);
    kafka_sink_open(&sink, loop, uri);
    m = kafka_event(arena, "1", "x");
    kafka_sink_send(&sink, &m);
    EXPECT(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.undelivered, 1);
    expect_reason(&sink, "ertificate");
    kafka_sink_close(&sink);
    end();
}

static void a_login_is_accepted_or_said_to_be_refused(void)
{
    const char *address = from_environment("CE_TEST_KAFKA_SASL");
    char at[200];
    kafka_sink sink = { .acked = 0 };
    ce_message m;

    if (!address)
        return;
    begin("");
    snprintf(at, sizeof at, "kafka://alice:alice-secret@%s", address);
    round_trip_by(at, "");
    /* Brokers of the 4.x line refuse what older libraries send. */
    if (rd_kafka_version() >= 0x020601ff)
        round_trip_by(at, "?sasl=SCRAM-SHA-256");
    snprintf(uri, sizeof uri, "kafka://alice:wrong@%s/%s", address, topic);
    kafka_sink_open(&sink, loop, uri);
    m = kafka_event(arena, "1", "x");
    kafka_sink_send(&sink, &m);
    EXPECT(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.undelivered, 1);
    expect_reason(&sink, "uthentication");
    EXPECT_LACKS(sink.sender->health.reason, "wrong");
    kafka_sink_close(&sink);
    end();
}

static void own_broker(const char *command)
{
    char arguments[300];

    snprintf(arguments, sizeof arguments, "%s %s", command, own_folder);
    EXPECT_EQ(ce_broker_script("kafka.sh", arguments), 0);
}

static bool is_really_down(void *arg)
{
    return !((kafka_sink *)arg)->sender->health.up;
}

/* Nothing that was confirmed is gone, and what was not has been said. */
static void a_broker_that_is_killed_costs_nothing_confirmed(void)
{
    enum { EACH = 200 };
    kafka_sink sink = { .acked = 0 };
    kafka_source source = { .holding = 0 };
    ce_message m;
    char kind[16], address[64];
    unsigned acked;

    begin("");
    ce_test_make_folder(own_folder, sizeof own_folder);
    own_broker("start");
    ce_broker_read(own_folder, "kafka.kind", kind, sizeof kind);
    if (!strcmp(kind, "mock")) {
        end();
        return; /* It forgets everything when it ends. */
    }
    ce_broker_read(own_folder, "kafka.address", address, sizeof address);
    broker = address;
    kafka_make_topic(broker, topic, 1);
    snprintf(uri, sizeof uri, "kafka://%s/%s", broker, topic);
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", "x");
    for (unsigned i = 0; i < EACH; i++)
        kafka_sink_send(&sink, &m);
    own_broker("kill");
    EXPECT(kafka_until(loop, is_really_down, &sink));
    for (unsigned i = 0; i < EACH; i++)
        kafka_sink_send(&sink, &m);
    own_broker("start");
    EXPECT(kafka_sink_is_up(&sink));
    for (unsigned i = 0; i < EACH; i++)
        kafka_sink_send(&sink, &m);
    EXPECT(kafka_sink_wait(&sink, 3 * EACH));
    EXPECT_CMP(sink.acked, >=, EACH);
    EXPECT_CMP(sink.undelivered, >=, EACH);
    EXPECT_EQ(sink.refused, 0);
    acked = sink.acked;
    kafka_sink_close(&sink);
    kafka_source_open_on(&source, loop, broker, topic);
    EXPECT(kafka_source_wait(&source, acked));
    kafka_source_close(&source);
    end();
}

static void remove_own_broker(void)
{
    if (!own_folder[0])
        return;
    own_broker("stop");
    ce_test_remove(own_folder);
    own_folder[0] = '\0';
}

TESTS_CLOSED_BY(remove_own_broker, "kafka/sender",
                TEST(both_modes_make_the_round_trip),
                TEST(no_data_is_a_null_value), TEST(a_template_makes_the_key),
                TEST(a_peer_that_is_away_is_said_at_once),
                TEST(a_sender_that_stops_takes_nothing_more),
                TEST(tls_is_spoken_and_checked),
                TEST(a_login_is_accepted_or_said_to_be_refused),
                TEST(a_broker_that_is_killed_costs_nothing_confirmed))
