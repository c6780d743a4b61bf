/* SPDX-License-Identifier: Apache-2.0 */
/* The sender against a broker that does as the test says: its limits, its
 * refusals, its silence, and its end. */
#include "tests/mqtt/fake_broker.h"

static rig now;
static fake_broker net;
static char broker_uri[100];

static struct {
    bool is_mute; /* answers only when it is told */
    unsigned receive_maximum, maximum_packet;
    int reason; /* of every PUBACK */
    unsigned connects, published, unanswered, most;
    unsigned short ids[RIG_EVENTS];
    int flags; /* of the last PUBLISH */
} broker;

static void send_connack(void)
{
    const unsigned short m = (unsigned short)broker.receive_maximum;
    const unsigned max = broker.maximum_packet;
    unsigned char reply[] = { 0x20,
                              11,
                              0,
                              0,
                              8,
                              0x21,
                              (unsigned char)(m >> 8),
                              (unsigned char)m,
                              0x27,
                              (unsigned char)(max >> 24),
                              (unsigned char)(max >> 16),
                              (unsigned char)(max >> 8),
                              (unsigned char)max };

    broker.connects++;
    fake_send(&net.peers[0], reply, sizeof reply);
}

/* Answers the publication NUMBER. */
static void acknowledge(unsigned number)
{
    const unsigned short id = broker.ids[number];
    unsigned char reply[] = { 0x40, 3, (unsigned char)(id >> 8),
                              (unsigned char)id, (unsigned char)broker.reason };

    broker.unanswered--;
    fake_send(&net.peers[0], reply, sizeof reply);
}

static void on_publish(const unsigned char *body)
{
    unsigned topic = (unsigned)(body[0] << 8 | body[1]);

    REQUIRE_CMP(broker.published, <, RIG_EVENTS);
    broker.ids[broker.published++] =
        (unsigned short)(body[2 + topic] << 8 | body[3 + topic]);
    if (++broker.unanswered > broker.most)
        broker.most = broker.unanswered;
    if (!broker.is_mute)
        acknowledge(broker.published - 1);
}

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    (void)from;
    if (first >> 4 == FAKE_CONNECT) {
        send_connack();
    } else if (first >> 4 == FAKE_PUBLISH) {
        broker.flags = first & 15;
        on_publish(body);
    }
}

static void close_fake(void)
{
    if (!net.listens)
        return;
    rig_close_sender(&now);
    fake_close(&net);
    rig_close(&now);
}

static void start_fake(unsigned receive_maximum, const char *query)
{
    close_fake();
    memset(&broker, 0, sizeof broker);
    broker.receive_maximum = receive_maximum;
    broker.maximum_packet = 1000;
    rig_open(&now);
    fake_open(&net, &now, on_packet);
    snprintf(broker_uri, sizeof broker_uri, "mqtt://127.0.0.1:%u/t%s", net.port,
             query);
    rig_start_sender(&now, broker_uri);
}

static void open_fake(unsigned receive_maximum, const char *query)
{
    start_fake(receive_maximum, query);
    RIG_UNTIL(&now, now.sender->health.up);
}

/* MQTT 5 3.2.2.3.3: a protocol error. Nothing would ever be sent. */
static void a_broker_that_takes_no_message_is_away(void)
{
    start_fake(0, "");
    RIG_UNTIL(&now, strstr(now.sender->health.reason, "Receive Maximum"));
    EXPECT(!now.sender->health.up);
}

static ce_result result_of(int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(now.app, number);

    RIG_UNTIL(&now, o->settlements > 0);
    return o->result;
}

static void another_format_needs_version_5(void)
{
    static const struct {
        const char *uri;
        bool opens;
    } rows[] = {
        { "mqtt://h/t?mode=structured&format=xml", true },
        { "mqtt://h/t?mode=structured&format=json&version=3.1.1", true },
        { "mqtt://h/t?mode=structured&format=xml&version=3.1.1", false },
    };
    ce_error err = { CE_OK, "" };
    ce_endpoint at;

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_sender *s = NULL;

        rig_open(&now);
        at = rig_endpoint(&now, &now.sender_settings,
                          ce_transport_mqtt.sender_options, rows[i].uri);
        EXPECT_EQ_ROW(rows[i].uri,
                      (ce_mqtt_sender_open(&s, &at, &err) == CE_OK),
                      rows[i].opens);
        if (s)
            s->stage.ops->close(&s->stage);
        ce_settings_close(now.sender_settings);
        rig_close(&now);
    }
    EXPECT_STR(err.text, "format: \"xml\" cannot be told with "
                         "version=3.1.1, where events are JSON");
}

static void the_window_stays_within_the_receive_maximum(void)
{
    static const struct {
        unsigned receive_maximum;
        const char *query;
        unsigned most;
    } rows[] = { { 8, "", 8 }, { 1, "", 1 }, { 50, "?max_in_flight=3", 3 } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_fake(rows[i].receive_maximum, rows[i].query);
        broker.is_mute = true;
        for (unsigned n = 0; n < 100; n++)
            rig_send(&now, n);
        for (unsigned n = 0; n < 100; n++) {
            RIG_UNTIL(&now, broker.published > n);
            acknowledge(n);
        }
        RIG_UNTIL(&now, ce_mem_settled(now.app) == 100);
        EXPECT_CMP_ROW(rows[i].query, broker.most, <=, rows[i].most);
        EXPECT_VERDICT(result_of(99), CE_ACK);
    }
}

static void what_is_abandoned_while_it_waits_is_not_sent(void)
{
    open_fake(50, "?max_in_flight=1");
    broker.is_mute = true;
    for (unsigned n = 0; n < 3; n++)
        rig_send(&now, n);
    RIG_UNTIL(&now, broker.published == 1);
    ce_mem_outcome_of(now.app, 1)->out->abandoned = true;
    acknowledge(0);
    RIG_UNTIL(&now, broker.published == 2);
    EXPECT_VERDICT(result_of(1), CE_UNDELIVERED);
    acknowledge(1);
    EXPECT_VERDICT(result_of(2), CE_ACK);
    EXPECT_EQ(broker.published, 2);
}

static void reason_codes_become_verdicts(void)
{
    static const struct {
        const char *name;
        int reason;
        ce_verdict verdict;
    } rows[] = {
        { "success", 0, CE_ACK },
        { "nobody subscribed", 0x10, CE_ACK },
        { "not authorized", 0x87, CE_NACK },
        { "topic name invalid", 0x90, CE_NACK },
        { "payload format invalid", 0x99, CE_NACK },
        { "quota exceeded", 0x97, CE_UNDELIVERED },
    };

    open_fake(10, "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_result r;

        broker.reason = rows[i].reason;
        r = result_of(rig_send(&now, 1));
        EXPECT_VERDICT_ROW(rows[i].name, r, rows[i].verdict);
        if (r.verdict != CE_ACK)
            EXPECT_EQ_ROW(rows[i].name, r.code, rows[i].reason);
    }
}

static void a_packet_too_large_for_the_broker_is_refused(void)
{
    static char data[2000];
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .body = { data, sizeof data },
                     .attrs = { attrs, 4, 4 } };
    ce_result r;

    memset(data, 'x', sizeof data);
    open_fake(10, "");
    r = result_of(ce_mem_arrive_message(now.app, &m));
    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_EQ(r.code, 0x95);
    EXPECT_EQ(broker.published, 0);
}

/* MQ-16: an empty retained message deletes the one that is kept. */
static void an_event_without_data_is_never_retained(void)
{
    static const struct {
        const char *name, *data;
        int retain;
    } rows[] = { { "data", "x", 1 }, { "empty", "", 0 }, { "none", NULL, 0 } };
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };

    open_fake(10, "?retain=true");
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message m = { .mode = CE_MODE_BINARY,
                         .body = ce_slice_of(rows[i].data),
                         .attrs = { attrs, 4, 4 } };

        EXPECT_VERDICT_ROW(rows[i].name,
                           result_of(ce_mem_arrive_message(now.app, &m)),
                           CE_ACK);
        EXPECT_EQ_ROW(rows[i].name, (broker.flags & 1), rows[i].retain);
    }
}

static void a_lost_connection_gives_everything_back_in_order(void)
{
    open_fake(4, "");
    broker.is_mute = true;
    for (unsigned n = 0; n < 10; n++)
        rig_send(&now, n);
    RIG_UNTIL(&now, broker.published == 3);
    fake_drop(&net, &net.peers[0]);
    RIG_UNTIL(&now, ce_mem_settled(now.app) == 10);
    EXPECT_VERDICT(result_of(0), CE_UNDELIVERED);
    EXPECT_VERDICT(result_of(9), CE_UNDELIVERED);
    /* Answers of the old connection find nothing in the new one. */
    RIG_UNTIL(&now, broker.connects == 2 && now.sender->health.up);
    broker.is_mute = false;
    broker.published = broker.unanswered = 0;
    EXPECT_VERDICT(result_of(rig_send(&now, 1)), CE_ACK);
    EXPECT_EQ(broker.published, 1);
}

static void a_stop_waits_for_answers_until_its_time_is_up(void)
{
    open_fake(10, "");
    broker.is_mute = true;
    rig_send(&now, 0);
    rig_send(&now, 1);
    RIG_UNTIL(&now, broker.published == 2);
    now.sender->ops->stop(now.sender, 300, rig_on_done, &now.sender_done);
    EXPECT(!now.sender_done);
    acknowledge(0);
    EXPECT_VERDICT(result_of(0), CE_ACK);
    EXPECT(!now.sender_done);
    RIG_UNTIL(&now, now.sender_done);
    EXPECT_VERDICT(result_of(1), CE_UNDELIVERED);
    EXPECT_VERDICT(result_of(rig_send(&now, 2)), CE_UNDELIVERED);
}

TESTS_CLOSED_BY(close_fake, "mqtt sender",
                TEST(the_window_stays_within_the_receive_maximum),
                TEST(what_is_abandoned_while_it_waits_is_not_sent),
                TEST(a_broker_that_takes_no_message_is_away),
                TEST(reason_codes_become_verdicts),
                TEST(a_packet_too_large_for_the_broker_is_refused),
                TEST(an_event_without_data_is_never_retained),
                TEST(a_lost_connection_gives_everything_back_in_order),
                TEST(a_stop_waits_for_answers_until_its_time_is_up),
                TEST(another_format_needs_version_5))
