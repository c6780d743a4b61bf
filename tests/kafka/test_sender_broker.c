/* SPDX-License-Identifier: Apache-2.0 */
/* The sender with a broker: what arrives, and what is said when it does not. */
#include "tests/support/broker.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic;
static ce_loop *loop;
static ce_arena *arena;
static char uri[400];
static char own_folder[200]; /* of a broker of the test's own, or empty */

static void begin_with(const char *options, const char *property,
                       const char *value)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("sender");
    kafka_make_topic_with(broker, topic, 1, property, value);
    snprintf(uri, sizeof uri, "kafka://%s/%s%s", broker, topic, options);
    arena = ce_arena_new();
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void begin(const char *options)
{
    begin_with(options, NULL, NULL);
}

static void end(void)
{
    ce_arena_free(arena);
    ce_loop_close(loop);
}

static void open_source(kafka_source *s)
{
    char from[400];

    *s = (kafka_source){ .holding = 0 };
    snprintf(from, sizeof from, "kafka://%s/%s?group=%s", broker, topic,
             ce_test_unique("group"));
    kafka_source_open(s, loop, from);
}

/* KAF-02, KAF-08, KAF-20: the user's key and the bytes, unchanged. */
static void both_modes_make_the_round_trip(void)
{
    kafka_sink sink = { .acked = 0 };
    kafka_source source;
    ce_message binary, structured = { .mode = CE_MODE_STRUCTURED };
    static const char json[] =
        "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/s\","
        "\"type\":\"t\",\"n\":1.50}";

    begin("");
    kafka_sink_open(&sink, loop, uri);
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
    open_source(&source);
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
    kafka_source source;
    ce_message m;

    begin("");
    kafka_sink_open(&sink, loop, uri);
    m = kafka_event(arena, "1", NULL);
    kafka_sink_send(&sink, &m);
    m = kafka_event(arena, "2", "");
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 2));
    open_source(&source);
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
    kafka_source source;
    ce_message m;

    begin("?key={partitionkey}");
    kafka_sink_open(&sink, loop, uri);
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
    open_source(&source);
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

static void what_the_broker_finds_too_large_is_refused(void)
{
    kafka_sink sink = { .acked = 0 };
    ce_message m;
    char *body = calloc(1, 3 << 20);

    REQUIRE(body != NULL);
    begin("");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    m = kafka_event(arena, "1", "x");
    m.body = (ce_slice){ body, 3 << 20 };
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.refused, 1);
    EXPECT_EQ(sink.code, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    kafka_sink_close(&sink);
    free(body);
    end();
}

/* --- batches that are refused --- */

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

/* A mock cluster takes what a real broker refuses. */
static bool is_mock(void)
{
    const char *kind = from_environment("CE_TEST_KAFKA_KIND");

    return kind && !strcmp(kind, "mock");
}

static ce_slice id_of(ce_delivery *d)
{
    return ce_event_text(ce_delivery_event(d, NULL), "id");
}

/* All that the topic holds, as "id id id", in the order of a partition. */
static void read_ids(char *out, size_t size, unsigned count)
{
    kafka_source source;
    size_t len = 0;

    out[0] = '\0';
    open_source(&source);
    REQUIRE(kafka_source_wait(&source, count));
    for (unsigned i = 0; i < source.holding; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%.*s", i ? " " : "",
                                CE_ARG(id_of(source.held[i])));
    kafka_source_close(&source);
}

/* Ten events, which share a batch: they wait for the first connection. LEN
 * bytes each; the odd one has an ODD_LEN, and no key if that is asked for. */
typedef struct ten {
    const char *name, *property, *value, *options;
    size_t len, odd_len;
    bool odd_has_key;
    unsigned acked, refused;
    const char *arrived;
} ten;

static void send_ten(kafka_sink *sink, const ten *t)
{
    enum { ODD = 4 };
    char *body = calloc(1, t->len + t->odd_len), id[8];
    ce_message m;

    REQUIRE(body != NULL);
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "%d", i);
        m = kafka_event(arena, id, "x");
        m.body = (ce_slice){ body, i == ODD ? t->odd_len : t->len };
        if (i != ODD || t->odd_has_key)
            m.key = CE_SLICE("k");
        kafka_sink_send(sink, &m);
    }
    free(body);
}

static void check_ten(const ten *t)
{
    kafka_sink sink = { .acked = 0 };
    char ids[200];

    begin_with(t->options, t->property, t->value);
    kafka_sink_open(&sink, loop, uri);
    send_ten(&sink, t);
    REQUIRE(kafka_sink_wait(&sink, 10));
    EXPECT_EQ_ROW(t->name, sink.acked, t->acked);
    EXPECT_EQ_ROW(t->name, sink.refused, t->refused);
    EXPECT_EQ_ROW(t->name, sink.undelivered, 0);
    kafka_sink_close(&sink);
    read_ids(ids, sizeof ids, t->acked);
    EXPECT_TEXT_ROW(t->name, ce_slice_of(ids), t->arrived);
    end();
}

/* A broker refuses the batch, and its word counts for one event only. */
static void an_event_is_not_refused_for_its_neighbours(void)
{
    static const char all[] = "0 1 2 3 4 5 6 7 8 9";
    static const char but_one[] = "0 1 2 3 5 6 7 8 9";
    static const char size[] = "max.message.bytes";
    static const char free_order[] = "?rdkafka.enable.idempotence=false";
    static const ten rows[] = {
        { "too large together", size, "100000", "", 30000, 30000, true, 10, 0,
          all },
        { "too large together, in any order", size, "100000", free_order, 30000,
          30000, true, 10, 0, all },
        { "one too large", size, "100000", "", 30000, 200000, true, 9, 1,
          but_one },
        { "one too large, in any order", size, "100000", free_order, 30000,
          200000, true, 9, 1, but_one },
        { "one without a key", "cleanup.policy", "compact", "", 10, 10, false,
          9, 1, but_one },
    };

    for (size_t i = 0; i < COUNT(rows) && !is_mock(); i++)
        check_ten(&rows[i]);
}

/* Several batches are on their way when one is refused, again and again. None
 * of their events arrives twice. */
static void a_stream_with_guilty_events_loses_no_other(void)
{
    enum { COUNT_OF_ALL = 1000, GUILTY = 10, LEN = 1000, TOO_LONG = 150000 };
    kafka_sink sink = { .acked = 0 };
    kafka_source source;
    char *body, id[8];
    ce_message m;

    if (is_mock())
        return;
    body = calloc(1, TOO_LONG);
    REQUIRE(body != NULL);
    begin_with("", "max.message.bytes", "100000");
    kafka_sink_open(&sink, loop, uri);
    REQUIRE(kafka_sink_is_up(&sink));
    for (int i = 0; i < COUNT_OF_ALL; i++) {
        bool is_guilty = i % (COUNT_OF_ALL / GUILTY) == 50;

        snprintf(id, sizeof id, "%04d", i);
        m = kafka_event(arena, id, "x");
        m.key = CE_SLICE("k");
        m.body = (ce_slice){ body, is_guilty ? TOO_LONG : LEN };
        kafka_sink_send(&sink, &m);
    }
    REQUIRE(kafka_sink_wait(&sink, COUNT_OF_ALL));
    EXPECT_EQ(sink.refused, GUILTY);
    EXPECT_EQ(sink.acked, COUNT_OF_ALL - GUILTY);
    EXPECT_EQ(sink.undelivered, 0);
    kafka_sink_close(&sink);
    open_source(&source);
    REQUIRE(kafka_source_wait(&source, COUNT_OF_ALL - GUILTY));
    kafka_run_for(loop, 100);
    EXPECT_EQ(source.holding, COUNT_OF_ALL - GUILTY);
    kafka_source_close(&source);
    free(body);
    end();
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
    m = kafka_event(arena, "1", "x");
    kafka_sink_send(&sink, &m);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.acked, 1);
    EXPECT_TEXT(ce_slice_of(sink.reason), "");
    kafka_sink_close(&sink);
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
    EXPECT_CONTAINS(sink.sender->health.reason, "ertificate");
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
    EXPECT_CONTAINS(sink.sender->health.reason, "uthentication");
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
    kafka_source source;
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
    open_source(&source);
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
                TEST(what_the_broker_finds_too_large_is_refused),
                TEST(an_event_is_not_refused_for_its_neighbours),
                TEST(a_stream_with_guilty_events_loses_no_other),
                TEST(a_peer_that_is_away_is_said_at_once),
                TEST(a_sender_that_stops_takes_nothing_more),
                TEST(tls_is_spoken_and_checked),
                TEST(a_login_is_accepted_or_said_to_be_refused),
                TEST(a_broker_that_is_killed_costs_nothing_confirmed))
