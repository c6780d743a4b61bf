/* SPDX-License-Identifier: Apache-2.0 */
/* Where a group goes on: behind what is done, also out of order; at what is
 * left, when some is gone. */
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"
#include "tests/support/kafka_rig.h"

static const char *broker, *topic, *group;
static ce_loop *loop;
static char uri[400];

static void name_uri(const char *of, const char *options)
{
    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s%s", broker, of, group,
             options);
}

static void begin_with(int partitions, const char *options)
{
    broker = ce_test_broker("CE_TEST_KAFKA");
    topic = ce_test_unique("offsets");
    group = ce_test_unique("group");
    kafka_make_topic(broker, topic, partitions);
    name_uri(topic, options);
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

/* The ids of what arrived, and how often: numbers from 0. */
static unsigned char seen[200000];

static void mark(kafka_source *s, const ce_delivery *d)
{
    const ce_attr *a = ce_attrs_find(&d->message.attrs, CE_SLICE("id"));

    (void)s;
    if (a)
        seen[atoi(a->text.ptr) % (int)COUNT(seen)]++;
}

static kafka_source new_source(void)
{
    memset(seen, 0, sizeof seen);
    return (kafka_source){ .seen = mark };
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

/* --- done beyond the offset --- */

static void what_is_done_out_of_order_does_not_come_again(void)
{
    kafka_source one = new_source(), two;

    begin("");
    kafka_fill(broker, topic, 0, 0, 1000, 10);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_source_wait(&one, 1000));
    /* 0 and 500 have no result. */
    while (one.holding > 501)
        kafka_source_settle_at(&one, one.holding - 1, CE_ACK);
    while (one.holding > 2)
        kafka_source_settle_at(&one, 1, CE_ACK);
    kafka_source_close(&one);
    EXPECT_EQ(kafka_committed(broker, group, topic, 0), 0);

    two = new_source();
    kafka_fill(broker, topic, 0, 1000, 1, 10);
    kafka_source_open(&two, loop, uri);
    REQUIRE(kafka_source_wait(&two, 3));
    EXPECT_EQ(two.held[0]->origin.offset, 0);
    EXPECT_EQ(two.held[1]->origin.offset, 500);
    EXPECT_EQ(two.held[2]->origin.offset, 1000);
    kafka_source_settle(&two, CE_ACK);
    EXPECT(wait_for_commit(1001));
    EXPECT_EQ(two.arrived, 3);
    kafka_source_close(&two);
    end();
}

static void what_others_wrote_beside_an_offset_is_ignored(void)
{
    kafka_source s = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, 10, 10);
    kafka_commit(broker, group, topic, 0, 4, "ce9:AAAABB");
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 6));
    EXPECT_EQ(s.held[0]->origin.offset, 4);
    kafka_source_close(&s);
    end();
}

static void a_record_without_a_result_stops_only_its_partition_at_last(void)
{
    enum { MANY = 66000, FEW = 100 };
    kafka_source s = new_source();

    begin_with(2, "");
    kafka_fill(broker, topic, 0, 0, 1, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 1));
    s.acknowledges = true;
    kafka_fill(broker, topic, 0, 1, MANY, 10);
    /* As many rows as there are: CE_KAFKA_ROWS_MAX. */
    REQUIRE(kafka_source_wait(&s, 65536));
    kafka_fill(broker, topic, 1, MANY + 1, FEW, 10);
    REQUIRE(kafka_source_wait(&s, 65536 + FEW));
    EXPECT_EQ(s.arrived, 65536 + FEW);
    EXPECT_EQ(missing(MANY + 1, MANY + 1 + FEW), 0);
    kafka_source_settle(&s, CE_ACK);
    EXPECT(kafka_source_wait(&s, 1 + MANY + FEW));
    EXPECT_EQ(s.arrived, 1 + MANY + FEW);
    EXPECT_EQ(missing(0, 1 + MANY + FEW), 0);
    EXPECT(wait_for_commit(1 + MANY));
    kafka_source_close(&s);
    end();
}

static bool is_full(void *arg)
{
    const ce_kafka_receiver *r =
        (ce_kafka_receiver *)((kafka_source *)arg)->receiver;
    const ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers);

    return l && l->full;
}

/* A rebalance takes every pause back, of what it leaves, too. */
static void what_came_while_it_was_full_is_read_again(void)
{
    enum { MANY = 66000 };
    kafka_source s = new_source();

    begin("");
    kafka_fill(broker, topic, 0, 0, 1, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 1));
    s.acknowledges = true;
    kafka_fill(broker, topic, 0, 1, MANY, 10);
    REQUIRE(kafka_until(loop, is_full, &s));
    kafka_source_settle(&s, CE_ACK);
    ce_kafka_resume_all((ce_kafka_receiver *)s.receiver);
    EXPECT(kafka_source_wait(&s, 1 + MANY));
    EXPECT_EQ(missing(0, 1 + MANY), 0);
    EXPECT(wait_for_commit(1 + MANY));
    kafka_source_close(&s);
    end();
}

/* --- offsets that are out of range --- */

static void what_retention_has_left_is_read_from_its_oldest(void)
{
    static const char *const options[] = { "&offset=earliest",
                                           "&offset=latest" };

    for (size_t i = 0; i < COUNT(options); i++) {
        kafka_source s = new_source();

        begin(options[i]);
        kafka_fill(broker, topic, 0, 0, 100, 10);
        kafka_commit(broker, group, topic, 0, 10, "");
        kafka_remove_records(broker, topic, 0, 60);
        kafka_source_open(&s, loop, uri);
        s.acknowledges = true;
        REQUIRE(kafka_source_wait(&s, 40));
        EXPECT_EQ(missing(60, 100), 0);
        EXPECT(wait_for_commit(100));
        EXPECT_EQ(s.arrived, 40);
        kafka_source_close(&s);
        end();
    }
}

static void what_is_removed_while_it_waits_is_passed_over(void)
{
    kafka_source s = new_source();

    begin("&offset=latest&max_in_flight=10");
    kafka_commit(broker, group, topic, 0, 0, "");
    kafka_fill(broker, topic, 0, 0, 5000, 1000);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 10));
    /* Long enough to be paused: what was fetched is thrown away. */
    kafka_run_for(loop, 2500);
    kafka_remove_records(broker, topic, 0, 3000);
    s.acknowledges = true;
    kafka_source_settle(&s, CE_ACK);
    EXPECT(wait_for_commit(5000));
    EXPECT_EQ(missing(3000, 5000), 0);
    /* One record was read, and waited for credit. */
    EXPECT_EQ(s.arrived, 2011);
    kafka_source_close(&s);
    end();
}

static void an_offset_behind_the_end_begins_at_the_oldest(void)
{
    kafka_source s = new_source();

    begin("&offset=latest");
    kafka_fill(broker, topic, 0, 0, 20, 10);
    kafka_commit(broker, group, topic, 0, 1000, "");
    kafka_source_open(&s, loop, uri);
    EXPECT(kafka_source_wait(&s, 20));
    kafka_source_close(&s);
    end();
}

static bool is_up(void *arg)
{
    return ((kafka_source *)arg)->receiver->health.up;
}

/* Puts COUNT records into a transaction that stays open. */
static rd_kafka_t *open_transaction(unsigned count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", broker, why, sizeof why);
    rd_kafka_conf_set(conf, "transactional.id", topic, why, sizeof why);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    REQUIRE(rk != NULL);
    REQUIRE(!rd_kafka_init_transactions(rk, KAFKA_RIG_WAIT_MS));
    REQUIRE(!rd_kafka_begin_transaction(rk));
    while (count-- > 0)
        REQUIRE(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
                                   RD_KAFKA_V_PARTITION(0),
                                   RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_END));
    REQUIRE(!rd_kafka_flush(rk, KAFKA_RIG_WAIT_MS));
    return rk;
}

/* The end of what is committed is before the transaction, and the group is
 * behind it. */
static void a_group_behind_an_open_transaction_goes_on_there(void)
{
    kafka_source s = new_source();
    rd_kafka_t *rk;

    begin("");
    kafka_fill(broker, topic, 0, 0, 20, 10);
    rk = open_transaction(5);
    kafka_commit(broker, group, topic, 0, 25, "");
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_until(loop, is_up, &s));
    REQUIRE(!rd_kafka_abort_transaction(rk, KAFKA_RIG_WAIT_MS));
    rd_kafka_destroy(rk);
    kafka_fill(broker, topic, 0, 20, 1, 10);
    REQUIRE(kafka_source_wait(&s, 1));
    EXPECT_EQ(missing(20, 21), 0);
    EXPECT_EQ(s.arrived, 1);
    kafka_source_close(&s);
    end();
}

/* --- groups without an offset --- */

static void a_new_group_begins_at_the_end_once(void)
{
    kafka_source one = new_source(), two;

    begin("&offset=latest");
    kafka_fill(broker, topic, 0, 0, 10, 10);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_until(loop, is_up, &one));
    EXPECT(wait_for_commit(10));
    kafka_source_close(&one);
    EXPECT_EQ(one.arrived, 0);
    /* What comes while nobody reads is not lost. */
    kafka_fill(broker, topic, 0, 10, 5, 10);
    two = new_source();
    kafka_source_open(&two, loop, uri);
    EXPECT(kafka_source_wait(&two, 5));
    kafka_source_close(&two);
    end();
}

static void a_topic_that_comes_later_is_read_from_its_beginning(void)
{
    kafka_source one = new_source(), two;
    char pattern[120], later[110], last[110];

    begin("");
    snprintf(pattern, sizeof pattern, "%%5E%s.*", topic);
    snprintf(later, sizeof later, "%s-later", topic);
    snprintf(last, sizeof last, "%s-last", topic);
    name_uri(pattern, "&offset=latest");
    kafka_fill(broker, topic, 0, 0, 10, 10);
    kafka_source_open(&one, loop, uri);
    REQUIRE(kafka_until(loop, is_up, &one));
    kafka_make_topic(broker, later, 1);
    kafka_fill(broker, later, 0, 10, 5, 10);
    REQUIRE(kafka_source_wait(&one, 5));
    EXPECT_EQ(missing(10, 15), 0);
    kafka_source_settle(&one, CE_ACK);
    kafka_source_close(&one);
    /* The group is not new: nor is what comes while nobody reads. */
    kafka_make_topic(broker, last, 1);
    kafka_fill(broker, last, 0, 15, 5, 10);
    two = new_source();
    kafka_run_for(loop, 1100);
    kafka_source_open(&two, loop, uri);
    REQUIRE(kafka_source_wait(&two, 5));
    EXPECT_EQ(missing(15, 20), 0);
    kafka_source_close(&two);
    end();
}

/* --- commits that fail --- */

static void commits_that_fail_for_long_are_told(void)
{
    kafka_source s = new_source();
    ce_kafka_receiver *r;

    begin("");
    kafka_fill(broker, topic, 0, 0, 1, 10);
    kafka_source_open(&s, loop, uri);
    REQUIRE(kafka_source_wait(&s, 1));
    r = (ce_kafka_receiver *)s.receiver;
    ce_kafka_committed(r->client.rk, RD_KAFKA_RESP_ERR_UNKNOWN, NULL, r);
    EXPECT(s.receiver->health.up);
    /* As if it were ten seconds ago. */
    r->commits.failing_ms = 1;
    ce_kafka_committed(r->client.rk, RD_KAFKA_RESP_ERR_UNKNOWN, NULL, r);
    EXPECT(!s.receiver->health.up);
    EXPECT_CONTAINS(s.receiver->health.reason, "no offset is committed");
    ce_kafka_committed(r->client.rk, RD_KAFKA_RESP_ERR_NO_ERROR, NULL, r);
    EXPECT(s.receiver->health.up);
    kafka_source_close(&s);
    end();
}

TESTS("kafka/offsets", TEST(what_is_done_out_of_order_does_not_come_again),
      TEST(what_others_wrote_beside_an_offset_is_ignored),
      TEST(a_record_without_a_result_stops_only_its_partition_at_last),
      TEST(what_came_while_it_was_full_is_read_again),
      TEST(what_retention_has_left_is_read_from_its_oldest),
      TEST(what_is_removed_while_it_waits_is_passed_over),
      TEST(an_offset_behind_the_end_begins_at_the_oldest),
      TEST(a_group_behind_an_open_transaction_goes_on_there),
      TEST(a_new_group_begins_at_the_end_once),
      TEST(a_topic_that_comes_later_is_read_from_its_beginning),
      TEST(commits_that_fail_for_long_are_told))
