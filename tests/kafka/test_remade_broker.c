/* SPDX-License-Identifier: Apache-2.0 */
/* A topic that was deleted and made again is another one: it is read from its
 * beginning. */
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/trouble.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic, *group;
static ce_loop *loop;
static char uri[400];

static void begin(const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("remade");
    group = ce_test_unique("group");
    kafka_make_topic(broker, topic, 1);
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s%s", broker, topic, group,
             options);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void end(void)
{
    ce_loop_close(loop);
}

/* How often each id came, numbers from 0, and how many were smaller than the
 * one before them. */
static unsigned char seen[30000];
static unsigned backs;
static int last_id;

static void mark(kafka_source *s, const ce_delivery *d)
{
    const ce_attr *a = ce_attrs_find(&d->message.attrs, CE_SLICE("id"));
    int id = a ? atoi(a->text.ptr) : 0;

    (void)s;
    seen[id % (int)COUNT(seen)]++;
    backs += id < last_id;
    last_id = id;
}

static kafka_source new_source(void)
{
    memset(seen, 0, sizeof seen);
    backs = 0;
    last_id = 0;
    return (kafka_source){ .seen = mark, .acknowledges = true };
}

static unsigned missing(unsigned from, unsigned to)
{
    unsigned n = 0;

    for (unsigned i = from; i < to; i++)
        n += seen[i] == 0;
    return n;
}

static bool wait_for_commit(int64_t offset)
{
    return kafka_wait_for_commit(loop, broker, group, topic, offset);
}

static void make_again(void)
{
    kafka_remove_topic(broker, topic);
    kafka_make_topic(broker, topic, 1);
}

static void a_topic_made_again_while_nobody_reads_is_another(void)
{
    enum { OLD = 500, NEW = 1500 };
    kafka_source one = new_source(), two;

    begin("");
    kafka_fill(broker, topic, 0, 0, OLD, 10);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_source_wait(&one, OLD));
    kafka_source_close(&one);
    kafka_remove_topic(broker, topic);
    kafka_make_topic(broker, topic, 1);
    kafka_fill(broker, topic, 0, OLD, NEW, 10);
    two = new_source();
    kafka_source_open(&two, loop, uri);
    EXPECT(kafka_source_wait(&two, NEW));
    EXPECT_EQ(missing(OLD, OLD + NEW), 0);
    EXPECT(wait_for_commit(NEW));
    kafka_source_close(&two);
    end();
}

static bool is_up(void *arg)
{
    return ((kafka_source *)arg)->receiver->health.up;
}

static bool all_have_come(void *arg)
{
    const unsigned *range = arg;

    return missing(range[0], range[1]) == 0;
}

/* As long as the old one before librdkafka looks again, which it does soon or
 * late. */
static void a_topic_made_again_while_it_is_read_is_another(void)
{
    enum { OLD = 500 };
    static const char late[] =
        "&rdkafka.topic.metadata.refresh.fast.interval.ms=3000";
    static const struct {
        unsigned fill;
        const char *options;
    } rows[] = { { 500, "" }, { 500, late }, { 1500, late } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        kafka_source s = new_source();
        unsigned range[] = { OLD, OLD + rows[i].fill };

        begin(rows[i].options);
        kafka_fill(broker, topic, 0, 0, OLD, 10);
        kafka_source_open(&s, loop, uri);
        REQUIRE(kafka_source_wait(&s, OLD));
        make_again();
        kafka_fill(broker, topic, 0, OLD, rows[i].fill, 10);
        EXPECT(kafka_until(loop, all_have_come, range));
        EXPECT(wait_for_commit(rows[i].fill));
        EXPECT(kafka_until(loop, is_up, &s));
        kafka_source_close(&s);
        end();
    }
}

static void expect_each_once_in_order(const kafka_source *s, unsigned count)
{
    EXPECT_EQ(missing(0, count), 0);
    EXPECT_EQ(s->arrived, count);
    EXPECT_EQ(backs, 0);
}

static bool is_down(void *arg)
{
    return !is_up(arg);
}

/* It is soon much longer than the old one was. */
static void a_topic_that_was_seen_gone_comes_once_and_in_order(void)
{
    enum { OLD = 500, NEW = 20000 };
    kafka_source s = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, OLD, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, OLD));
    kafka_remove_topic(broker, topic);
    REQUIRE(kafka_until(loop, is_down, &s));
    kafka_make_topic(broker, topic, 1);
    kafka_fill(broker, topic, 0, OLD, NEW, 10);
    EXPECT(kafka_source_wait(&s, OLD + NEW));
    EXPECT(wait_for_commit(NEW));
    expect_each_once_in_order(&s, OLD + NEW);
    kafka_source_close(&s);
    end();
}

/* So says a broker that has just begun, and knows little yet. */
static void a_topic_that_only_seemed_gone_is_read_on(void)
{
    enum { BEFORE = 500, ALL = 3000 };
    kafka_source s = new_source();
    ce_kafka_receiver *r;

    begin("");
    kafka_fill(broker, topic, 0, 0, BEFORE, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, BEFORE));
    r = (ce_kafka_receiver *)s.receiver;
    ce_kafka_on_error(r->client.rk, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                      "topic does not exist", r);
    EXPECT(!s.receiver->health.up);
    kafka_fill(broker, topic, 0, BEFORE, ALL - BEFORE, 10);
    EXPECT(kafka_source_wait(&s, ALL));
    EXPECT(wait_for_commit(ALL));
    EXPECT(s.receiver->health.up);
    expect_each_once_in_order(&s, ALL);
    kafka_source_close(&s);
    end();
}

TESTS("kafka/remade", TEST(a_topic_made_again_while_nobody_reads_is_another),
      TEST(a_topic_made_again_while_it_is_read_is_another),
      TEST(a_topic_that_was_seen_gone_comes_once_and_in_order),
      TEST(a_topic_that_only_seemed_gone_is_read_on))
