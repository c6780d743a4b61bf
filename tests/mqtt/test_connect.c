/* SPDX-License-Identifier: Apache-2.0 */
/* What CONNECT says of an endpoint, and when it is sent: read by a broker of
 * our own. */
#include "core/inbox/store.h"
#include "tests/mqtt/fake_broker.h"

static rig now;
static fake_broker net;

static struct {
    unsigned connects, subscribes, disconnects;
    unsigned char keep_alive; /* that it wants; 0: says nothing */
    unsigned char body[400];
    bool is_slow;     /* the test sends CONNACK ... */
    fake_peer *waits; /* ... to this one */
} broker;

#define CONNACK "\x20\x02\x00\x00"

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    size_t len = fake_packet_bytes(from);

    const unsigned char wish[] = {
        0x20, 6, 0, 0, 3, 0x13, 0, broker.keep_alive
    };

    broker.subscribes += first >> 4 == FAKE_SUBSCRIBE;
    broker.disconnects += first >> 4 == FAKE_DISCONNECT;
    if (first >> 4 != FAKE_CONNECT)
        return;
    broker.connects++;
    memset(broker.body, 0, sizeof broker.body);
    memcpy(broker.body, body, len < sizeof broker.body ? len - 2 : 0);
    if (broker.is_slow)
        broker.waits = from;
    else if (broker.keep_alive)
        fake_send(from, wish, sizeof wish);
    else
        fake_send(from, CONNACK, 4);
}

static void close_fake(void)
{
    if (!now.loop)
        return;
    rig_close_sender(&now);
    rig_close_receiver(&now);
    fake_close(&net);
    rig_close(&now);
}

static void open_fake(void)
{
    close_fake();
    memset(&broker, 0, sizeof broker);
    rig_open(&now);
    fake_open(&net, &now, on_packet);
}

/* Version 3.1.1, which has no properties between the parts. */
static void connect_with(const char *query)
{
    char uri[300];

    open_fake();
    snprintf(uri, sizeof uri,
             "mqtt://127.0.0.1:%u/t?version=3.1.1&client_id=me%s", net.port,
             query);
    rig_start_sender(&now, uri);
    RIG_UNTIL(&now, now.sender->health.up);
}

/* The text with a length at AT; moves AT behind it. */
static const char *text_at(const unsigned char **at)
{
    static char texts[4][100];
    static unsigned turn;
    char *out = texts[turn++ % COUNT(texts)];
    size_t len = (size_t)((*at)[0] << 8 | (*at)[1]);

    REQUIRE_CMP(len, <, sizeof texts[0]);
    memcpy(out, *at + 2, len);
    out[len] = '\0';
    *at += 2 + len;
    return out;
}

/* MQTT 3.1.1 3.1: the flags are the byte after the name and the level. */
static void the_will_is_in_connect(void)
{
    static const struct {
        const char *query, *topic, *payload;
        int flags; /* without those of the login and the session */
    } rows[] = {
        { "&will_topic=w", "w", "", 0x04 | 1 << 3 },
        { "&will_topic=w/x&will_payload=gone&will_qos=2", "w/x", "gone",
          0x04 | 2 << 3 },
        { "&will_topic=w&will_payload=x&will_qos=0&will_retain=true", "w", "x",
          0x04 | 0x20 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const unsigned char *at = broker.body + 10;

        connect_with(rows[i].query);
        EXPECT_EQ_ROW(rows[i].query, broker.body[7] & 0x3c, rows[i].flags);
        EXPECT_STR_ROW(rows[i].query, text_at(&at), "me");
        EXPECT_STR_ROW(rows[i].query, text_at(&at), rows[i].topic);
        EXPECT_STR_ROW(rows[i].query, text_at(&at), rows[i].payload);
    }
}

static void without_a_topic_there_is_no_will(void)
{
    connect_with("");
    EXPECT_EQ(broker.body[7] & 0x3c, 0);
}

/* The keep alive is behind the name, the level and the flags. */
static void the_brokers_keep_alive_is_kept(void)
{
    char uri[100];

    open_fake();
    broker.keep_alive = 5;
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%u/t?keep_alive=1m", net.port);
    rig_start_sender(&now, uri);
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_EQ(broker.connects, 2);
    EXPECT_EQ(broker.body[8] << 8 | broker.body[9], 5);
}

static void fill_inbox(void)
{
    static char body[10000];
    const ce_message m = { .body = { body, sizeof body } };
    const ce_origin o = { .partition = -1, .offset = -1 };

    while (!ce_inbox_is_high(now.inbox))
        REQUIRE_OK(ce_inbox_put(now.inbox, &m, &o, NULL, NULL));
}

/* What comes then would use up the room for what cannot be given back. */
static void a_source_connects_when_its_inbox_has_room(void)
{
    char uri[100];

    open_fake();
    rig_open_inbox(&now, 256 << 10);
    fill_inbox();
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%u/t?version=3.1.1", net.port);
    rig_start_receiver(&now, uri);
    EXPECT_CONTAINS(now.receiver->health.reason, "the inbox is full");
    EXPECT_EQ(broker.connects, 0);
    rig_start_replay(&now);
    RIG_UNTIL(&now, broker.connects == 1);
}

static void count_lost(ce_level level, const char *line, void *arg)
{
    (void)level;
    *(unsigned *)arg += strstr(line, "has lost the session") != NULL;
}

/* What an earlier process has subscribed to is in a file of the inbox. */
static void a_session_lost_meanwhile_is_told_of(void)
{
    unsigned lines = 0;
    char uri[100];

    open_fake();
    rig_open_inbox(&now, 1 << 20);
    ce_log_to(count_lost, &lines, CE_WARN);
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%u/t?version=3.1.1", net.port);
    for (unsigned i = 1; i <= 2; i++) {
        rig_start_receiver(&now, uri);
        RIG_UNTIL(&now, broker.subscribes == i);
        EXPECT_EQ(lines, i - 1);
        rig_close_receiver(&now);
    }
    ce_log_to(NULL, NULL, CE_WARN);
}

/* Paho goes on with an attempt for longer than a client waits for it. */
static void who_has_left_is_not_connected_later(void)
{
    enum { LEFT_MS = 3300 };
    char uri[100];

    open_fake();
    broker.is_slow = true;
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%u/t?version=3.1.1&inbox=off",
             net.port);
    rig_start_receiver(&now, uri);
    RIG_UNTIL(&now, broker.waits);
    now.receiver->ops->stop(now.receiver);
    rig_pass(&now, LEFT_MS);
    fake_send(broker.waits, CONNACK, 4);
    RIG_UNTIL(&now, broker.disconnects + broker.subscribes > 0);
    EXPECT_EQ(broker.subscribes, 0);
}

TESTS_CLOSED_BY(close_fake, "mqtt connect",
                TEST(who_has_left_is_not_connected_later),
                TEST(the_will_is_in_connect),
                TEST(without_a_topic_there_is_no_will),
                TEST(the_brokers_keep_alive_is_kept),
                TEST(a_source_connects_when_its_inbox_has_room),
                TEST(a_session_lost_meanwhile_is_told_of))
