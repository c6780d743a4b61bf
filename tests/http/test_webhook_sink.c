/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that sends webhooks: it asks first, keeps to the answer, and ends
 * when it is told to. */
#include "tests/http/webhook_rig.h"

/* --- asking --- */

static void the_target_is_asked_before_anything_is_sent(void)
{
    /* HOOK-12, HOOK-16 */
    try_pair("&webhook_rate=120&token=s3cret");
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_EQ(target.requests, 1);
    EXPECT_STARTS(target.last, "OPTIONS /hook?x=1 HTTP/1.1\r\n");
    EXPECT_STR(server_header(&target, "WebHook-Request-Origin"), "us.example");
    EXPECT_STR(server_header(&target, "WebHook-Request-Rate"), "120");
    EXPECT_STR(server_header(&target, "Authorization"), "Bearer s3cret");
    EXPECT_STR(server_header(&target, "WebHook-Request-Callback"), NULL);
    close_pair();
}

static void an_event_waits_for_the_answer(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    try_pair("");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_EQ(target.asked, 1);
    close_pair();
    try_pair("");
    target.consent = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, target.asked);
    close_pair();
}

static void an_event_says_who_sends_it(void)
{
    /* HOOK-02, HOOK-04, HOOK-09, HOOK-10 */
    open_pair("&token=s3cret");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STARTS(target.last, "POST /hook?x=1 HTTP/1.1\r\n");
    EXPECT_STR(server_header(&target, "WebHook-Request-Origin"), "us.example");
    EXPECT_STR(server_header(&target, "Authorization"), "Bearer s3cret");
    EXPECT_STR(server_header(&target, "WebHook-Request-Rate"), NULL);
    EXPECT_STR(server_header(&target, "ce-id"), "1");
    close_pair();
}

static void consent_is_asked_for_until_it_is_given(void)
{
    /* HOOK-13, HOOK-14 */
    static const struct {
        const char *name, *answer, *reason;
    } rows[] = {
        { "not allowed",
          "HTTP/1.1 405 No\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n",
          "HTTP 405" },
        { "refused", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
          "HTTP 403" },
        { "refused with the header",
          "HTTP/1.1 403 No\r\nWebHook-Allowed-Origin: us.example\r\n"
          "Content-Length: 0\r\n\r\n",
          "HTTP 403" },
        { "nothing but success", CONSENT(""), "HTTP 200" },
        { "a rate alone", CONSENT("WebHook-Allowed-Rate: 100\r\n"),
          "HTTP 200" },
        { "a redirect",
          "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
          "HTTP 302" },
        { "to another", CONSENT_TO("them.example"), "them.example" },
        { "to a longer name", CONSENT_TO("us.example.com"), "us.example.com" },
        { "to a list", CONSENT_TO("us.example, them.example"), "another" },
        { "rate 0",
          CONSENT("WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: 0\r\n"),
          "no rate: 0" },
        { "rate -1",
          CONSENT("WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: -1\r\n"),
          "no rate: -1" },
        { "a rate in words",
          CONSENT("WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: many"
                  "\r\n"),
          "no rate: many" },
    };

    ce_log_to(NULL, NULL, CE_ERROR);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_mem_outcome *o;

        try_pair("");
        target.consent = rows[i].answer;
        RIG_UNTIL(&now, strstr(now.sender->health.reason, rows[i].reason));
        EXPECT_ROW(rows[i].name, !now.sender->health.up);
        o = send_one();
        EXPECT_VERDICT_ROW(rows[i].name, o->result, CE_UNDELIVERED);
        EXPECT_CONTAINS_ROW(rows[i].name, o->result.reason, rows[i].reason);
        target.consent = CONSENT_TO("*");
        RIG_UNTIL(&now, now.sender->health.up);
        EXPECT_VERDICT_ROW(rows[i].name, send_one()->result, CE_ACK);
        EXPECT_EQ_ROW(rows[i].name, target.requests, target.asked + 1);
        close_pair();
    }
}

static void a_target_that_is_away_is_asked_when_it_comes(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    try_pair("");
    server_go_away(&target);
    RIG_UNTIL(&now, now.sender->health.log_pause_ms > 0);
    EXPECT(!now.sender->health.up);
    server_come_back(&target);
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

static void names_of_hosts_have_no_case(void)
{
    try_pair("");
    target.consent = CONSENT_TO("US.Example");
    RIG_UNTIL(&now, now.sender->health.up);
    close_pair();
}

/* An application that sends its first event at once. */
static void who_waits_for_each_event_waits_for_consent(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    start_pair("", true);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_EQ(target.asked, 1);
    close_pair();
    start_pair("", true);
    target.consent = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    for (unsigned i = 1; i <= 3; i++) {
        EXPECT_CONTAINS(send_one()->result.reason, "HTTP 403");
        EXPECT_EQ(target.asked, i);
    }
    target.consent = CONSENT_TO("us.example");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

/* --- the rate --- */

/* HOOK-14 */
static void events_keep_to_the_rate_of_the_target(void)
{
    uint64_t before;
    int last = 0;

    /* 20 ms between two. */
    try_pair("");
    target.consent = CONSENT("WebHook-Allowed-Origin: *\r\n"
                             "WebHook-Allowed-Rate: 3000\r\n");
    RIG_UNTIL(&now, now.sender->health.up);
    before = ce_loop_now_ms(now.loop);
    for (int i = 0; i < 11; i++)
        last = rig_send(&now, "1");
    EXPECT_VERDICT(rig_outcome(&now, last)->result, CE_ACK);
    EXPECT_CMP(ce_loop_now_ms(now.loop) - before, >=, 190);
    close_pair();
}

static void no_target_makes_us_faster_than_we_asked(void)
{
    uint64_t before;
    int last = 0;

    try_pair("&webhook_rate=3000");
    target.consent = CONSENT("WebHook-Allowed-Origin: *\r\n"
                             "WebHook-Allowed-Rate: 999999\r\n");
    RIG_UNTIL(&now, now.sender->health.up);
    before = ce_loop_now_ms(now.loop);
    for (int i = 0; i < 6; i++)
        last = rig_send(&now, "1");
    EXPECT_VERDICT(rig_outcome(&now, last)->result, CE_ACK);
    EXPECT_CMP(ce_loop_now_ms(now.loop) - before, >=, 90);
    close_pair();
}

static void what_waits_for_its_turn_is_handed_back_at_the_end(void)
{
    const ce_mem_outcome *o;

    try_pair("");
    target.consent = CONSENT("WebHook-Allowed-Origin: *\r\n"
                             "WebHook-Allowed-Rate: 1\r\n");
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    o = ce_mem_outcome_of(now.app, rig_send(&now, "2"));
    rig_pass(&now, 20);
    EXPECT_EQ(o->settlements, 0);
    rig_close_sender(&now, 100);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, 2);
    close_pair();
}

static void too_many_requests_stop_everything_for_a_while(void)
{
    const ce_mem_outcome *o;

    /* HOOK-07 */
    open_pair("");
    target.answer = "HTTP/1.1 429 No\r\nRetry-After: 1\r\n"
                    "Content-Length: 0\r\n\r\n";
    o = send_one();
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(o->result.retry_after_ms, 1000);
    target.answer = ANSWER_202;
    o = send_one();
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(o->result.code, 429);
    EXPECT_CMP(o->result.retry_after_ms, >, 0);
    EXPECT_CMP(o->result.retry_after_ms, <=, 1000);
    EXPECT_EQ(target.requests, 2);
    rig_pass(&now, o->result.retry_after_ms);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

/* --- the end of it --- */

static void a_target_that_is_gone_gets_nothing_more(void)
{
    const ce_mem_outcome *o;

    /* HOOK-06 */
    open_pair("");
    target.answer = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    o = send_one();
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT_EQ(o->result.code, 410);
    target.answer = ANSWER_202;
    o = send_one();
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT_EQ(o->result.code, 410);
    EXPECT_CONTAINS(o->result.reason, "retired");
    rig_pass(&now, 300);
    EXPECT_EQ(target.requests, 2);
    EXPECT_EQ(target.asked, 1);
    close_pair();
}

static void events_that_wait_are_refused_with_it(void)
{
    int numbers[5];

    open_pair("&max_in_flight=1");
    target.answer = NULL;
    for (size_t i = 0; i < COUNT(numbers); i++)
        numbers[i] = rig_send(&now, "1");
    RIG_UNTIL(&now, server_waiting(&target) == 1);
    target.answer = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    for (size_t i = 0; i < COUNT(numbers); i++)
        EXPECT_EQ(rig_outcome(&now, numbers[i])->result.code, 410);
    EXPECT_EQ(target.requests, 2);
    close_pair();
}

static void gone_is_an_answer_to_the_question_too(void)
{
    try_pair("");
    target.consent = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_VERDICT(send_one()->result, CE_NACK);
    EXPECT_EQ(target.requests, 1);
    close_pair();
}

static void an_unknown_format_refuses_one_event_only(void)
{
    /* HOOK-08 */
    open_pair("");
    target.answer = "HTTP/1.1 415 No\r\nContent-Length: 0\r\n\r\n";
    EXPECT_VERDICT(send_one()->result, CE_NACK);
    target.answer = ANSWER_202;
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

/* HOOK-01: it is webhook=true that allows plain HTTP. */
static void without_webhook_gone_refuses_one_event_only(void)
{
    char uri[100];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", target.port);
    rig_start_sender(&now, uri);
    target.answer = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    EXPECT_VERDICT(send_one()->result, CE_NACK);
    target.answer = ANSWER_202;
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STR(server_header(&target, "WebHook-Request-Origin"), NULL);
    EXPECT_EQ(target.asked, 0);
    close_pair();
}

/* --- the form of an event --- */

static void an_event_without_data_or_type_is_structured(void)
{
    /* HOOK-03 */
    static const struct {
        const char *name, *type, *body;
        bool structured;
    } rows[] = {
        { "data and type", "text/plain", "data", false },
        { "no data", "text/plain", NULL, true },
        { "empty data", "text/plain", "", true },
        { "no type", NULL, "data", true },
        { "neither", NULL, NULL, true },
    };

    open_pair("&mode=binary");
    for (size_t i = 0; i < COUNT(rows); i++) {
        int number = rig_send_data(&now, rows[i].type, rows[i].body);
        const char *form;

        EXPECT_VERDICT_ROW(rows[i].name, rig_outcome(&now, number)->result,
                           CE_ACK);
        form = server_header(&target, "Content-Type");
        REQUIRE(form);
        EXPECT_STR_ROW(rows[i].name, form,
                       rows[i].structured ? "application/cloudevents+json"
                                          : "text/plain");
        EXPECT_CMP_ROW(rows[i].name, *server_last_body(&target), !=, '\0');
    }
    close_pair();
}

TESTS("http webhook sink", TEST(the_target_is_asked_before_anything_is_sent),
      TEST(an_event_waits_for_the_answer), TEST(an_event_says_who_sends_it),
      TEST(consent_is_asked_for_until_it_is_given),
      TEST(a_target_that_is_away_is_asked_when_it_comes),
      TEST(names_of_hosts_have_no_case),
      TEST(who_waits_for_each_event_waits_for_consent),
      TEST(events_keep_to_the_rate_of_the_target),
      TEST(no_target_makes_us_faster_than_we_asked),
      TEST(what_waits_for_its_turn_is_handed_back_at_the_end),
      TEST(too_many_requests_stop_everything_for_a_while),
      TEST(a_target_that_is_gone_gets_nothing_more),
      TEST(events_that_wait_are_refused_with_it),
      TEST(gone_is_an_answer_to_the_question_too),
      TEST(an_unknown_format_refuses_one_event_only),
      TEST(without_webhook_gone_refuses_one_event_only),
      TEST(an_event_without_data_or_type_is_structured))
