/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver with a broker: what is stored, what comes again. */
#include "tests/support/kafka_rig.h"

static const char *broker, *topic, *group;
static ce_loop *loop;
static char uri[400];

/* What the broker makes of its own accord has as many partitions as it likes.
 */
static void begin_with(unsigned partitions, const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("receiver");
    group = ce_test_unique("group");
    if (partitions > 0)
        kafka_make_topic(broker, topic, (int)partitions);
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s%s", broker, topic, group,
             options);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
}

static void begin(const char *options)
{
    begin_with(1, options);
}

static void end(void)
{
    ce_loop_close(loop);
}

static kafka_source new_source(void)
{
    return (kafka_source){ .holding = 0 };
}

static const char *id_of(const ce_delivery *d)
{
    static char id[64];
    const ce_attr *a = ce_attrs_find(&d->message.attrs, CE_SLICE("id"));

    snprintf(id, sizeof id, "%.*s", a ? (int)a->text.len : 0,
             a ? a->text.ptr : "");
    return id;
}

static void a_record_arrives_as_it_was_put(void)
{
    static const char *const headers[] = { "ce_specversion",
                                           "1.0",
                                           "ce_id",
                                           "a%20b",
                                           "ce_source",
                                           "/s",
                                           "ce_type",
                                           "t",
                                           "ce_ext",
                                           "",
                                           "content-type",
                                           "text/plain",
                                           "trace",
                                           "7",
                                           NULL };
    kafka_source s = new_source();
    const ce_delivery *d;

    begin("");
    kafka_put(broker, topic, CE_SLICE("k"), CE_SLICE("hello"), headers);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 1));
    d = s.held[0];
    EXPECT(s.receiver->health.up);
    EXPECT_EQ(d->message.mode, CE_MODE_BINARY);
    EXPECT_TEXT(d->message.body, "hello");
    EXPECT_TEXT(d->message.key, "k");
    EXPECT_TEXT(d->message.content_type, "text/plain");
    EXPECT_TEXT(d->origin.topic, topic);
    EXPECT_EQ(d->origin.partition, 0);
    EXPECT_EQ(d->origin.offset, 0);
    EXPECT_EQ(d->message.attrs.len, 5);
    EXPECT_EQ(d->origin.metadata.len, 1);
    kafka_source_settle(&s, CE_ACK);
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 1);
    end();
}

/* KAF-09, KAF-10 */
static void a_tombstone_and_an_empty_value_differ(void)
{
    static const char *const headers[] = {
        "ce_specversion", "1.0", "ce_id", "1", "ce_source", "/s",
        "ce_type",        "t",   NULL
    };
    kafka_source s = new_source();

    begin("");
    kafka_put(broker, topic, (ce_slice){ NULL, 0 }, (ce_slice){ NULL, 0 },
              headers);
    kafka_put(broker, topic, CE_SLICE(""), CE_SLICE(""), headers);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 2));
    EXPECT_EQ(s.held[0]->message.body.ptr, NULL);
    EXPECT_EQ(s.held[0]->message.key.ptr, NULL);
    EXPECT(s.held[1]->message.body.ptr && !s.held[1]->message.body.len);
    EXPECT(s.held[1]->message.key.ptr && !s.held[1]->message.key.len);
    kafka_source_close(&s);
    end();
}

/* KAF-33 */
static void what_was_not_delivered_comes_again_after_a_crash(void)
{
    kafka_source s = new_source(), second = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, 5, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 5));
    /* 0 and 1 are done, 2 is not, 3 is done out of order. */
    kafka_source_settle_at(&s, 3, CE_ACK);
    kafka_source_settle_at(&s, 1, CE_NACK);
    kafka_source_settle_at(&s, 0, CE_ACK);
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 2);

    kafka_source_open(&second, loop, uri);
    REQUIRE(kafka_source_wait(&second, 2));
    EXPECT_TEXT(ce_slice_of(id_of(second.held[0])), "2");
    EXPECT_TEXT(ce_slice_of(id_of(second.held[1])), "4");
    kafka_source_settle(&second, CE_ACK);
    kafka_source_close(&second);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 5);
    end();
}

static void what_was_not_delivered_comes_again_alone_while_it_runs(void)
{
    kafka_source s = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, 4, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 4));
    kafka_source_settle_at(&s, 0, CE_ACK);
    kafka_source_settle_at(&s, 0, CE_UNDELIVERED);
    kafka_source_settle(&s, CE_ACK);
    REQUIRE(kafka_source_wait(&s, 5));
    EXPECT_TEXT(ce_slice_of(id_of(s.held[0])), "1");
    kafka_source_settle(&s, CE_ACK);
    kafka_run_for(loop, 1500);
    EXPECT_EQ(s.holding, 0);
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 4);
    end();
}

static unsigned char seen[20000];

static void mark(kafka_source *s, const ce_delivery *d)
{
    (void)s;
    seen[atoi(id_of(d)) % (int)COUNT(seen)]++;
}

static unsigned missing(unsigned count)
{
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++)
        n += seen[i] == 0;
    return n;
}

static void starvation_pauses_and_loses_nothing(void)
{
    enum { RECORDS = 3000 };
    kafka_source s = new_source();

    memset(seen, 0, sizeof seen);
    begin_with(2, "&max_in_flight=10");
    kafka_fill(broker, topic, 0, 0, RECORDS / 2, 100);
    kafka_fill(broker, topic, 1, RECORDS / 2, RECORDS / 2, 100);
    s.seen = mark;
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 10));
    /* Long enough to be paused. */
    kafka_run_for(loop, 2500);
    EXPECT_EQ(s.arrived, 10);
    s.acknowledges = true;
    kafka_source_settle(&s, CE_ACK);
    EXPECT(kafka_source_wait(&s, RECORDS));
    EXPECT_EQ(missing(RECORDS), 0);
    EXPECT_EQ(s.arrived, RECORDS);
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), RECORDS / 2);
    EXPECT_EQ(kafka_committed(broker, group, topic, 1), RECORDS / 2);
    end();
}

static void a_key_becomes_an_attribute_on_request(void)
{
    static const char *const headers[] = {
        "ce_specversion", "1.0", "ce_id", "1", "ce_source", "/s",
        "ce_type",        "t",   NULL
    };
    static const char *const json[] = { "content-type",
                                        "application/cloudevents+json", NULL };
    kafka_source s = new_source();
    const ce_attr *a;

    begin("&key_as=device");
    kafka_put(broker, topic, CE_SLICE("d7"), CE_SLICE("x"), headers);
    kafka_put(broker, topic, CE_SLICE("d8"),
              CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"2\","
                       "\"source\":\"/s\",\"type\":\"t\"}"),
              json);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 2));
    a = ce_attrs_find(&s.held[0]->message.attrs, CE_SLICE("device"));
    REQUIRE(a != NULL);
    EXPECT_TEXT(a->text, "d7");
    REQUIRE(ce_delivery_event(s.held[1], NULL) != NULL);
    EXPECT_TEXT(ce_event_text(ce_delivery_event(s.held[1], NULL), "device"),
                "d8");
    kafka_source_close(&s);
    end();
}

static bool source_is_up(void *arg)
{
    return ((kafka_source *)arg)->receiver->health.up;
}

static bool is_down_for_the_topic(void *arg)
{
    const ce_health *h = &((kafka_source *)arg)->receiver->health;

    return !h->up && strstr(h->reason, topic);
}

static void a_topic_that_is_not_there_is_waited_for(void)
{
    kafka_source s = new_source();

    begin_with(0, "");
    kafka_source_open(&s, loop, uri);
    EXPECT(kafka_until(loop, is_down_for_the_topic, &s));
    kafka_fill(broker, topic, 0, 0, 1, 10);
    EXPECT(kafka_source_wait(&s, 1));
    EXPECT(kafka_until(loop, source_is_up, &s));
    kafka_source_close(&s);
    end();
}

static void a_pattern_stands_for_many_topics(void)
{
    kafka_source s = new_source();
    char other[100];

    begin("");
    snprintf(other, sizeof other, "%s-2", topic);
    kafka_fill(broker, topic, 0, 0, 1, 10);
    kafka_fill(broker, other, 0, 1, 1, 10);
    snprintf(uri, sizeof uri, "kafka://%s/%%5E%s.*?group=%s", broker, topic,
             group);
    kafka_source_open(&s, loop, uri);
    EXPECT(kafka_source_wait(&s, 2));
    kafka_source_close(&s);
    end();
}

/* The events of the new topic have offsets that were seen in the old one. */
static void a_topic_that_is_made_again_is_read_from_its_beginning(void)
{
    enum { EACH = 1500, FEW = 500 };
    kafka_source s = new_source();

    memset(seen, 0, sizeof seen);
    begin("");
    s.seen = mark;
    s.acknowledges = true;
    kafka_fill(broker, topic, 0, 0, EACH, 50);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, EACH));
    kafka_remove_topic(broker, topic);
    kafka_make_topic(broker, topic, 1);
    kafka_fill(broker, topic, 0, EACH, FEW, 50);
    REQUIRE(kafka_source_wait(&s, EACH + FEW));
    kafka_fill(broker, topic, 0, EACH + FEW, EACH - FEW, 50);
    EXPECT(kafka_source_wait(&s, 2 * EACH));
    EXPECT_EQ(missing(2 * EACH), 0);
    EXPECT(kafka_until(loop, source_is_up, &s));
    kafka_source_close(&s);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), EACH);
    end();
}

TESTS("kafka/receiver", TEST(a_record_arrives_as_it_was_put),
      TEST(a_tombstone_and_an_empty_value_differ),
      TEST(what_was_not_delivered_comes_again_after_a_crash),
      TEST(what_was_not_delivered_comes_again_alone_while_it_runs),
      TEST(starvation_pauses_and_loses_nothing),
      TEST(a_key_becomes_an_attribute_on_request),
      TEST(a_topic_that_is_not_there_is_waited_for),
      TEST(a_pattern_stands_for_many_topics),
      TEST(a_topic_that_is_made_again_is_read_from_its_beginning))
