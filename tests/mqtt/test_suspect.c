/* SPDX-License-Identifier: Apache-2.0 */
/* A broker of version 3.1.1 hangs up on a publication that it does not take,
 * and says nothing. That one is found and refused, and no other. */
#include "bindings/mqtt/suspect.h"
#include "tests/mqtt/fake_broker.h"

enum { LIMIT = 1000, TRIES = 10 };

static rig now;
static fake_broker net;

static struct {
    unsigned connects;
    bool is_stubborn; /* hangs up on each */
    size_t last;      /* bytes of the last one */
    size_t poison;    /* bytes of one that it hangs up on */
} broker;

static unsigned accusations; /* of another client with the same id */

static void note_line(ce_level level, const char *line, void *arg)
{
    (void)level, (void)arg;
    accusations += strstr(line, "another client") != NULL;
}

/* --- what is deduced --- */

/* Here the mark of a publication is the number of its bytes. */
static void lose(ce_mqtt_suspect *s, size_t first, size_t second)
{
    ce_mqtt_suspect_lost(s, first, first);
    if (second)
        ce_mqtt_suspect_lost(s, second, second);
    ce_mqtt_suspect_judge(s, true);
}

static void only_one_that_was_alone_twice_is_guilty(void)
{
    static const struct {
        const char *name;
        size_t answered, losses[4][2];
        bool alone, guilty; /* 500 bytes, in the end */
    } rows[] = {
        { "once", 0, { { 500, 0 } }, true, false },
        { "twice", 0, { { 500, 0 }, { 500, 0 } }, true, true },
        { "in company", 0, { { 500, 9 }, { 500, 9 } }, true, false },
        { "in company, then alone",
          0,
          { { 9, 500 }, { 500, 0 } },
          true,
          false },
        { "the smaller one", 0, { { 500, 700 } }, true, false },
        { "one as large was taken",
          500,
          { { 500, 0 }, { 500, 0 } },
          true,
          true },
        { "another one between",
          0,
          { { 500, 0 }, { 700, 0 }, { 500, 0 } },
          true,
          true },
        { "another one", 0, { { 700, 0 }, { 700, 0 } }, false, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_mqtt_suspect s = { .answered = rows[i].answered };

        for (size_t n = 0; n < 4 && rows[i].losses[n][0]; n++)
            lose(&s, rows[i].losses[n][0], rows[i].losses[n][1]);
        EXPECT_EQ_ROW(rows[i].name, ce_mqtt_suspect_goes_alone(&s, 500),
                      rows[i].alone);
        EXPECT_EQ_ROW(rows[i].name, ce_mqtt_suspect_is_guilty(&s, 500),
                      rows[i].guilty);
        EXPECT_ROW(rows[i].name, !ce_mqtt_suspect_is_guilty(&s, 400));
    }
}

static void an_answer_and_a_slow_loss_say_nothing_against_it(void)
{
    ce_mqtt_suspect s = { .answered = 0 };

    lose(&s, 500, 0);
    ce_mqtt_suspect_answered(&s, 500, 500);
    EXPECT(!ce_mqtt_suspect_goes_alone(&s, 500));
    EXPECT(!ce_mqtt_suspect_is_any(&s));
    lose(&s, 600, 0);
    ce_mqtt_suspect_lost(&s, 600, 600);
    ce_mqtt_suspect_judge(&s, false);
    EXPECT(!ce_mqtt_suspect_is_guilty(&s, 600));
    ce_mqtt_suspect_acquit_all(&s);
    EXPECT(!ce_mqtt_suspect_is_any(&s));
}

static void of_many_in_flight_the_first_are_suspects(void)
{
    ce_mqtt_suspect s = { .answered = 0 };

    for (unsigned i = 1; i <= 2 * CE_MQTT_SUSPECTS; i++) {
        EXPECT_EQ(ce_mqtt_suspect_has_room(&s), i <= CE_MQTT_SUSPECTS);
        ce_mqtt_suspect_lost(&s, i, 9);
    }
    ce_mqtt_suspect_judge(&s, true);
    EXPECT(ce_mqtt_suspect_goes_alone(&s, CE_MQTT_SUSPECTS));
    EXPECT(!ce_mqtt_suspect_goes_alone(&s, CE_MQTT_SUSPECTS + 1));
    lose(&s, 1000, 0);
    EXPECT(ce_mqtt_suspect_goes_alone(&s, 1000));
    EXPECT(ce_mqtt_suspect_goes_alone(&s, CE_MQTT_SUSPECTS));
    EXPECT(!ce_mqtt_suspect_goes_alone(&s, 1));
}

static void a_mark_is_that_of_one_publication(void)
{
    ce_attr attrs[] = { { CE_SLICE("id"), CE_SLICE("1"), CE_STRING } };
    ce_message m = { .body = CE_SLICE("x"), .attrs = { attrs, 1, 1 } };
    uint64_t mark = ce_mqtt_suspect_mark("t", &m);

    EXPECT_EQ(ce_mqtt_suspect_mark("t", &m), mark);
    EXPECT(ce_mqtt_suspect_mark("u", &m) != mark);
    attrs[0].text = CE_SLICE("2");
    EXPECT(ce_mqtt_suspect_mark("t", &m) != mark);
    attrs[0].text = CE_SLICE("1");
    m.body = CE_SLICE("y");
    EXPECT(ce_mqtt_suspect_mark("t", &m) != mark);
}

/* --- against a broker --- */

static void on_publish(fake_peer *from, const unsigned char *body)
{
    unsigned topic = (unsigned)(body[0] << 8 | body[1]);
    unsigned char reply[] = { 0x40, 2, body[2 + topic], body[3 + topic] };

    broker.last = fake_packet_bytes(from);
    if (broker.is_stubborn || fake_packet_bytes(from) > LIMIT ||
        fake_packet_bytes(from) == broker.poison)
        fake_hang_up(from);
    else
        fake_send(from, reply, sizeof reply);
}

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    static const unsigned char connack[] = { 0x20, 2, 0, 0 };

    /* What came before it hung up. */
    if (uv_is_closing((uv_handle_t *)&from->tcp))
        return;
    if (first >> 4 == FAKE_CONNECT) {
        broker.connects++;
        fake_send(from, connack, sizeof connack);
    } else if (first >> 4 == FAKE_PUBLISH) {
        on_publish(from, body);
    }
}

static void close_fake(void)
{
    if (!now.loop)
        return;
    rig_close_sender(&now);
    fake_close(&net);
    rig_close(&now);
    ce_log_to(NULL, NULL, CE_WARN);
}

static void open_fake(void)
{
    char uri[100];

    memset(&broker, 0, sizeof broker);
    rig_open(&now);
    fake_open(&net, &now, on_packet);
    accusations = 0;
    ce_log_to(note_line, NULL, CE_WARN);
    snprintf(uri, sizeof uri,
             "mqtt://127.0.0.1:%u/t?version=3.1.1&client_id=me", net.port);
    rig_start_sender(&now, uri);
    RIG_UNTIL(&now, now.sender->health.up);
}

static int push(unsigned id, size_t bytes)
{
    static char data[4 * LIMIT];
    char number[16];
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), { number, 0 }, CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain"),
                     .body = { data, bytes },
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };

    attrs[1].text.len = (size_t)snprintf(number, sizeof number, "%u", id);
    memset(data, 'x', sizeof data);
    return ce_mem_arrive_message(now.app, &m);
}

static ce_result result_of(int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(now.app, number);

    RIG_UNTIL(&now, o->settlements > 0);
    return o->result;
}

static void one_that_ends_the_connection_twice_is_refused(void)
{
    ce_result r;

    open_fake();
    EXPECT_VERDICT(result_of(push(1, 10)), CE_ACK);
    for (unsigned i = 1; i <= 2; i++) {
        EXPECT_VERDICT(result_of(push(2, 2 * LIMIT)), CE_UNDELIVERED);
        RIG_UNTIL(&now, broker.connects == 1 + i && now.sender->health.up);
    }
    r = result_of(push(2, 2 * LIMIT));
    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_EQ(r.code, 0x95);
    EXPECT_CONTAINS(r.reason, "ended the connection twice for these 2");
    EXPECT_VERDICT(result_of(push(3, 10)), CE_ACK);
    EXPECT_EQ(broker.connects, 3);
}

/* As a retry does: what is undelivered comes again when there is a
 * connection. */
static void its_neighbours_are_delivered(void)
{
    enum { MANY = 20, GUILTY = 7 };
    ce_verdict verdicts[MANY];
    unsigned left = MANY;
    int numbers[MANY];

    open_fake();
    for (unsigned i = 0; i < MANY; i++)
        verdicts[i] = CE_UNDELIVERED;
    for (unsigned n = 0; n < TRIES && left; n++) {
        RIG_UNTIL(&now, broker.connects == n + 1 && now.sender->health.up);
        for (unsigned i = 0; i < MANY; i++)
            if (verdicts[i] == CE_UNDELIVERED)
                numbers[i] = push(i, i == GUILTY ? 2 * LIMIT : i);
        left = 0;
        for (unsigned i = 0; i < MANY; i++) {
            verdicts[i] = result_of(numbers[i]).verdict;
            left += verdicts[i] == CE_UNDELIVERED;
        }
    }
    for (unsigned i = 0; i < MANY; i++)
        EXPECT_EQ(verdicts[i], (i == GUILTY ? CE_NACK : CE_ACK));
    /* Once among its neighbours, and twice alone. */
    EXPECT_CMP(broker.connects, <=, 4);
    EXPECT_EQ(accusations, 0);
}

/* It is not the size, and it is found among others. */
static void one_that_is_refused_for_something_else_stalls_none(void)
{
    ce_result r = { .verdict = CE_UNDELIVERED };
    size_t small;
    int other = 0;

    open_fake();
    EXPECT_VERDICT(result_of(push(1, 10)), CE_ACK);
    small = broker.last;
    EXPECT_VERDICT(result_of(push(1, LIMIT / 2)), CE_ACK);
    broker.poison = small + 1;
    for (unsigned n = 0; n < TRIES && r.verdict == CE_UNDELIVERED; n++) {
        int number;

        RIG_UNTIL(&now, broker.connects == 1 + n && now.sender->health.up);
        number = push(2, 11);
        other = push(3, 12);
        r = result_of(number);
    }
    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_EQ(r.code, 0x83);
    EXPECT_CONTAINS(r.reason, "its topic, \"t\"");
    EXPECT_VERDICT(result_of(other), CE_ACK);
    EXPECT_CMP(broker.connects, <=, 4);
    EXPECT_EQ(accusations, 0);
}

/* A broker that goes away takes the connection with it: that is not the fault
 * of what was in flight. */
static void a_broker_that_was_away_accuses_none(void)
{
    open_fake();
    broker.is_stubborn = true;
    for (unsigned n = 0; n < 4; n++) {
        int number = push(1, 10);

        fake_deafen(&net);
        EXPECT_VERDICT(result_of(number), CE_UNDELIVERED);
        RIG_UNTIL(&now, strstr(now.sender->health.reason, "connect") &&
                            strcmp(now.sender->health.reason,
                                   "connection lost") != 0);
        fake_listen(&net);
        RIG_UNTIL(&now, now.sender->health.up);
    }
    broker.is_stubborn = false;
    EXPECT_VERDICT(result_of(push(1, 10)), CE_ACK);
}

TESTS_CLOSED_BY(close_fake, "mqtt suspect",
                TEST(only_one_that_was_alone_twice_is_guilty),
                TEST(an_answer_and_a_slow_loss_say_nothing_against_it),
                TEST(of_many_in_flight_the_first_are_suspects),
                TEST(a_mark_is_that_of_one_publication),
                TEST(one_that_ends_the_connection_twice_is_refused),
                TEST(its_neighbours_are_delivered),
                TEST(one_that_is_refused_for_something_else_stalls_none),
                TEST(a_broker_that_was_away_accuses_none))
