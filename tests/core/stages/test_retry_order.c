/* SPDX-License-Identifier: Apache-2.0 */
/* Trying again keeps the order of each key. */
#include "tests/core/stages/retry_rig.h"

/* --- order --- */

static void nothing_newer_of_a_key_overtakes(void)
{
    int a1, a2, a3, a4;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    a3 = arrive("a3", "a");
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3");
    fail(0);
    a4 = arrive("a4", "a");
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3");
    ack(1);
    EXPECT_EQ(settlements(a2), 1);
    fail(2);
    ce_loop_advance(rig.loop, 100);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a1");
    ce_loop_advance(rig.loop, 100000);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a1");
    fail(3);
    ce_loop_advance(rig.loop, 1000);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a1 a1");
    ack(4);
    EXPECT_EQ(settlements(a1), 1);
    ce_loop_advance(rig.loop, 1000);
    EXPECT_STARTS(ce_mem_ids(rig.sink), "a1 a2 a3 a1 a1 a3");
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_mem_release_all(rig.sink, ce_rig_ack());
    ce_loop_advance(rig.loop, 1000);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a1 a1 a3 a4");
    EXPECT_VERDICT(verdict(a3), CE_ACK);
    EXPECT_VERDICT(verdict(a4), CE_ACK);
    ce_rig_close(&rig, NULL);
}

static void failures_that_come_back_in_any_order_go_in_order(void)
{
    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    arrive("a3", "a");
    arrive("a4", "a");
    fail(2);
    fail(0);
    fail(3);
    fail(1);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 1000);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a4 a1 a2 a3 a4");
    ce_rig_close(&rig, NULL);
}

static void other_keys_flow(void)
{
    int b1, b2, c1;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    b1 = arrive("b1", "b");
    fail(0);
    arrive("a2", "a");
    b2 = arrive("b2", "b");
    c1 = arrive("c1", "c");
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1 b2 c1");
    ack(1);
    ack(2);
    ack(3);
    EXPECT(settlements(b1) && settlements(b2) && settlements(c1));
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 100);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1 b2 c1 a1 a2");
    ce_rig_close(&rig, NULL);
}

static void a_key_has_one_in_flight_if_the_sink_keeps_no_order(void)
{
    ce_retry_config c = usual();

    c.one_per_key = true;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    arrive("b1", "b");
    arrive("a3", "a");
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1");
    ack(0);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1 a2");
    fail(2);
    ce_loop_advance(rig.loop, 100);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1 a2 a2");
    ack(3);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1 a2 a2 a3");
    ack(4);
    ack(1);
    ce_rig_close(&rig, NULL);
}

static void what_was_refused_lets_the_next_go(void)
{
    ce_retry_config c = usual();
    int a1, a2;

    c.one_per_key = true;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    answer(0, ce_rig_nack(422, "no"));
    EXPECT_VERDICT(verdict(a1), CE_NACK);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2");
    ack(1);
    EXPECT_VERDICT(verdict(a2), CE_ACK);
    ce_rig_close(&rig, NULL);
}

static void what_was_given_up_lets_the_next_go(void)
{
    ce_retry_config c = usual();
    int a1, a2;

    c.max_attempts = 2;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    ce_loop_advance(rig.loop, 100000);
    EXPECT(ce_rig_outcome(&rig, a1)->result.exhausted);
    EXPECT(ce_rig_outcome(&rig, a2)->result.exhausted);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a1 a2 a2");
    ce_rig_close(&rig, NULL);
}

static void without_an_order_nothing_waits(void)
{
    ce_retry_config c = usual();

    c.order = CE_ORDER_NONE;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    fail(0);
    arrive("a3", "a");
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3");
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 100);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 a2 a3 a1");
    ack(1);
    ack(2);
    ce_rig_close(&rig, NULL);
}

/* --- keys --- */

typedef struct keyed {
    const char *partitionkey, *key, *topic, *source, *subject;
    int partition;
} keyed;

static void arrive_keyed(const char *id, const keyed *k)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), ce_slice_of(id), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("com.example.t"), CE_STRING },
        { CE_SLICE("source"), ce_slice_of(k->source), CE_STRING },
        { CE_SLICE("partitionkey"), ce_slice_of(k->partitionkey), CE_STRING },
        { CE_SLICE("subject"), ce_slice_of(k->subject), CE_STRING },
    };
    ce_delivery like = {
        .message = { .mode = CE_MODE_BINARY,
                     .key = ce_slice_of(k->key),
                     .attrs = { attrs, 4, 6 } },
        .origin = { .topic = ce_slice_of(k->topic),
                    .partition = k->partition,
                    .offset = k->partition < 0 ? -1 : 7 },
    };

    if (k->partitionkey)
        like.message.attrs.len = 5;
    if (k->subject)
        attrs[like.message.attrs.len++] = attrs[5];
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
}

static const struct {
    const char *name;
    keyed a, b;
    bool same;
} key_rows[] = {
    { "same partitionkey",
      { "p", "k1", "t1", "/1", "x", 0 },
      { "p", "k2", "t2", "/2", "y", 1 },
      true },
    { "other partitionkey",
      { "p", "k", "t", "/1", "x", 0 },
      { "q", "k", "t", "/1", "x", 0 },
      false },
    { "same Kafka key",
      { NULL, "k", "t", "/1", "x", 0 },
      { NULL, "k", "t", "/2", "y", 0 },
      true },
    { "other Kafka key",
      { NULL, "k", "t", "/1", "x", 0 },
      { NULL, "l", "t", "/1", "x", 0 },
      false },
    { "same MQTT topic",
      { NULL, NULL, "t", "/1", "x", -1 },
      { NULL, NULL, "t", "/2", "y", -1 },
      true },
    { "other MQTT topic",
      { NULL, NULL, "t", "/1", "x", -1 },
      { NULL, NULL, "u", "/1", "x", -1 },
      false },
    { "Kafka without key, same source and subject",
      { NULL, NULL, "t", "/1", "x", 0 },
      { NULL, NULL, "t", "/1", "x", 0 },
      true },
    { "Kafka without key, other subject",
      { NULL, NULL, "t", "/1", "x", 0 },
      { NULL, NULL, "t", "/1", "y", 0 },
      false },
    { "Kafka without key, other source",
      { NULL, NULL, "t", "/1", "x", 0 },
      { NULL, NULL, "t", "/2", "x", 0 },
      false },
    { "no subject",
      { NULL, NULL, NULL, "/1", NULL, -1 },
      { NULL, NULL, NULL, "/1", NULL, -1 },
      true },
    { "source and subject do not run together",
      { NULL, NULL, NULL, "/ab", "c", -1 },
      { NULL, NULL, NULL, "/a", "bc", -1 },
      false },
};

static void a_key_is_what_the_source_orders_by(void)
{

    for (size_t i = 0; i < COUNT(key_rows); i++) {
        open_usual();
        ce_mem_script(rig.sink, ce_mem_undelivered);
        arrive_keyed("1", &key_rows[i].a);
        arrive_keyed("2", &key_rows[i].b);
        EXPECT_STR_ROW(key_rows[i].name, ce_mem_ids(rig.sink),
                       key_rows[i].same ? "1" : "1 2");
        ce_loop_advance(rig.loop, 1000);
        ce_rig_close(&rig, NULL);
    }
}

static void a_structured_event_has_a_key_too(void)
{
    const char *body = "{\"specversion\":\"1.0\",\"id\":\"s1\",\"source\":"
                       "\"/s\",\"type\":\"t\",\"partitionkey\":\"a\"}";
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = ce_slice_of(body) };

    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    REQUIRE_CMP(ce_mem_arrive_message(rig.source, &m), >=, 0);
    arrive("a2", "a");
    EXPECT_STR(ce_mem_ids(rig.sink), "s1");
    ce_loop_advance(rig.loop, 1000);
    EXPECT_STR(ce_mem_ids(rig.sink), "s1 s1 a2");
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 1)->message.body, m.body);
    ce_rig_close(&rig, NULL);
}

TESTS("retry order", TEST(nothing_newer_of_a_key_overtakes),
      TEST(failures_that_come_back_in_any_order_go_in_order),
      TEST(other_keys_flow),
      TEST(a_key_has_one_in_flight_if_the_sink_keeps_no_order),
      TEST(what_was_refused_lets_the_next_go),
      TEST(what_was_given_up_lets_the_next_go),
      TEST(without_an_order_nothing_waits),
      TEST(a_key_is_what_the_source_orders_by),
      TEST(a_structured_event_has_a_key_too))
