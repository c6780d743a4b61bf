/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a group: who has what, and what comes of deliveries that are out
 * meanwhile. */
#include "tests/support/kafka_rig.h"

static const char *broker, *topic, *group;
static ce_loop *loop;
static char uri[400];

static void begin_with(unsigned partitions, const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("members");
    group = ce_test_unique("group");
    kafka_make_topic(broker, topic, (int)partitions);
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s%s", broker, topic, group,
             options);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void end(void)
{
    ce_loop_close(loop);
}

static kafka_source new_source(void)
{
    return (kafka_source){ .holding = 0 };
}

static unsigned char seen[20000];

static void mark(kafka_source *s, const ce_delivery *d)
{
    const ce_attr *a = ce_attrs_find(&d->message.attrs, CE_SLICE("id"));

    (void)s;
    if (a)
        seen[atoi(a->text.ptr) % (int)COUNT(seen)]++;
}

static unsigned missing(unsigned count)
{
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++)
        n += seen[i] == 0;
    return n;
}

static bool source_is_up(void *arg)
{
    return ((kafka_source *)arg)->receiver->health.up;
}

static void fill_all(unsigned partitions, unsigned first, unsigned each)
{
    for (unsigned p = 0; p < partitions; p++)
        kafka_fill(broker, topic, (int)p, first + p * each, each, 50);
}

/* STANDS: the group stands still while one drains. */
static void share(const char *options, bool stands)
{
    enum { EACH = 500, PARTITIONS = 4, ROUND = EACH * PARTITIONS };
    kafka_source one = new_source(), two = new_source();

    memset(seen, 0, sizeof seen);
    begin_with(PARTITIONS, options);
    one.seen = two.seen = mark;
    one.acknowledges = two.acknowledges = true;
    kafka_source_open(&one, loop, uri);
    fill_all(PARTITIONS, 0, EACH);
    REQUIRE(kafka_source_wait(&one, ROUND));
    /* Deliveries of the first are out while it has to give partitions up. */
    one.acknowledges = false;
    fill_all(PARTITIONS, ROUND, EACH);
    REQUIRE(kafka_source_wait(&one, ROUND + 1));
    kafka_source_open(&two, loop, uri);
    kafka_run_for(loop, 1500);
    EXPECT_EQ(two.receiver->health.up, !stands);
    kafka_source_settle(&one, CE_ACK);
    one.acknowledges = true;
    EXPECT(kafka_until(loop, source_is_up, &two));
    fill_all(PARTITIONS, 2 * ROUND, EACH);
    for (unsigned waited = 0; missing(3 * ROUND) > 0 && waited < 300; waited++)
        kafka_run_for(loop, 100);
    EXPECT_EQ(missing(3 * ROUND), 0);
    EXPECT_CMP(two.arrived, >, 0);
    /* All was drained, so nothing came twice. */
    EXPECT_EQ(one.arrived + two.arrived, 3 * ROUND);
    kafka_source_close(&one);
    kafka_source_close(&two);
    for (unsigned p = 0; p < PARTITIONS; p++)
        EXPECT_EQ(kafka_committed(broker, group, topic, (int)p), 3 * EACH);
    end();
}

static void two_members_share_a_group_and_lose_nothing(void)
{
    share("&rdkafka.heartbeat.interval.ms=200", true);
}

static void members_that_keep_what_they_may_lose_nothing(void)
{
    share("&rdkafka.heartbeat.interval.ms=200"
          "&rdkafka.partition.assignment.strategy=cooperative-sticky",
          false);
}

static bool is_fenced(void *arg)
{
    const ce_health *h = &((kafka_source *)arg)->receiver->health;

    return !h->up && strstr(h->reason, "group.instance.id");
}

static void a_member_whose_place_is_taken_stops_and_says_why(void)
{
    kafka_source one = new_source(), two = new_source();

    begin_with(
        1, "&rdkafka.group.instance.id=same&rdkafka.heartbeat.interval.ms=200");
    kafka_fill(broker, topic, 0, 0, 5, 50);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_source_wait(&one, 5));
    kafka_source_open(&two, loop, uri);
    two.acknowledges = true;
    EXPECT(kafka_until(loop, is_fenced, &one));
    /* What it has is not its own any more. */
    EXPECT(one.held[0]->abandoned);
    kafka_source_settle(&one, CE_UNDELIVERED);
    REQUIRE(kafka_source_wait(&two, 5));
    kafka_fill(broker, topic, 0, 5, 5, 50);
    EXPECT(kafka_source_wait(&two, 10));
    EXPECT_EQ(one.arrived, 5);
    EXPECT(source_is_up(&two));
    kafka_source_close(&one);
    kafka_source_close(&two);
    end();
}

static bool all_are_abandoned(void *arg)
{
    kafka_source *s = arg;

    /* What comes back to it after the rebalance is its own again. */
    for (unsigned i = 0; i < s->wanted; i++)
        if (!s->held[i]->abandoned)
            return false;
    return true;
}

/* A poison key must not take more and more of the credit with each rebalance:
 * whoever holds a record learns that it is not ours any more. */
static void what_goes_to_another_member_is_abandoned(void)
{
    kafka_source one = new_source(), two = new_source();

    begin_with(2, "&rdkafka.heartbeat.interval.ms=200");
    kafka_fill(broker, topic, 0, 0, 5, 50);
    kafka_fill(broker, topic, 1, 5, 5, 50);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_source_wait(&one, 10));
    EXPECT(!one.held[0]->abandoned);
    kafka_source_open(&two, loop, uri);
    EXPECT(kafka_until(loop, all_are_abandoned, &one));
    kafka_source_settle(&one, CE_UNDELIVERED);
    EXPECT(kafka_source_is_home(&one));
    kafka_source_close(&two);
    kafka_source_close(&one);
    end();
}

static bool it_has_the_slow_one(void *arg)
{
    kafka_source *s = arg;

    return s->arrived > 0;
}

/* The drain of a partition ends after 5 s, with one record that has no result
 * and many behind it that have one. */
static void what_is_done_is_not_done_again_by_the_next_member(void)
{
    enum { EACH = 200 };
    kafka_source one = new_source(), two = new_source();
    unsigned slow = EACH / 2;

    begin_with(2, "&rdkafka.heartbeat.interval.ms=200");
    kafka_fill(broker, topic, 0, 0, EACH, 50);
    kafka_fill(broker, topic, 1, EACH, EACH, 50);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_source_wait(&one, 2 * EACH));
    /* One of each partition stays. */
    for (unsigned i = one.holding; i-- > 0;)
        if (one.held[i]->origin.offset != slow)
            kafka_source_settle_at(&one, i, CE_ACK);
    REQUIRE_EQ(one.holding, 2);
    kafka_source_open(&two, loop, uri);
    REQUIRE(kafka_until(loop, it_has_the_slow_one, &two));
    kafka_run_for(loop, 1000);
    EXPECT_EQ(two.arrived, 1);
    EXPECT_EQ(two.held[0]->origin.offset, slow);
    kafka_source_close(&two);
    kafka_source_close(&one);
    end();
}

/* max.poll.interval.ms cannot be shorter than the broker's shortest session. */
static void a_slow_sink_costs_no_membership(void)
{
    kafka_source s = new_source();

    begin_with(1, "&max_in_flight=4&rdkafka.max.poll.interval.ms=6000"
                  "&rdkafka.session.timeout.ms=6000");
    kafka_fill(broker, topic, 0, 0, 20, 50);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 4));
    kafka_run_for(loop, 7500);
    EXPECT(s.receiver->health.up);
    EXPECT(!s.held[0]->abandoned);
    s.acknowledges = true;
    kafka_source_settle(&s, CE_ACK);
    REQUIRE(kafka_source_wait(&s, 20));
    kafka_source_close(&s);
    EXPECT_EQ(s.arrived, 20);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 20);
    end();
}

TESTS("kafka/members", TEST(two_members_share_a_group_and_lose_nothing),
      TEST(members_that_keep_what_they_may_lose_nothing),
      TEST(what_goes_to_another_member_is_abandoned),
      TEST(a_member_whose_place_is_taken_stops_and_says_why),
      TEST(what_is_done_is_not_done_again_by_the_next_member),
      TEST(a_slow_sink_costs_no_membership))
