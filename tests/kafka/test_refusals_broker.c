/* SPDX-License-Identifier: Apache-2.0 */
/* What a broker refuses, and what becomes of the records beside it. */
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/producer.h"
#include "core/pipeline/health.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic;
static ce_loop *loop;
static ce_arena *arena;
static char uri[400];

/* A mock cluster takes what a real broker refuses: false. */
static bool begin(const char *options, const char *property, const char *value)
{
    const char *kind = getenv("CE_TEST_KAFKA_KIND");

    broker = ce_test_broker("CE_TEST_KAFKA");
    if (kind && !strcmp(kind, "mock"))
        return false;
    topic = ce_test_unique("refusals");
    kafka_make_topic_with(broker, topic, 1, property, value);
    snprintf(uri, sizeof uri, "kafka://%s/%s%s", broker, topic, options);
    arena = ce_arena_new();
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    return true;
}

static void end(void)
{
    ce_arena_free(arena);
    ce_loop_close(loop);
}

/* --- sizes --- */

static unsigned results(const kafka_sink *s)
{
    return s->acked + s->refused + s->undelivered;
}

/* Nothing makes it smaller. */
static char *noise(size_t len)
{
    char *bytes = malloc(len);
    uint32_t random = 1;

    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)((random = random * 1103515245 + 12345) >> 16);
    return bytes;
}

static void send_bytes(kafka_sink *sink, size_t len)
{
    ce_message m = kafka_event(arena, "1", "x");
    unsigned before = results(sink);
    char *body = noise(len);

    m.key = CE_SLICE("k");
    m.body = (ce_slice){ body, len };
    kafka_sink_send(sink, &m);
    free(body);
    REQUIRE(kafka_sink_wait(sink, before + 1));
}

/* To the byte: what has a place in the topic is not refused. */
static void what_is_too_large_is_refused_with_its_size(void)
{
    enum { LIMIT = 100000, LONG = LIMIT };
    kafka_sink sink = { .acked = 0 };
    unsigned long bytes;

    if (!begin("", "max.message.bytes", "100000"))
        return;
    kafka_sink_open(&sink, loop, uri);
    send_bytes(&sink, LONG);
    EXPECT_EQ(sink.refused, 1);
    EXPECT_EQ(sink.code, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    EXPECT_CONTAINS(sink.reason, "bytes: the topic takes 100000 (max.");
    REQUIRE_EQ(sscanf(sink.reason, "a record of %lu bytes", &bytes), 1);
    send_bytes(&sink, LONG - (bytes - LIMIT));
    EXPECT_EQ(sink.acked, 1);
    send_bytes(&sink, LONG - (bytes - LIMIT) + 1);
    EXPECT_EQ(sink.refused, 2);
    EXPECT_CONTAINS(sink.reason, "a record of 100001 bytes");
    kafka_sink_close(&sink);
    end();
}

/* Of what is compressed only the broker knows whether it is too large. */
static void what_the_broker_finds_too_large_is_refused(void)
{
    kafka_sink sink = { .acked = 0 };

    if (!begin("?rdkafka.compression.codec=gzip", "max.message.bytes",
               "100000"))
        return;
    kafka_sink_open(&sink, loop, uri);
    send_bytes(&sink, 150000);
    EXPECT_EQ(sink.refused, 1);
    EXPECT_EQ(sink.code, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    EXPECT_CONTAINS(sink.reason, "the topic takes 100000");
    kafka_sink_close(&sink);
    end();
}

/* What it said a while ago refuses nothing: it is asked again. */
static void a_topic_may_take_more_than_before(void)
{
    enum { LONG = 150000, STALE_MS = 1100, TIMES = 20 };
    kafka_sink sink = { .acked = 0 };

    if (!begin("", "max.message.bytes", "100000"))
        return;
    kafka_sink_open(&sink, loop, uri);
    send_bytes(&sink, LONG);
    EXPECT_EQ(sink.refused, 1);
    kafka_set_property(broker, topic, "max.message.bytes", "200000");
    /* The broker needs a moment to obey. */
    for (int i = 0; i < TIMES && sink.acked == 0; i++) {
        kafka_run_for(loop, STALE_MS);
        send_bytes(&sink, LONG);
    }
    EXPECT_EQ(sink.acked, 1);
    kafka_sink_close(&sink);
    end();
}

static bool is_reported;
static rd_kafka_resp_err_t report;

static void note_report(void *arg, void *record, rd_kafka_resp_err_t code,
                        rd_kafka_headers_t *headers)
{
    (void)arg;
    (void)record;
    if (headers)
        rd_kafka_headers_destroy(headers);
    report = code;
    is_reported = true;
}

static void do_nothing(void *arg)
{
    (void)arg;
}

static bool has_report(void *arg)
{
    (void)arg;
    return is_reported;
}

static rd_kafka_resp_err_t answer_to(ce_kafka_producer *p, ce_kafka_record *r)
{
    rd_kafka_resp_err_t code = ce_kafka_produce(p, r);

    is_reported = false;
    if (code)
        return code;
    REQUIRE(kafka_until(loop, has_report, NULL));
    return report;
}

static ce_health health;

static void open_producer(ce_kafka_producer *p, ce_settings **settings)
{
    static const ce_kafka_producer_ops ops = { note_report, do_nothing };
    const ce_kafka_producer_config config = { .topic = topic,
                                              .copies = true,
                                              .timeout_ms = 30000,
                                              .health = &health,
                                              .ops = &ops };
    ce_endpoint at = { .loop = loop, .name = "refusals" };

    ce_health_init(&health, loop, "refusals");
    REQUIRE_OK(ce_settings_open(settings, ce_kafka_sender_options, uri,
                                CE_URI_STRICT, NULL));
    at.settings = *settings;
    REQUIRE_OK(ce_kafka_producer_open(p, &at, &config, NULL));
    REQUIRE_OK(ce_kafka_producer_start(p, NULL));
}

/* librdkafka never has it, so that it stops no batch and no client. */
static void what_is_known_to_be_refused_is_not_sent(void)
{
    enum { TOO_LONG = 150000 };
    char *body = noise(TOO_LONG);
    ce_kafka_record r = { .partition = RD_KAFKA_PARTITION_UA,
                          .body = { body, TOO_LONG },
                          .key = CE_SLICE("k") };
    ce_kafka_producer p = { .loop = NULL };
    ce_settings *settings;

    if (begin("", "max.message.bytes", "100000")) {
        open_producer(&p, &settings);
        EXPECT_EQ(answer_to(&p, &r), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
        EXPECT_EQ(p.together, 0);
        ce_kafka_producer_close(&p);
        ce_settings_close(settings);
        end();
    }
    free(body);
}

static bool has_small_batches(void *arg)
{
    return ((ce_kafka_producer *)arg)->batch_bytes == 100000;
}

static void no_batch_is_larger_than_its_topic_takes(void)
{
    ce_kafka_producer p = { .loop = NULL };
    ce_settings *settings;

    if (!begin("", "max.message.bytes", "100000"))
        return;
    open_producer(&p, &settings);
    EXPECT(kafka_until(loop, has_small_batches, &p));
    ce_kafka_producer_close(&p);
    ce_settings_close(settings);
    end();
}

/* --- batches that are refused --- */

static ce_slice id_of(ce_delivery *d)
{
    return ce_event_text(ce_delivery_event(d, NULL), "id");
}

/* All that the topic holds, as "id id id", in the order of a partition. */
static void read_ids(char *out, size_t size, unsigned count)
{
    kafka_source source = { .holding = 0 };
    size_t len = 0;

    out[0] = '\0';
    kafka_source_open_on(&source, loop, broker, topic);
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

    if (!begin(t->options, t->property, t->value))
        return;
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

    for (size_t i = 0; i < COUNT(rows); i++)
        check_ten(&rows[i]);
}

/* Nothing arrives twice, and nothing is overtaken. */
static void check_arrivals(unsigned count)
{
    kafka_source source = { .holding = 0 };
    unsigned before = 0, id;

    kafka_source_open_on(&source, loop, broker, topic);
    REQUIRE(kafka_source_wait(&source, count));
    kafka_run_for(loop, 100);
    EXPECT_EQ(source.holding, count);
    for (unsigned i = 0; i < source.holding; i++) {
        id = (unsigned)atoi(id_of(source.held[i]).ptr);
        EXPECT_CMP(id, >, before);
        before = id;
    }
    kafka_source_close(&source);
}

enum { COUNT_OF_ALL = 1000, GUILTY = 10, LEN = 1000, TOO_LONG = 150000 };

static void send_stream(kafka_sink *sink)
{
    char *body = noise(TOO_LONG), id[8];
    ce_message m;

    for (int i = 2; i < COUNT_OF_ALL + 2; i++) {
        bool is_guilty = i % (COUNT_OF_ALL / GUILTY) == 50;

        snprintf(id, sizeof id, "%04d", i);
        m = kafka_event(arena, id, "x");
        m.key = CE_SLICE("k");
        m.body = (ce_slice){ body, is_guilty ? TOO_LONG : LEN };
        kafka_sink_send(sink, &m);
    }
    free(body);
}

/* Several batches are on their way when one is refused, again and again. */
static void check_stream(const char *options)
{
    kafka_sink sink = { .acked = 0 };

    if (!begin(options, "max.message.bytes", "100000"))
        return;
    kafka_sink_open(&sink, loop, uri);
    /* The broker is strict about gaps once it knows the client. */
    send_bytes(&sink, LEN);
    send_stream(&sink);
    REQUIRE(kafka_sink_wait(&sink, 1 + COUNT_OF_ALL));
    EXPECT_EQ(sink.refused, GUILTY);
    EXPECT_EQ(sink.acked, 1 + COUNT_OF_ALL - GUILTY);
    EXPECT_EQ(sink.undelivered, 0);
    kafka_sink_close(&sink);
    check_arrivals(1 + COUNT_OF_ALL - GUILTY);
    end();
}

static void guilty_events_of_a_stream_are_known_before(void)
{
    check_stream("");
}

/* Of what is compressed only the broker knows the size. */
static void guilty_events_of_a_stream_are_found(void)
{
    check_stream("?rdkafka.compression.codec=gzip");
}

TESTS("kafka/refusals", TEST(what_is_too_large_is_refused_with_its_size),
      TEST(what_the_broker_finds_too_large_is_refused),
      TEST(a_topic_may_take_more_than_before),
      TEST(what_is_known_to_be_refused_is_not_sent),
      TEST(no_batch_is_larger_than_its_topic_takes),
      TEST(an_event_is_not_refused_for_its_neighbours),
      TEST(guilty_events_of_a_stream_are_known_before),
      TEST(guilty_events_of_a_stream_are_found))
