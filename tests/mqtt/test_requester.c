/* SPDX-License-Identifier: Apache-2.0 */
/* The requester against a broker that does as the test says. */
#include "tests/mqtt/asker.h"
#include "tests/mqtt/fake_broker.h"

enum { MOST = 300 };

/* One PUBLISH that came. */
typedef struct publication {
    unsigned short id;
    char topic[100], reply_to[100], correlation[40];
    unsigned expiry;
} publication;

static rig now;
static fake_broker net;
static asker who;

static struct {
    const char *information; /* Response Information, or NULL */
    bool is_mute;            /* no PUBACK and no SUBACK unless told */
    unsigned connects, subscribed, published;
    fake_peer *sender, *ear; /* the client's connections */
    char filter[200];
    publication publications[MOST];
} broker;

/* --- what comes --- */

static void read_text(const unsigned char *at, char *out, size_t size)
{
    snprintf(out, size, "%.*s", at[0] << 8 | at[1], (const char *)at + 2);
}

static const unsigned char *read_property(publication *p,
                                          const unsigned char *at)
{
    unsigned len = (unsigned)(at[1] << 8 | at[2]);

    switch (*at) {
    case 0x01:
        return at + 2;
    case 0x02:
        p->expiry = (unsigned)(at[3] << 8 | at[4]);
        return at + 5;
    case 0x08:
        read_text(at + 1, p->reply_to, sizeof p->reply_to);
        return at + 3 + len;
    case 0x09:
        read_text(at + 1, p->correlation, sizeof p->correlation);
        return at + 3 + len;
    case 0x26:
        at += 3 + len;
        return at + 2 + (at[0] << 8 | at[1]);
    default:
        return at + 3 + len;
    }
}

static size_t read_length(const unsigned char **at)
{
    size_t len = 0;
    unsigned shift = 0;

    do
        len |= (size_t)(**at & 127) << shift;
    while (shift += 7, *(*at)++ & 128);
    return len;
}

static void acknowledge(unsigned number)
{
    const unsigned short id = broker.publications[number].id;
    const unsigned char reply[] = { 0x40, 2, (unsigned char)(id >> 8),
                                    (unsigned char)id };

    fake_send(broker.sender, reply, sizeof reply);
}

static void on_publish(const unsigned char *body)
{
    publication *p = &broker.publications[broker.published];
    const unsigned char *at = body + 2 + (body[0] << 8 | body[1]), *end;

    REQUIRE_CMP(broker.published++, <, MOST);
    read_text(body, p->topic, sizeof p->topic);
    p->id = (unsigned short)(at[0] << 8 | at[1]);
    at += 2;
    end = read_length(&at) + at;
    while (at < end)
        at = read_property(p, at);
    if (!broker.is_mute)
        acknowledge(broker.published - 1);
}

static void grant(const unsigned char *body)
{
    const unsigned char reply[] = { 0x90, 4, body[0], body[1], 0, 1 };

    fake_send(broker.ear, reply, sizeof reply);
}

static void on_subscribe(const unsigned char *body)
{
    const unsigned char *at = body + 2;
    size_t len = read_length(&at);

    broker.subscribed++;
    read_text(at + len, broker.filter, sizeof broker.filter);
    if (!broker.is_mute)
        grant(body);
}

static void send_connack(fake_peer *peer)
{
    unsigned char reply[100] = { 0x20 };
    size_t len = broker.information ? strlen(broker.information) : 0;
    size_t properties = len ? 3 + len : 0;

    reply[1] = (unsigned char)(3 + properties);
    reply[4] = (unsigned char)properties;
    if (len) {
        reply[5] = 0x1a;
        reply[7] = (unsigned char)len;
        memcpy(reply + 8, broker.information, len);
    }
    broker.connects++;
    fake_send(peer, reply, 5 + properties);
}

/* Who hears replies requests Response Information, a property of CONNECT. */
static void on_connect(fake_peer *peer, const unsigned char *body)
{
    const unsigned char *at = body + 10, *end;
    bool was_asked = false;

    end = read_length(&at) + at;
    for (; at < end; at += *at == 0x19 ? 2 : *at == 0x21 ? 3 : 5)
        was_asked |= at[0] == 0x19 && at[1] == 1;
    if (was_asked)
        broker.ear = peer;
    else
        broker.sender = peer;
    send_connack(peer);
}

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    if (first >> 4 == FAKE_CONNECT)
        on_connect(from, body);
    else if (first >> 4 == FAKE_SUBSCRIBE)
        on_subscribe(body);
    else if (first >> 4 == FAKE_PUBLISH)
        on_publish(body);
}

/* --- what goes --- */

static size_t put(unsigned char *to, const char *text)
{
    size_t len = strlen(text);

    to[0] = (unsigned char)(len >> 8);
    to[1] = (unsigned char)len;
    memcpy(to + 2, text, len);
    return 2 + len;
}

/* A PUBLISH of QoS 0 with this correlation data: an event of TYPE. */
static void reply(const char *correlation, const char *type)
{
    unsigned char packet[300] = { 0x30 }, properties[200];
    const char *const pairs[][2] = { { "specversion", "1.0" },
                                     { "id", "r" },
                                     { "source", "/r" },
                                     { "type", type } };
    size_t len = 0, at;

    properties[len++] = 0x09;
    len += put(properties + len, correlation);
    for (unsigned i = 0; i < 4; i++) {
        properties[len++] = 0x26;
        len += put(properties + len, pairs[i][0]);
        len += put(properties + len, pairs[i][1]);
    }
    at = 3 + put(packet + 3, broker.filter);
    packet[at++] = (unsigned char)len;
    memcpy(packet + at, properties, len);
    at += len;
    packet[1] = (unsigned char)((at - 3) % 128 | 128);
    packet[2] = (unsigned char)((at - 3) / 128);
    fake_send(broker.ear, packet, at);
}

/* --- the rig --- */

static void close_all(void)
{
    if (!net.listens)
        return;
    asker_close(&who);
    fake_close(&net);
    rig_close(&now);
}

static void open_on(const char *query, const char *information)
{
    char uri[200];

    close_all();
    memset(&broker, 0, sizeof broker);
    broker.information = information;
    rig_open(&now);
    fake_open(&net, &now, on_packet);
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%u/ask%s", net.port, query);
    asker_open(&who, &now, uri);
}

static void open_up(const char *query)
{
    open_on(query, NULL);
    RIG_UNTIL(&now, who.sender->health.up);
}

static const publication *sent(unsigned number)
{
    RIG_UNTIL(&now, broker.published > number);
    return &broker.publications[number];
}

/* --- tests --- */

static void a_request_says_how_it_is_answered(void)
{
    const publication *p;
    question *q;

    open_up("?client_id=a/b&timeout=1500ms");
    q = ask(&who, "t");
    p = sent(0);
    EXPECT_STR(p->topic, "ask");
    EXPECT_STR(p->reply_to, broker.filter);
    EXPECT_STARTS(p->reply_to, "cloudevents/replies/a-b/");
    EXPECT_EQ(strlen(p->correlation), 32);
    EXPECT_EQ(p->expiry, 2);
    reply(p->correlation, "answer");
    RIG_UNTIL(&now, q->settlements > 0);
    EXPECT_VERDICT(q->result, CE_ACK);
    EXPECT(q->has_reply);
    EXPECT_STR(q->type, "answer");
}

static void the_topic_for_replies_is_the_brokers_or_the_users(void)
{
    static const struct {
        const char *query, *information, *begins;
    } rows[] = {
        { "", "own/", "own/" },
        { "", "own", "own/" },
        { "?response_topic=my/replies", "own", "my/replies" },
        { "?response_topic=my/replies", NULL, "my/replies" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_on(rows[i].query, rows[i].information);
        RIG_UNTIL(&now, who.sender->health.up);
        EXPECT_STARTS_ROW(rows[i].begins, broker.filter, rows[i].begins);
        EXPECT_LACKS_ROW(rows[i].begins, broker.filter, "//");
    }
}

static void nothing_is_asked_before_the_subscription_stands(void)
{
    static const unsigned char granted[] = { 0, 1 };
    question *q;

    open_on("", NULL);
    broker.is_mute = true;
    RIG_UNTIL(&now, broker.subscribed == 1);
    EXPECT(!who.sender->health.up);
    q = ask(&who, "t");
    EXPECT_VERDICT(q->result, CE_UNDELIVERED);
    broker.is_mute = false;
    grant(granted);
    RIG_UNTIL(&now, who.sender->health.up);
    EXPECT_EQ(broker.published, 0);
    ask(&who, "t");
    reply(sent(0)->correlation, "answer");
}

static void a_reply_may_overtake_the_acknowledgement(void)
{
    question *q;

    open_up("");
    broker.is_mute = true;
    q = ask(&who, "t");
    reply(sent(0)->correlation, "early");
    RIG_UNTIL(&now, q->settlements > 0);
    EXPECT_VERDICT(q->result, CE_ACK);
    EXPECT_STR(q->type, "early");
    acknowledge(0);
    broker.is_mute = false;
    q = ask(&who, "t");
    reply(sent(1)->correlation, "next");
    RIG_UNTIL(&now, q->settlements > 0);
    EXPECT_STR(q->type, "next");
}

static void many_are_answered_in_any_order(void)
{
    open_up("");
    for (unsigned i = 0; i < 100; i++)
        ask(&who, "t");
    sent(99);
    for (unsigned i = 100; i-- > 0;)
        reply(broker.publications[i].correlation, "answer");
    RIG_UNTIL(&now, who.settled == 100);
    EXPECT_EQ(who.order[0], 99);
    EXPECT_EQ(who.order[99], 0);
    EXPECT_EQ(who.late, 0);
}

static void more_than_may_be_in_flight_wait_in_line(void)
{
    open_up("?max_in_flight=2");
    for (unsigned i = 0; i < 5; i++)
        ask(&who, "t");
    sent(1);
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_CMP(broker.published, <=, i + 2);
        reply(sent(i)->correlation, "answer");
        RIG_UNTIL(&now, who.settled == i + 1);
        EXPECT_EQ(who.order[i], i);
    }
}

static void a_late_reply_is_dropped_and_counted(void)
{
    question *q;

    open_up("?timeout=1s");
    q = ask(&who, "t");
    RIG_UNTIL(&now, q->settlements > 0);
    EXPECT_VERDICT(q->result, CE_UNDELIVERED);
    EXPECT_CONTAINS(q->result.reason, "no reply");
    reply(sent(0)->correlation, "late");
    RIG_UNTIL(&now, who.late == 1);
    EXPECT_EQ(q->settlements, 1);
    reply("not one of ours", "foreign");
    ask(&who, "t");
    reply(sent(1)->correlation, "answer");
    RIG_UNTIL(&now, who.settled == 2);
    EXPECT_EQ(who.late, 1);
    EXPECT_STR(who.questions[1].type, "answer");
}

static void without_an_acknowledgement_a_request_ends_as_well(void)
{
    question *first, *second;

    open_up("?timeout=50ms");
    broker.is_mute = true;
    first = ask(&who, "t");
    second = ask(&who, "t");
    RIG_UNTIL(&now, who.settled == 2);
    EXPECT_VERDICT(first->result, CE_UNDELIVERED);
    EXPECT_VERDICT(second->result, CE_UNDELIVERED);
    acknowledge(0);
    acknowledge(1);
}

static void without_its_subscription_nothing_is_waited_for(void)
{
    char first_filter[200];

    open_up("?max_in_flight=2");
    for (unsigned i = 0; i < 3; i++)
        ask(&who, "t");
    sent(1);
    strcpy(first_filter, broker.filter);
    fake_drop(&net, broker.ear);
    RIG_UNTIL(&now, who.settled == 3);
    for (unsigned i = 0; i < 3; i++)
        EXPECT_VERDICT(who.questions[i].result, CE_UNDELIVERED);
    EXPECT(!who.sender->health.up);
    RIG_UNTIL(&now, who.sender->health.up);
    EXPECT_EQ(broker.connects, 3);
    EXPECT_EQ(broker.subscribed, 2);
    EXPECT_STR(broker.filter, first_filter);
    ask(&who, "t");
    reply(sent(2)->correlation, "answer");
    RIG_UNTIL(&now, who.settled == 4);
    EXPECT_VERDICT(who.questions[3].result, CE_ACK);
}

static void what_the_broker_has_may_be_answered_without_the_other(void)
{
    question *has, *has_not;

    open_up("");
    has = ask(&who, "t");
    sent(0);
    rig_pass(&now, 20);
    broker.is_mute = true;
    has_not = ask(&who, "t");
    sent(1);
    fake_drop(&net, broker.sender);
    RIG_UNTIL(&now, has_not->settlements > 0);
    EXPECT_VERDICT(has_not->result, CE_UNDELIVERED);
    EXPECT_EQ(has->settlements, 0);
    reply(broker.publications[0].correlation, "answer");
    RIG_UNTIL(&now, has->settlements > 0);
    EXPECT_VERDICT(has->result, CE_ACK);
    RIG_UNTIL(&now, who.sender->health.up);
    EXPECT_EQ(broker.subscribed, 1);
}

static void a_stop_waits_for_replies_until_its_time_is_up(void)
{
    open_up("");
    ask(&who, "t");
    ask(&who, "t");
    sent(1);
    who.sender->ops->stop(who.sender, 1000, rig_on_done, &who.done);
    reply(broker.publications[0].correlation, "answer");
    RIG_UNTIL(&now, who.settled == 1);
    EXPECT(!who.done);
    RIG_UNTIL(&now, who.done);
    EXPECT_VERDICT(who.questions[0].result, CE_ACK);
    EXPECT_VERDICT(who.questions[1].result, CE_UNDELIVERED);
    EXPECT_VERDICT(ask(&who, "t")->result, CE_UNDELIVERED);
}

static void what_cannot_ask_does_not_open(void)
{
    static const struct {
        const char *uri, *word;
    } rows[] = {
        { "mqtt://h/t?version=3.1.1", "3.1.1" },
        { "mqtt://h/t?retain=true", "retained" },
        { "mqtt://h/t/#", "filter" },
        { "mqtt://h/t?response_topic=a/+", "response_topic" },
        { "mqtt://h/t?response_topic=", "response_topic" },
    };

    rig_open(&now);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_settings *s = NULL;
        ce_endpoint at = rig_endpoint(
            &now, &s, ce_transport_mqtt.sender_options, rows[i].uri);
        ce_sender *sender;
        ce_error err = { CE_OK, "" };

        EXPECT_CMP_ROW(rows[i].uri,
                       ce_transport_mqtt.requester(&sender, &at, &err), !=,
                       CE_OK);
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].word);
        ce_settings_close(s);
    }
    rig_close(&now);
}

TESTS_CLOSED_BY(close_all, "mqtt requester",
                TEST(a_request_says_how_it_is_answered),
                TEST(the_topic_for_replies_is_the_brokers_or_the_users),
                TEST(nothing_is_asked_before_the_subscription_stands),
                TEST(a_reply_may_overtake_the_acknowledgement),
                TEST(many_are_answered_in_any_order),
                TEST(more_than_may_be_in_flight_wait_in_line),
                TEST(a_late_reply_is_dropped_and_counted),
                TEST(without_an_acknowledgement_a_request_ends_as_well),
                TEST(without_its_subscription_nothing_is_waited_for),
                TEST(what_the_broker_has_may_be_answered_without_the_other),
                TEST(a_stop_waits_for_replies_until_its_time_is_up),
                TEST(what_cannot_ask_does_not_open))
