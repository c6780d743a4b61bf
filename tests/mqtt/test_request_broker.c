/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies through a real broker: requester, responder, and a
 * handler between them that does what the request's type says. */
#include "tests/mqtt/asker.h"

enum { HELD_MAX = 128 };

static const char *broker;
static rig now;
static asker who;

static struct {
    ce_receiver *receiver;
    ce_settings *settings;
    ce_endpoint at;
    ce_stage handler;
    ce_delivery *held[HELD_MAX];
    unsigned count, handled, plain, failures; /* to come */
    bool was_interactive;
} responder;

/* --- the handler --- */

static void answer(ce_delivery *d, ce_mode mode)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("r"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/r"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("answer"), CE_STRING },
        { CE_SLICE("datacontenttype"), CE_SLICE("text/x"), CE_STRING },
    };
    ce_event e = { .attrs = { attrs, 5, 5 },
                   .data = d->message.body,
                   .data_kind = CE_DATA_BYTES };
    ce_result r = ce_result_ack();
    ce_message m;
    ce_arena *arena = ce_arena_new();

    e.arena = arena;
    REQUIRE_OK(ce_message_encode(&e, mode, NULL, arena, &m));
    r.reply = &m;
    ce_settle(d, &r);
    /* What the reply points at is gone after the settlement. */
    ce_arena_free(arena);
}

static void answer_too_much(ce_delivery *d)
{
    ce_attr attr = { CE_SLICE("x"), CE_SLICE("y"), CE_STRING };
    ce_message m = { .mode = CE_MODE_BATCH, .attrs = { &attr, 1, 1 } };
    ce_result r = ce_result_ack();

    r.reply = &m;
    ce_settle(d, &r);
}

static void refuse(ce_delivery *d)
{
    ce_result r = ce_result_make(CE_NACK, "no such \xc3\xa9 order");

    r.code = 404;
    ce_settle(d, &r);
}

static void handle(ce_delivery *d, const char *type)
{
    if (!strcmp(type, "binary"))
        answer(d, CE_MODE_BINARY);
    else if (!strcmp(type, "structured"))
        answer(d, CE_MODE_STRUCTURED);
    else if (!strcmp(type, "nack"))
        refuse(d);
    else if (!strcmp(type, "garbled"))
        ce_settle_nack(d, 1, "\xff\x01");
    else if (!strcmp(type, "not now"))
        ce_settle_undelivered(d, 0, 2500, "later");
    else if (!strcmp(type, "too much"))
        answer_too_much(d);
    else
        ce_settle_ack(d, CE_DELIVERED);
}

static void push(ce_stage *s, ce_delivery *d)
{
    ce_error err = { CE_OK, "" };
    const ce_event *e = ce_delivery_event(d, &err);
    char type[64];

    (void)s;
    responder.was_interactive = d->interactive;
    responder.handled++;
    if (!d->interactive)
        responder.plain++;
    if (responder.failures > 0) {
        responder.failures--;
        ce_settle_undelivered(d, 0, 0, "not now");
        return;
    }
    if (!e) {
        ce_settle_malformed(
            d, 0, d->defect.reason ? d->defect.reason : "not an event");
        return;
    }
    asker_keep(type, sizeof type, ce_event_text(e, "type"));
    if (!strcmp(type, "hold"))
        responder.held[responder.count++] = d;
    else
        handle(d, type);
}

static const ce_stage_ops handler_ops = { .name = "handler", .push = push };

/* --- the rig --- */

static void stop_responder(void)
{
    responder.receiver->ops->stop(responder.receiver);
    RIG_WAIT(&now, ce_pool_out(responder.receiver->pool) == 0);
    EXPECT_EQ(ce_pool_out(responder.receiver->pool), 0);
    responder.receiver->ops->close(responder.receiver);
    ce_settings_close(responder.settings);
    responder.receiver = NULL;
}

static void close_all(void)
{
    if (!now.loop)
        return;
    asker_close(&who);
    if (responder.receiver)
        stop_responder();
    rig_close(&now);
}

static const char *uri_of(const char *topic, const char *query)
{
    static char text[2][300];
    static unsigned turn;
    char *out = text[turn++ % COUNT(text)];

    snprintf(out, sizeof text[0], "mqtt://%s/%s%s",
             now.address[0] ? now.address : broker, topic, query);
    return out;
}

static void start_responder(const char *uri)
{
    ce_error err = { CE_OK, "" };

    memset(&responder, 0, sizeof responder);
    responder.handler.ops = &handler_ops;
    responder.at = rig_endpoint(&now, &responder.settings,
                                ce_transport_mqtt.receiver_options, uri);
    REQUIRE_OK(
        ce_transport_mqtt.responder(&responder.receiver, &responder.at, &err));
    REQUIRE_OK(responder.receiver->ops->start(responder.receiver,
                                              &responder.handler, &err));
}

/* With both ends up. */
static void open_both(const char *asking, const char *answering)
{
    const char *topic = ce_test_unique("requests");

    start_responder(uri_of(topic, answering));
    asker_open(&who, &now, uri_of(topic, asking));
    RIG_UNTIL(&now, who.sender->health.up && responder.receiver->health.up);
}

static void open_all(const char *asking, const char *answering)
{
    close_all();
    rig_open(&now);
    open_both(asking, answering);
}

static question *asked(const char *type)
{
    question *q = ask(&who, type);

    RIG_UNTIL(&now, q->settlements > 0);
    return q;
}

/* --- tests --- */

static void a_reply_comes_back_as_it_was_given(void)
{
    static const struct {
        const char *type;
        ce_mode mode;
    } rows[] = { { "binary", CE_MODE_BINARY },
                 { "structured", CE_MODE_STRUCTURED } };

    open_all("", "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const question *q = asked(rows[i].type);

        EXPECT_VERDICT_ROW(rows[i].type, q->result, CE_ACK);
        EXPECT_ROW(rows[i].type, q->has_reply);
        EXPECT_EQ_ROW(rows[i].type, q->mode, rows[i].mode);
        EXPECT_STR_ROW(rows[i].type, q->type, "answer");
        EXPECT_STR_ROW(rows[i].type, q->kind, "text/x");
        EXPECT_STR_ROW(rows[i].type, q->data, q->text);
    }
    EXPECT(responder.was_interactive);
    EXPECT_EQ(responder.handled, 2);
}

static void an_outcome_without_an_event_comes_back_too(void)
{
    static const struct {
        const char *type;
        ce_verdict verdict;
        int code;
        unsigned retry_after_ms;
        const char *reason;
    } rows[] = {
        { "done", CE_ACK, 0, 0, "" },
        { "nack", CE_NACK, 404, 0, "no such \xc3\xa9 order" },
        { "garbled", CE_NACK, 1, 0, "? " },
        { "not now", CE_UNDELIVERED, 0, 2500, "later" },
    };

    open_all("", "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const question *q = asked(rows[i].type);

        EXPECT_VERDICT_ROW(rows[i].type, q->result, rows[i].verdict);
        EXPECT_EQ_ROW(rows[i].type, q->result.code, rows[i].code);
        EXPECT_EQ_ROW(rows[i].type, q->result.retry_after_ms,
                      rows[i].retry_after_ms);
        EXPECT_STR_ROW(rows[i].type, q->result.reason, rows[i].reason);
        EXPECT_ROW(rows[i].type, !q->has_reply);
    }
}

static void a_reply_that_cannot_be_sent_is_a_refusal(void)
{
    const question *q;

    open_all("", "");
    q = asked("too much");
    EXPECT_VERDICT(q->result, CE_NACK);
    EXPECT(!q->has_reply);
    EXPECT_CONTAINS(q->result.reason, "the reply cannot be sent");
}

static void a_hundred_are_answered_in_any_order(void)
{
    open_all("?max_in_flight=100", "");
    for (unsigned i = 0; i < 100; i++)
        ask(&who, "hold");
    RIG_UNTIL(&now, responder.count == 100);
    while (responder.count > 0)
        answer(responder.held[--responder.count], CE_MODE_BINARY);
    RIG_UNTIL(&now, who.settled == 100);
    EXPECT_EQ(who.order[0], 99);
    EXPECT_EQ(who.order[99], 0);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_STR(who.questions[i].data, who.questions[i].text);
}

static void too_many_requests_hear_so_at_once(void)
{
    open_all("", "?max_in_flight=3");
    for (unsigned i = 0; i < 3; i++)
        ask(&who, "hold");
    RIG_UNTIL(&now, responder.count == 3);
    EXPECT_VERDICT(asked("binary")->result, CE_UNDELIVERED);
    EXPECT_CMP(who.questions[3].result.retry_after_ms, >, 0);
    while (responder.count > 0)
        answer(responder.held[--responder.count], CE_MODE_BINARY);
    RIG_UNTIL(&now, who.settled == 4);
    EXPECT_VERDICT(asked("binary")->result, CE_ACK);
}

static void a_late_reply_is_dropped_and_counted(void)
{
    open_all("?timeout=100ms", "");
    EXPECT_VERDICT(asked("hold")->result, CE_UNDELIVERED);
    RIG_UNTIL(&now, responder.count == 1);
    answer(responder.held[0], CE_MODE_BINARY);
    RIG_UNTIL(&now, who.late == 1);
    EXPECT_EQ(who.questions[0].settlements, 1);
}

static void a_responder_that_stops_answers_what_it_has(void)
{
    open_all("", "");
    ask(&who, "hold");
    RIG_UNTIL(&now, responder.count == 1);
    responder.receiver->ops->stop(responder.receiver);
    rig_pass(&now, 50);
    answer(responder.held[0], CE_MODE_BINARY);
    RIG_UNTIL(&now, who.settled == 1);
    EXPECT_VERDICT(who.questions[0].result, CE_ACK);
}

static void other_messages_have_no_reply(void)
{
    const char *topic = ce_test_unique("requests");

    close_all();
    rig_open(&now);
    start_responder(uri_of(topic, ""));
    rig_start_sender(&now, uri_of(topic, ""));
    RIG_UNTIL(&now, responder.receiver->health.up && now.sender->health.up);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    RIG_UNTIL(&now, responder.plain == 1);
    EXPECT_EQ(responder.handled, 1);
    EXPECT(!responder.was_interactive);
    /* Nobody can repeat them, so they are tried again. */
    responder.failures = 2;
    EXPECT(rig_acked(&now, rig_send(&now, 2)));
    EXPECT(rig_acked(&now, rig_send(&now, 3)));
    RIG_UNTIL(&now, responder.plain == 5);
    RIG_UNTIL(&now, ce_pool_out(responder.receiver->pool) == 0);
}

static void with_an_inbox_only_requests_bypass_it(void)
{
    const char *topic = ce_test_unique("requests");

    close_all();
    rig_open(&now);
    rig_open_inbox(&now, 1 << 20);
    start_responder(uri_of(topic, ""));
    asker_open(&who, &now, uri_of(topic, ""));
    rig_start_sender(&now, uri_of(topic, ""));
    RIG_UNTIL(&now, who.sender->health.up && now.sender->health.up &&
                        responder.receiver->health.up);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    EXPECT_VERDICT(asked("binary")->result, CE_ACK);
    RIG_UNTIL(&now, ce_inbox_count(now.inbox) == 1);
    EXPECT_EQ(responder.handled, 1);
    EXPECT_EQ(responder.plain, 0);
}

static void a_broker_that_restarts_costs_only_what_was_in_flight(void)
{
    close_all();
    rig_open(&now);
    ce_test_make_folder(now.dir, sizeof now.dir);
    rig_broker(&now, "start", "");
    open_both("?timeout=20s", "");
    ask(&who, "hold");
    RIG_UNTIL(&now, responder.count == 1);
    rig_broker(&now, "kill", "");
    RIG_UNTIL(&now, who.settled == 1 && !responder.receiver->health.up);
    EXPECT_VERDICT(who.questions[0].result, CE_UNDELIVERED);
    /* Its reply waits for the broker, and then comes to nobody's need. */
    answer(responder.held[0], CE_MODE_BINARY);
    EXPECT_EQ(ce_pool_out(responder.receiver->pool), 1);
    rig_broker(&now, "start", "");
    RIG_UNTIL(&now, who.sender->health.up && responder.receiver->health.up);
    EXPECT_VERDICT(asked("binary")->result, CE_ACK);
    RIG_UNTIL(&now, ce_pool_out(responder.receiver->pool) == 0);
}

static void version_3_cannot_answer(void)
{
    ce_settings *s = NULL;
    ce_endpoint at;
    ce_receiver *receiver;
    ce_error err = { CE_OK, "" };

    close_all();
    rig_open(&now);
    at = rig_endpoint(&now, &s, ce_transport_mqtt.receiver_options,
                      "mqtt://h/t?version=3.1.1");
    EXPECT_STATUS(ce_transport_mqtt.responder(&receiver, &at, &err),
                  CE_ENOTSUP);
    EXPECT_CONTAINS(err.text, "3.1.1");
    ce_settings_close(s);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(a_reply_comes_back_as_it_was_given),
        TEST(an_outcome_without_an_event_comes_back_too),
        TEST(a_reply_that_cannot_be_sent_is_a_refusal),
        TEST(a_hundred_are_answered_in_any_order),
        TEST(too_many_requests_hear_so_at_once),
        TEST(a_late_reply_is_dropped_and_counted),
        TEST(a_responder_that_stops_answers_what_it_has),
        TEST(other_messages_have_no_reply),
        TEST(with_an_inbox_only_requests_bypass_it),
        TEST(a_broker_that_restarts_costs_only_what_was_in_flight),
        TEST(version_3_cannot_answer),
        CU_TEST_INFO_NULL
    };

    broker = ce_test_broker("CE_TEST_MQTT");
    ce_test_after(close_all);
    return ce_test_main("mqtt requests", tests);
}
