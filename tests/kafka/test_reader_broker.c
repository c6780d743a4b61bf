/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver without a group: where it begins, where it ends, and that no
 * group notices it. */
#include "tests/support/kafka_rig.h"

#include "bindings/kafka/kafka.h"

static const char *broker, *topic;
static ce_loop *loop;
static char uri[400];

/* OPTIONS begin with '&'. */
static void name_uri(const char *options)
{
    snprintf(uri, sizeof uri, "kafka://%s/%s?clean=true%s", broker, topic,
             options);
}

static void begin(const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("reader");
    name_uri(options);
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

static bool is_up(void *arg)
{
    return ((kafka_source *)arg)->receiver->health.up;
}

static int64_t first_offset(const kafka_source *s)
{
    return s->held[0]->origin.offset;
}

static void a_group_is_where_it_was(void)
{
    kafka_source member = new_source(), reader = new_source();
    char in_group[400];

    begin("&from=beginning");
    /* The default group of the transport: production's. */
    snprintf(in_group, sizeof in_group, "kafka://%s/%s", broker, topic);
    kafka_fill(broker, topic, 0, 0, 2, 10);
    kafka_source_open(&member, loop, in_group);
    REQUIRE(kafka_source_wait(&member, 2));
    kafka_source_settle(&member, CE_ACK);
    kafka_source_close(&member);
    REQUIRE_EQ(kafka_committed(broker, "cebridge", topic, 0), 2);

    kafka_fill(broker, topic, 0, 2, 3, 10);
    kafka_source_open(&reader, loop, uri);
    EXPECT(kafka_source_wait(&reader, 5));
    kafka_source_settle(&reader, CE_ACK);
    kafka_source_close(&reader);
    EXPECT_EQ(kafka_committed(broker, "cebridge", topic, 0), 2);
    EXPECT_CMP(kafka_committed(broker, "cebridge-without-a-group", topic, 0), <,
               0);
    end();
}

static void it_begins_at_the_end(void)
{
    kafka_source s = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, 4, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_until(loop, is_up, &s));
    /* What comes once it is up is read, however late the first fetch is. */
    kafka_fill(broker, topic, 0, 4, 1, 10);
    REQUIRE(kafka_source_wait(&s, 1));
    EXPECT_EQ(first_offset(&s), 4);
    kafka_source_close(&s);
    end();
}

static void it_begins_so_many_records_or_so_long_before(void)
{
    static const struct {
        const char *options;
        unsigned arrive;
    } rows[] = {
        { "&from=-3", 3 },
        { "&from=-99", 5 },
        { "&from=-1h", 5 },
    };

    begin("");
    kafka_fill(broker, topic, 0, 0, 5, 10);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kafka_source s = new_source();

        name_uri(rows[i].options);
        kafka_source_open(&s, loop, uri);
        REQUIRE(kafka_source_wait(&s, rows[i].arrive));
        EXPECT_EQ(first_offset(&s), 5 - rows[i].arrive);
        kafka_source_close(&s);
    }
    end();
}

static void note_end(ce_receiver *receiver, void *arg)
{
    (void)receiver;
    *(bool *)arg = true;
}

static bool has_ended(void *arg)
{
    return *(bool *)arg;
}

static void it_ends_at_the_end_when_all_is_done(void)
{
    kafka_source s = new_source();
    bool ended = false;

    begin("&until_end=true");
    kafka_make_topic(broker, topic, 3);
    kafka_fill(broker, topic, 0, 0, 3, 10);
    kafka_fill(broker, topic, 2, 3, 3, 10);
    kafka_source_open(&s, loop, uri);
    s.receiver->ended = note_end;
    s.receiver->ended_arg = &ended;
    REQUIRE(kafka_source_wait(&s, 6));
    /* What was not delivered is read once more before the end. */
    kafka_source_settle_at(&s, 1, CE_UNDELIVERED);
    kafka_source_settle(&s, CE_ACK);
    REQUIRE(kafka_source_wait(&s, 7));
    EXPECT(!ended);
    s.acknowledges = true;
    kafka_source_settle(&s, CE_ACK);
    EXPECT(kafka_until(loop, has_ended, &ended));
    kafka_source_close(&s);
    end();
}

static void a_topic_that_comes_later_is_read_from_its_beginning(void)
{
    kafka_source s = new_source();

    begin("");
    kafka_source_open(&s, loop, uri);
    kafka_run_for(loop, 1000);
    kafka_fill(broker, topic, 0, 0, 2, 10);
    REQUIRE(kafka_source_wait(&s, 2));
    EXPECT_EQ(first_offset(&s), 0);
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
    snprintf(uri, sizeof uri, "kafka://%s/%%5E%s.*?clean=true&from=beginning",
             broker, topic);
    kafka_source_open(&s, loop, uri);
    EXPECT(kafka_source_wait(&s, 2));
    kafka_source_close(&s);
    end();
}

static void what_contradicts_a_group_is_refused(void)
{
    static const struct {
        const char *query, *says;
    } rows[] = {
        { "from=end", "needs clean=true" },
        { "clean=true&group=x", "without a group" },
        { "clean=true&from=soon", "not beginning, end" },
        { "clean=true&from=-", "not beginning, end" },
        { "clean=true&from=-5x", "not beginning, end" },
    };

    begin("");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ce_endpoint at = { .loop = loop, .name = "test" };
        ce_receiver *receiver = NULL;
        ce_settings *settings;
        ce_error err = { CE_OK, "" };

        snprintf(uri, sizeof uri, "kafka://%s/%s?%s", broker, topic,
                 rows[i].query);
        REQUIRE_OK(ce_settings_open(&settings, ce_kafka_receiver_options, uri,
                                    CE_URI_STRICT, &err));
        at.settings = settings;
        EXPECT_EQ(ce_kafka_receiver_open(&receiver, &at, &err), CE_EINVAL);
        EXPECT_CONTAINS(err.text, rows[i].says);
        ce_settings_close(settings);
    }
    end();
}

TESTS("kafka/reader", TEST(a_group_is_where_it_was), TEST(it_begins_at_the_end),
      TEST(it_begins_so_many_records_or_so_long_before),
      TEST(it_ends_at_the_end_when_all_is_done),
      TEST(a_topic_that_comes_later_is_read_from_its_beginning),
      TEST(a_pattern_stands_for_many_topics),
      TEST(what_contradicts_a_group_is_refused))
