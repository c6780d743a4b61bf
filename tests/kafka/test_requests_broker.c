/* SPDX-License-Identifier: Apache-2.0 */
/* Requester and responder with a broker between them. */
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/requests.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic, *group;
static ce_loop *loop;
static ce_arena *arena;
static kafka_sink sink;     /* the requester */
static kafka_source source; /* the responder */

static void open_requester(const char *options)
{
    char uri[400];

    snprintf(uri, sizeof uri, "kafka://%s/%s%s", broker, topic, options);
    sink = (kafka_sink){ .open = ce_kafka_requester_open };
    kafka_sink_open(&sink, loop, uri);
}

static void open_responder(void)
{
    char uri[400];

    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s", broker, topic, group);
    source = (kafka_source){ .open = ce_kafka_responder_open };
    kafka_source_open(&source, loop, uri);
}

static void begin(const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("requests");
    group = ce_test_unique("group");
    kafka_make_topic(broker, topic, 1);
    arena = ce_arena_new();
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    open_requester(options);
    REQUIRE(kafka_sink_is_up(&sink));
}

static void end(void)
{
    ce_arena_free(arena);
    ce_loop_close(loop);
}

static void ask(const char *id)
{
    ce_message m = kafka_event(arena, id, id);

    kafka_sink_send(&sink, &m);
}

/* Settles what is held at INDEX with R, and with an event if BODY says so. */
static void answer(unsigned index, ce_result r, const char *body)
{
    ce_message reply = kafka_event(arena, "reply", body);
    ce_delivery *d = source.held[index];

    source.holding--;
    for (unsigned i = index; i < source.holding; i++)
        source.held[i] = source.held[i + 1];
    if (body)
        r.reply = &reply;
    ce_settle(d, &r);
}

static void a_request_is_done_after_its_reply_is_confirmed(void)
{
    begin("");
    ask("1");
    open_responder();
    REQUIRE(kafka_source_wait(&source, 1));
    EXPECT(source.held[0]->interactive);
    EXPECT_EQ(source.held[0]->message.attrs.len, 4);
    answer(0, ce_result_ack(), "pong");
    /* The broker has not had the time to confirm. */
    EXPECT_EQ(ce_pool_out(source.receiver->pool), 1);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.acked, 1);
    EXPECT_EQ(sink.replies, 1);
    EXPECT_TEXT(ce_slice_of(sink.reply), "pong");
    EXPECT(kafka_source_is_home(&source));
    kafka_source_close(&source);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 1);
    kafka_sink_close(&sink);
    end();
}

static void outcomes_travel_without_an_event(void)
{
    begin("");
    open_responder();
    ask("1");
    REQUIRE(kafka_source_wait(&source, 1));
    answer(0, ce_result_ack(), NULL);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.acked, 1);
    EXPECT_EQ(sink.replies, 0);
    ask("2");
    REQUIRE(kafka_source_wait(&source, 2));
    answer(0, ce_result_http(404, "no such order"), NULL);
    REQUIRE(kafka_sink_wait(&sink, 2));
    EXPECT_EQ(sink.refused, 1);
    EXPECT_EQ(sink.code, 404);
    EXPECT_TEXT(ce_slice_of(sink.reason), "no such order");
    ask("3");
    REQUIRE(kafka_source_wait(&source, 3));
    answer(0, ce_result_make(CE_UNDELIVERED, "later"), NULL);
    REQUIRE(kafka_sink_wait(&sink, 3));
    EXPECT_EQ(sink.undelivered, 1);
    EXPECT_TEXT(ce_slice_of(sink.reason), "later");
    /* Whoever asked knows: nothing is read again. */
    EXPECT(kafka_source_is_home(&source));
    kafka_source_close(&source);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 3);
    kafka_sink_close(&sink);
    end();
}

static void replies_find_their_requests_in_any_order(void)
{
    enum { REQUESTS = 300 };
    char id[16];

    begin("");
    open_responder();
    for (unsigned i = 0; i < REQUESTS; i++) {
        snprintf(id, sizeof id, "%u", i);
        ask(id);
    }
    REQUIRE(kafka_source_wait(&source, REQUESTS));
    while (source.holding > 1) {
        unsigned at = source.holding * 7 / 11;

        snprintf(id, sizeof id, "%.*s", CE_ARG(source.held[at]->message.body));
        answer(at, ce_result_ack(), id);
    }
    REQUIRE(kafka_sink_wait(&sink, REQUESTS - 1));
    answer(0, ce_result_ack(), "last");
    REQUIRE(kafka_sink_wait(&sink, REQUESTS));
    EXPECT_EQ(sink.replies, REQUESTS);
    EXPECT_EQ(sink.late, 0);
    EXPECT_TEXT(ce_slice_of(sink.reply), "last");
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

static bool one_is_late(void *arg)
{
    (void)arg;
    return sink.late == 1;
}

static void a_reply_after_the_time_is_dropped_and_counted(void)
{
    begin("?timeout=1s");
    open_responder();
    ask("1");
    REQUIRE(kafka_source_wait(&source, 1));
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.undelivered, 1);
    EXPECT_EQ(sink.code, RD_KAFKA_RESP_ERR__TIMED_OUT);
    EXPECT_TEXT(ce_slice_of(sink.reason), "no reply in time");
    answer(0, ce_result_ack(), "too late");
    EXPECT(kafka_until(loop, one_is_late, NULL));
    EXPECT_EQ(sink.replies, 0);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

static void a_reply_that_is_too_large_becomes_a_refusal(void)
{
    enum { SIZE = 3 << 20 };
    char *body = calloc(1, SIZE + 1);

    REQUIRE(body != NULL);
    memset(body, 'x', SIZE);
    begin("");
    open_responder();
    ask("1");
    REQUIRE(kafka_source_wait(&source, 1));
    answer(0, ce_result_ack(), body);
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.refused, 1);
    EXPECT_EQ(strstr(sink.reason, "the reply was refused: "), sink.reason);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    free(body);
    end();
}

static void a_requester_that_stops_waits_and_then_says_so(void)
{
    begin("");
    open_responder();
    ask("1");
    ask("2");
    REQUIRE(kafka_source_wait(&source, 2));
    /* The rig stops it, and waits until nothing is left. */
    kafka_sink_close(&sink);
    EXPECT_EQ(sink.undelivered, 2);
    EXPECT_TEXT(ce_slice_of(sink.reason), "no reply in time");
    kafka_source_close(&source);
    end();
}

static bool is_refused(void *arg)
{
    (void)arg;
    return strstr(sink.sender->health.reason, "refused") != NULL;
}

static void a_broker_that_is_away_is_said_at_once(void)
{
    begin("");
    kafka_sink_close(&sink);
    broker = "127.0.0.1:1";
    open_requester("");
    /* Asked before it is known. */
    ask("1");
    EXPECT(kafka_until(loop, is_refused, NULL));
    REQUIRE(kafka_sink_wait(&sink, 1));
    EXPECT_EQ(sink.undelivered, 1);
    ask("2");
    EXPECT_EQ(sink.undelivered, 2);
    kafka_sink_close(&sink);
    end();
}

static void what_asks_nothing_is_received_as_ever(void)
{
    begin("");
    open_responder();
    kafka_fill(broker, topic, 0, 0, 2, 10);
    REQUIRE(kafka_source_wait(&source, 2));
    EXPECT(!source.held[0]->interactive);
    answer(0, ce_result_ack(), "nobody asked");
    answer(0, ce_result_make(CE_UNDELIVERED, "later"), NULL);
    /* It is read again. */
    REQUIRE(kafka_source_wait(&source, 3));
    answer(0, ce_result_ack(), NULL);
    EXPECT_EQ(ce_pool_out(source.receiver->pool), 0);
    kafka_source_close(&source);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 2);
    kafka_sink_close(&sink);
    end();
}

static void note_line(ce_level level, const char *line, void *arg)
{
    (void)level;
    *(unsigned *)arg += strstr(line, "is no topic") != NULL;
}

/* Whoever may write requests chooses where replies go. */
static void replies_to_nowhere_do_not_fill_the_log(void)
{
    enum { REQUESTS = 30, A_SECOND = 10 };
    static const char *const names[] = { CE_KAFKA_REPLY_TOPIC, "no topic!",
                                         NULL };
    unsigned lines = 0;

    begin("");
    open_responder();
    for (unsigned i = 0; i < REQUESTS; i++)
        kafka_put(broker, topic, CE_SLICE("k"), CE_SLICE("x"), names);
    REQUIRE(kafka_source_wait(&source, REQUESTS));
    ce_log_to(note_line, &lines, CE_WARN);
    kafka_source_settle(&source, CE_ACK);
    ce_log_to(NULL, NULL, CE_WARN);
    EXPECT_EQ(lines, A_SECOND);
    kafka_source_close(&source);
    kafka_sink_close(&sink);
    end();
}

TESTS("kafka/requests", TEST(a_request_is_done_after_its_reply_is_confirmed),
      TEST(outcomes_travel_without_an_event),
      TEST(replies_find_their_requests_in_any_order),
      TEST(a_reply_after_the_time_is_dropped_and_counted),
      TEST(a_reply_that_is_too_large_becomes_a_refusal),
      TEST(a_requester_that_stops_waits_and_then_says_so),
      TEST(a_broker_that_is_away_is_said_at_once),
      TEST(what_asks_nothing_is_received_as_ever),
      TEST(replies_to_nowhere_do_not_fill_the_log))
