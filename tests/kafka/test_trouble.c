/* SPDX-License-Identifier: Apache-2.0 */
/* A group that takes everything and gives nothing back: what its member
 * says. */
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/trouble.h"
#include "core/loop/loop.h"
#include "tests/support/ce_test.h"

static ce_loop *loop;
static ce_settings *settings;
static ce_receiver *receiver;
static ce_kafka_receiver *member;
static rd_kafka_topic_partition_list_t *none;

/* Its client knows no broker: the test is the group. */
static void begin_on(const char *uri)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    ce_endpoint at = { .name = "member" };

    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    ce_loop_freeze(loop);
    REQUIRE_OK(ce_settings_open(&settings, ce_kafka_receiver_options, uri,
                                CE_URI_STRICT, NULL));
    at.loop = loop;
    at.settings = settings;
    REQUIRE_OK(ce_kafka_receiver_open(&receiver, &at, NULL));
    member = (ce_kafka_receiver *)receiver;
    rd_kafka_conf_set(conf, "group.id", "g", NULL, 0);
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    member->client.rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    REQUIRE(member->client.rk != NULL);
    member->client.queue = rd_kafka_queue_get_consumer(member->client.rk);
    member->phase = CE_KAFKA_JOINING;
    none = rd_kafka_topic_partition_list_new(1);
}

static void begin(void)
{
    begin_on("kafka://a:1/t");
}

static void end(void)
{
    rd_kafka_topic_partition_list_destroy(none);
    receiver->ops->close(receiver);
    ce_settings_close(settings);
    ce_loop_close(loop);
}

static void look_after(uint64_t ms)
{
    ce_loop_advance(loop, ms);
    ce_kafka_look_for_assignment(member);
}

static void a_member_without_an_assignment_is_down_after_a_while(void)
{
    begin();
    ce_kafka_assign(member, none);
    EXPECT(receiver->health.up);
    /* No partition is an assignment too. */
    look_after(60000);
    EXPECT(receiver->health.up);
    ce_kafka_rebalance(member->client.rk, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS,
                       none, member);
    look_after(19999);
    EXPECT(receiver->health.up);
    look_after(1);
    EXPECT(!receiver->health.up);
    EXPECT_CONTAINS(receiver->health.reason, "assigned nothing for 20 s");
    ce_kafka_assign(member, none);
    EXPECT(receiver->health.up);
    end();
}

/* Another member with its group.instance.id takes its place: when it may come
 * back. */
static uint64_t lose_the_place(void)
{
    rd_kafka_test_fatal_error(member->client.rk,
                              RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "fenced");
    member->phase = CE_KAFKA_ASSIGNED;
    ce_kafka_on_error(member->client.rk, RD_KAFKA_RESP_ERR__FATAL, "fatal",
                      member);
    EXPECT(!receiver->health.up);
    EXPECT_CONTAINS(receiver->health.reason, "same group.instance.id");
    EXPECT_EQ(member->phase, CE_KAFKA_FATAL);
    return member->client.renew_at_ms;
}

/* Both would take it in turns for ever. */
static void two_members_of_one_name_change_places_ever_more_rarely(void)
{
    uint64_t began_ms, back_ms;
    unsigned times = 0;

    begin();
    began_ms = ce_loop_now_ms(loop);
    back_ms = lose_the_place();
    while (back_ms - began_ms <= 120000 && times++ < 10) {
        ce_loop_advance(loop, back_ms - ce_loop_now_ms(loop));
        back_ms = lose_the_place();
    }
    EXPECT_EQ(times, 3);
    end();
}

/* The ledger of a partition of which a record was read. */
static ce_kafka_ledger *read_one(const char *topic)
{
    ce_kafka_mark m = { .offset = 7, .time_ms = 1000, .size = 3 };
    ce_kafka_ledger *l = ce_kafka_add_ledger(&member->assignment, topic, 0);

    REQUIRE(l != NULL);
    REQUIRE_EQ(ce_kafka_ledger_read(l, &m), CE_KAFKA_NEW);
    return l;
}

static void miss(const char *text)
{
    member->phase = CE_KAFKA_ASSIGNED;
    ce_kafka_on_error(member->client.rk,
                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, text, member);
    EXPECT_EQ(member->phase, CE_KAFKA_REFUSED);
}

/* librdkafka says so by the callback, too, and that has no topic. */
static void a_topic_that_is_gone_is_in_doubt(void)
{
    ce_kafka_ledger *l, *other;

    begin();
    l = read_one("t");
    miss("t [0]: topic does not exist (Broker: Unknown topic or partition)");
    EXPECT(l->gone);
    end();
    begin_on("kafka://a:1/^t.*");
    l = read_one("t1");
    other = read_one("t12");
    miss("t1 [0]: topic does not exist (Broker: Unknown topic or partition)");
    EXPECT(l->gone);
    EXPECT(!other->gone);
    end();
}

/* The proof is read at its own place. */
static void what_is_read_again_waits_for_a_proof(void)
{
    ce_kafka_ledger *l;
    uint64_t pos;

    begin();
    l = read_one("t");
    REQUIRE_OK(ce_kafka_ledger_open(l, &l->newest, &pos));
    l->proof = l->newest;
    ce_kafka_ledger_keep(l, pos);
    ce_kafka_read_again(member);
    EXPECT(l->again);
    EXPECT(member->assignment.again);
    l->proof.offset = CE_KAFKA_NOWHERE;
    ce_kafka_read_again(member);
    EXPECT(!l->again);
    EXPECT(!member->assignment.again);
    end();
}

TESTS("kafka/trouble", TEST(a_topic_that_is_gone_is_in_doubt),
      TEST(what_is_read_again_waits_for_a_proof),
      TEST(two_members_of_one_name_change_places_ever_more_rarely),
      TEST(a_member_without_an_assignment_is_down_after_a_while))
