/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of a broker that pass: of a mock cluster in this process, which gives
 * them on demand. A route's retry stage stands before the sink. */
#include "core/stages/stages.h"
#include "tests/support/kafka_rig.h"

#include <librdkafka/rdkafka_mock.h>

enum { EVENTS = 300, KEYS = 7, PRODUCE = 0, BROKERS = 3 };

static rd_kafka_t *rk;
static rd_kafka_mock_cluster_t *cluster;
static ce_loop *loop;
static ce_arena *arena;
static char uri[200];

static void begin(int brokers)
{
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), NULL, 0);
    REQUIRE(rk != NULL);
    cluster = rd_kafka_mock_cluster_new(rk, brokers);
    REQUIRE(cluster != NULL);
    REQUIRE_EQ(rd_kafka_mock_topic_create(cluster, "t", 1, 1), 0);
    /* All go in one request: a mock cluster would take what is behind a gap. */
    snprintf(uri, sizeof uri, "kafka://%s/t?linger=100ms",
             rd_kafka_mock_cluster_bootstraps(cluster));
    arena = ce_arena_new();
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void end(void)
{
    ce_loop_close(loop);
    ce_arena_free(arena);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
}

static void open_sink(kafka_sink *sink, ce_stage **retry)
{
    ce_retry_config c = { .base_ms = 10, .cap_ms = 100, .seed = 1 };

    kafka_sink_open(sink, loop, uri);
    c.sink = &sink->sender->health;
    REQUIRE_OK(ce_retry_stage(retry, &sink->sender->stage, loop, &c));
    sink->top = *retry;
}

static void send_some(kafka_sink *sink, unsigned first, unsigned count)
{
    char id[16], key[8];
    ce_message m;

    for (unsigned i = first; i < first + count; i++) {
        snprintf(id, sizeof id, "%u", i);
        snprintf(key, sizeof key, "%u", i % KEYS);
        m = kafka_event(arena, id, "x");
        m.key = ce_slice_of(key);
        kafka_sink_send(sink, &m);
    }
}

/* An event may arrive twice, when an answer to it was lost; what arrives for
 * the first time is not older than what has been there of its key. */
static unsigned char arrived[EVENTS];
static int newest[KEYS];
static unsigned overtaken, repeated;

static void see(kafka_source *s, const ce_delivery *d)
{
    const ce_attr *a = ce_attrs_find(&d->message.attrs, CE_SLICE("id"));
    int id = a ? atoi(a->text.ptr) : 0;

    (void)s;
    if (!arrived[id]) {
        overtaken += id < newest[id % KEYS];
        newest[id % KEYS] = id;
    }
    repeated += arrived[id];
    arrived[id] = 1;
}

static bool all_are_there(void *arg)
{
    (void)arg;
    return !memchr(arrived, 0, EVENTS);
}

static void check_arrivals(const char *name)
{
    kafka_source source = { .acknowledges = true, .seen = see };

    memset(arrived, 0, sizeof arrived);
    memset(newest, 0, sizeof newest);
    overtaken = repeated = 0;
    snprintf(uri, sizeof uri, "kafka://%s/t?clean=true&from=beginning",
             rd_kafka_mock_cluster_bootstraps(cluster));
    kafka_source_open(&source, loop, uri);
    EXPECT_ROW(name, kafka_until(loop, all_are_there, NULL));
    EXPECT_EQ_ROW(name, overtaken, 0);
    kafka_source_close(&source);
}

typedef struct fault {
    const char *name;
    rd_kafka_resp_err_t errors[4]; /* of the first requests; 0 ends */
    bool is_fatal;                 /* librdkafka gives its client up */
} fault;

static bool was_down;

static void note_health(const kafka_sink *sink)
{
    was_down = was_down || !sink->sender->health.up;
}

static bool all_are_acked(void *arg)
{
    const kafka_sink *sink = arg;

    note_health(sink);
    return sink->acked == EVENTS;
}

static void check(const fault *f)
{
    kafka_sink sink = { .acked = 0 };
    ce_stage *retry;

    begin(1);
    open_sink(&sink, &retry);
    REQUIRE(kafka_sink_is_up(&sink));
    was_down = false;
    for (size_t i = 0; i < COUNT(f->errors) && f->errors[i]; i++)
        rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, f->errors[i]);
    send_some(&sink, 0, EVENTS);
    EXPECT_ROW(f->name, kafka_until(loop, all_are_acked, &sink));
    EXPECT_EQ_ROW(f->name, sink.refused + sink.undelivered, 0);
    EXPECT_ROW(f->name, was_down || !f->is_fatal);
    EXPECT_ROW(f->name, sink.sender->health.up);
    retry->ops->close(retry);
    kafka_sink_close(&sink);
    check_arrivals(f->name);
    end();
}

static void errors_that_pass_lose_and_reorder_nothing(void)
{
    static const fault passing = {
        "passing",
        { RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
          RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
          RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
          RD_KAFKA_RESP_ERR__TRANSPORT },
        false
    };

    check(&passing);
}

static void after_a_fatal_error_a_new_client_goes_on(void)
{
    static const fault fatal = {
        "out of sequence",
        { RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER },
        true
    };

    check(&fatal);
}

/* A broker that leads no more says so, and another one is found. */
static void move_to(int32_t id)
{
    REQUIRE_EQ(rd_kafka_mock_partition_set_leader(cluster, "t", 0, id), 0);
    REQUIRE_EQ(rd_kafka_mock_coordinator_set(cluster, "group", "g", id), 0);
}

static void a_leader_that_changes_costs_a_sink_nothing(void)
{
    enum { EACH = EVENTS / BROKERS };
    kafka_sink sink = { .acked = 0 };
    ce_stage *retry;

    begin(BROKERS);
    open_sink(&sink, &retry);
    REQUIRE(kafka_sink_is_up(&sink));
    for (int id = 1; id <= BROKERS; id++) {
        send_some(&sink, EACH * (unsigned)(id - 1), EACH);
        move_to(id);
    }
    EXPECT(kafka_until(loop, all_are_acked, &sink));
    retry->ops->close(retry);
    kafka_sink_close(&sink);
    check_arrivals("leader");
    EXPECT_EQ(repeated, 0);
    end();
}

static void a_leader_and_a_coordinator_that_change_cost_a_source_nothing(void)
{
    enum { EACH = 100 };
    kafka_source source = { .acknowledges = true };
    const char *broker;

    begin(BROKERS);
    broker = rd_kafka_mock_cluster_bootstraps(cluster);
    snprintf(uri, sizeof uri, "kafka://%s/t?group=g&offset=earliest", broker);
    kafka_fill(broker, "t", 0, 0, EACH, 10);
    kafka_source_open(&source, loop, uri);
    REQUIRE(kafka_source_wait(&source, EACH));
    for (int id = 1; id <= BROKERS; id++) {
        unsigned first = EACH * (unsigned)id;

        move_to(id);
        kafka_fill(broker, "t", 0, first, EACH, 10);
        EXPECT(kafka_source_wait(&source, first + EACH));
    }
    EXPECT(kafka_source_is_home(&source));
    kafka_source_close(&source);
    EXPECT_EQ(source.arrived, EACH * (BROKERS + 1));
    EXPECT_EQ(kafka_committed(broker, "g", "t", 0), EACH * (BROKERS + 1));
    end();
}

TESTS("kafka/faults", TEST(errors_that_pass_lose_and_reorder_nothing),
      TEST(after_a_fatal_error_a_new_client_goes_on),
      TEST(a_leader_that_changes_costs_a_sink_nothing),
      TEST(a_leader_and_a_coordinator_that_change_cost_a_source_nothing))
