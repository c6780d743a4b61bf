/* SPDX-License-Identifier: Apache-2.0 */
/* How far behind a source says it is. */
#include "bindings/kafka/receiver.h"
#include "core/transport/gauges.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic;
static ce_loop *loop;
static char uri[400];

static void begin(void)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("lag");
    kafka_make_topic(broker, topic, 1);
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s&max_in_flight=5", broker,
             topic, ce_test_unique("group"));
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void end(void)
{
    ce_loop_close(loop);
}

typedef struct told {
    ce_gauges *gauges;
    uint64_t lag, wanted;
} told;

static void find_lag(void *arg, const ce_gauge *g)
{
    told *t = arg;

    if (strcmp(g->name, "kafka_lag") != 0)
        return;
    EXPECT_TEXT(ce_slice_of(g->labels[0].value), topic);
    EXPECT_TEXT(ce_slice_of(g->labels[1].value), "0");
    t->lag = g->value;
}

static bool lag_is_right(void *arg)
{
    told *t = arg;

    t->lag = UINT64_MAX;
    ce_gauges_each(t->gauges, find_lag, t);
    return t->lag == t->wanted;
}

static void it_says_how_far_behind_it_is(void)
{
    kafka_source s = { .acknowledges = false };
    told t = { .gauges = ce_gauges_new(), .wanted = 20 };

    begin();
    kafka_fill(broker, topic, 0, 0, 20, 10);
    kafka_source_open(&s, loop, uri);
    s.receiver->gauges = t.gauges;
    REQUIRE(kafka_source_wait(&s, 5));
    EXPECT(kafka_until(loop, lag_is_right, &t));
    s.acknowledges = true;
    kafka_source_settle(&s, CE_ACK);
    t.wanted = 0;
    EXPECT(kafka_until(loop, lag_is_right, &t));
    kafka_source_close(&s);
    ce_gauges_free(t.gauges);
    end();
}

static bool is_paused(void *arg)
{
    const kafka_source *s = arg;

    return ((ce_kafka_receiver *)s->receiver)->credit.paused;
}

static void it_says_so_while_it_is_paused(void)
{
    kafka_source s = { .acknowledges = false };
    told t = { .gauges = ce_gauges_new(), .wanted = 50 };

    begin();
    kafka_fill(broker, topic, 0, 0, 20, 10);
    kafka_source_open(&s, loop, uri);
    s.receiver->gauges = t.gauges;
    REQUIRE(kafka_until(loop, is_paused, &s));
    kafka_fill(broker, topic, 0, 20, 30, 10);
    EXPECT(kafka_until(loop, lag_is_right, &t));
    kafka_source_close(&s);
    ce_gauges_free(t.gauges);
    end();
}

TESTS("kafka/lag", TEST(it_says_how_far_behind_it_is),
      TEST(it_says_so_while_it_is_paused))
