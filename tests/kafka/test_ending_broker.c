/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that reads until the end: in a group, beside one who writes, and
 * where there is nothing to read from. */
#include "tests/support/kafka_rig.h"

#include "bindings/kafka/kafka.h"

static const char *broker, *topic;
static ce_loop *loop;
static bool ended;

static void begin(int partitions)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("ending");
    ended = false;
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    if (partitions)
        kafka_make_topic(broker, topic, partitions);
}

static void end(void)
{
    ce_loop_close(loop);
}

static void note_end(ce_receiver *receiver, void *arg)
{
    (void)receiver;
    (void)arg;
    ended = true;
}

static bool has_ended(void *arg)
{
    (void)arg;
    return ended;
}

/* QUERY says who reads. */
static void open_source(kafka_source *s, const char *query)
{
    char uri[400];

    snprintf(uri, sizeof uri, "kafka://%s/%s?until_end=true&%s", broker, topic,
             query);
    kafka_source_open(s, loop, uri);
    s->receiver->ended = note_end;
}

/* Writes a record for each that comes. */
static void write_one(kafka_source *s, const ce_delivery *d)
{
    (void)d;
    kafka_fill(broker, topic, 0, 100 + s->arrived, 1, 10);
}

static void what_is_written_meanwhile_is_for_the_next_run(void)
{
    static const char *const queries[] = { "group=ending", "clean=true" };

    for (size_t i = 0; i < COUNT(queries); i++) {
        kafka_source s = { .acknowledges = true, .seen = write_one };

        begin(2);
        kafka_fill(broker, topic, 0, 0, 5, 10);
        kafka_fill(broker, topic, 1, 5, 3, 10);
        open_source(&s, queries[i]);
        EXPECT_ROW(queries[i], kafka_until(loop, has_ended, NULL));
        EXPECT_ROW(queries[i], s.arrived == 8);
        EXPECT(s.receiver->health.up);
        kafka_source_close(&s);
        end();
    }
}

static void a_group_stays_before_what_was_not_done(void)
{
    kafka_source s = { .holding = 0 };

    begin(1);
    kafka_fill(broker, topic, 0, 0, 3, 10);
    open_source(&s, "group=ending-kept");
    EXPECT(kafka_until(loop, has_ended, NULL));
    REQUIRE_EQ(s.holding, 3);
    kafka_source_settle_at(&s, 0, CE_ACK);
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, "ending-kept", topic, 0), 1);
    end();
}

static void a_topic_that_is_not_there_is_no_end_but_a_failure(void)
{
    static const char *const queries[] = { "group=ending", "clean=true" };

    for (size_t i = 0; i < COUNT(queries); i++) {
        kafka_source s = { .holding = 0 };

        begin(0);
        open_source(&s, queries[i]);
        EXPECT_ROW(queries[i], kafka_until(loop, has_ended, NULL));
        EXPECT(!s.receiver->health.up);
        EXPECT_CONTAINS(s.receiver->health.reason, "nknown topic");
        kafka_source_close(&s);
        end();
    }
}

TESTS("kafka/ending", TEST(what_is_written_meanwhile_is_for_the_next_run),
      TEST(a_group_stays_before_what_was_not_done),
      TEST(a_topic_that_is_not_there_is_no_end_but_a_failure))
