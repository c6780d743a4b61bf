/* SPDX-License-Identifier: Apache-2.0 */
/* A requester brings back the event that the target answers with. */
#include "tests/http/raw_server.h"

#define EVENT_REPLY                                                            \
    "HTTP/1.1 200 OK\r\nce-specversion: 1.0\r\nce-id: r1\r\n"                  \
    "ce-source: /r\r\nce-type: reply\r\nCe-Text: a%20%E2%82%AC\r\n"
#define STRUCTURED                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"r1\",\"source\":\"/r\","                \
    "\"type\":\"reply\",\"data\":{\"n\":1.50}}"

/* Hears what the requester says, and keeps the reply. */
typedef struct listener {
    ce_stage stage;
    ce_event *reply;
    ce_mode mode;
    unsigned settled;
    int code;
    ce_verdict verdict;
    bool exhausted;
    char reason[300];
} listener;

static rig now;
static server target;
static listener ear;

static void hear(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    ear.settled++;
    ear.code = r->code;
    ear.verdict = r->verdict;
    ear.exhausted = r->exhausted;
    snprintf(ear.reason, sizeof ear.reason, "%s", r->reason);
    if (r->reply) {
        ce_arena *arena = ce_arena_new();
        ce_event e = { .arena = arena };

        REQUIRE(arena != NULL);
        REQUIRE_OK(ce_message_decode(r->reply, arena, &e, NULL));
        ear.mode = r->reply->mode;
        ear.reply = ce_event_clone(&e);
        ce_arena_free(arena);
    }
    ce_settle(d, r);
}

static void listen_in(ce_stage *s, ce_delivery *d)
{
    ce_delivery_hook(d, hear, s, 0);
    ce_push(s->next, d);
}

static const ce_stage_ops listener_ops = { .name = "ear", .push = listen_in };

static void open_pair(const char *query)
{
    char uri[200];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/%s", target.port, query);
    rig_open_sender(&now, uri, true);
    ear = (listener){ .stage = { &listener_ops, &now.sender->stage } };
    REQUIRE_OK(now.app->ops->start(now.app, &ear.stage, NULL));
}

static void forget(void)
{
    ce_event_free(ear.reply);
    ear.reply = NULL;
    ear.settled = 0;
}

static void close_pair(void)
{
    rig_close_sender(&now, 2000);
    server_close(&target);
    rig_close(&now);
    forget();
}

static void ask(const char *answer)
{
    forget();
    target.answer = answer;
    rig_send(&now, "1");
    RIG_UNTIL(&now, ear.settled > 0);
    EXPECT_EQ(ear.settled, 1);
}

/* HTTP-01 */
static void a_reply_in_binary_mode_is_brought_back(void)
{
    open_pair("");
    ask(EVENT_REPLY "Content-Type: text/plain\r\nContent-Length: 7\r\n\r\n"
                    "a reply");
    EXPECT_VERDICT(ear.verdict, CE_ACK);
    EXPECT_EQ(ear.code, 200);
    REQUIRE(ear.reply != NULL);
    EXPECT_EQ(ear.mode, CE_MODE_BINARY);
    EXPECT_TEXT(ce_event_text(ear.reply, "id"), "r1");
    EXPECT_TEXT(ce_event_text(ear.reply, "text"), "a \xe2\x82\xac");
    EXPECT_TEXT(ce_event_text(ear.reply, "datacontenttype"), "text/plain");
    EXPECT_TEXT(ear.reply->data, "a reply");
    close_pair();
}

static void a_reply_without_data_is_one(void)
{
    open_pair("");
    ask(EVENT_REPLY "Content-Length: 0\r\n\r\n");
    REQUIRE(ear.reply != NULL);
    EXPECT_EQ(ear.reply->data_kind, CE_DATA_NONE);
    close_pair();
}

/* HTTP-01, HTTP-09 */
static void a_reply_in_structured_mode_is_brought_back(void)
{
    char answer[500];

    open_pair("");
    snprintf(answer, sizeof answer,
             "HTTP/1.1 201 Created\r\ncontent-type: "
             "application/cloudevents+json; charset=utf-8\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(STRUCTURED), STRUCTURED);
    ask(answer);
    REQUIRE(ear.reply != NULL);
    EXPECT_EQ(ear.mode, CE_MODE_STRUCTURED);
    EXPECT_TEXT(ear.reply->data, "{\"n\":1.50}");
    close_pair();
}

/* RFC 9112 8: only a connection that ends in order ends a body. */
static void a_reply_that_ends_with_its_connection_is_whole_or_none(void)
{
    open_pair("");
    target.after = SERVER_CLOSE;
    ask(EVENT_REPLY "Content-Type: text/plain\r\n\r\namount: 1000");
    EXPECT_VERDICT(ear.verdict, CE_ACK);
    REQUIRE(ear.reply != NULL);
    EXPECT_TEXT(ear.reply->data, "amount: 1000");
    target.after = SERVER_RESET;
    ask(EVENT_REPLY "Content-Type: text/plain\r\n\r\namount: 10");
    EXPECT_VERDICT(ear.verdict, CE_UNDELIVERED);
    EXPECT_EQ(ear.code, 502);
    EXPECT(!ear.reply);
    close_pair();
}

static void a_reply_in_chunks_is_brought_back(void)
{
    open_pair("");
    ask(EVENT_REPLY "Content-Type: text/plain\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"
                    "2\r\na \r\n5\r\nreply\r\n0\r\n\r\n");
    REQUIRE(ear.reply != NULL);
    EXPECT_TEXT(ear.reply->data, "a reply");
    close_pair();
}

static void headers_of_an_interim_answer_are_no_reply(void)
{
    open_pair("");
    ask("HTTP/1.1 103 Early\r\nce-id: 0\r\nContent-Type: "
        "a/b\r\n\r\n" EVENT_REPLY "Content-Length: 0\r\n\r\n");
    REQUIRE(ear.reply != NULL);
    EXPECT_TEXT(ce_event_text(ear.reply, "id"), "r1");
    EXPECT(!ce_event_get(ear.reply, "datacontenttype"));
    close_pair();
}

static void success_without_an_event_is_success(void)
{
    static const char *const answers[] = {
        ANSWER_202,
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    };

    open_pair("");
    for (size_t i = 0; i < COUNT(answers); i++) {
        ask(answers[i]);
        EXPECT_VERDICT_ROW(answers[i], ear.verdict, CE_ACK);
        EXPECT_ROW(answers[i], !ear.reply);
        EXPECT_ROW(answers[i], !*ear.reason);
    }
    close_pair();
}

static const struct {
    const char *name, *answer, *reason;
} unusable[] = {
    { "an attribute is missing",
      "HTTP/1.1 200 OK\r\nce-specversion: 1.0\r\nce-id: 1\r\n"
      "ce-type: t\r\nContent-Length: 0\r\n\r\n",
      "source" },
    { "a header is not encoded",
      EVENT_REPLY "ce-x: 100%\r\nContent-Length: 0\r\n\r\n", "ce-x" },
    { "an attribute twice", EVENT_REPLY "ce-id: 2\r\nContent-Length: 0\r\n\r\n",
      "id" },
    { "no JSON",
      "HTTP/1.1 200 OK\r\nContent-Type: application/cloudevents+json\r\n"
      "Content-Length: 3\r\n\r\n{]}",
      "reply is no event" },
    { "an unknown format",
      "HTTP/1.1 200 OK\r\nContent-Type: application/cloudevents+cbor\r\n"
      "Content-Length: 1\r\n\r\nx",
      "cbor" },
    { "a batch",
      "HTTP/1.1 200 OK\r\n"
      "Content-Type: application/cloudevents-batch+json\r\n"
      "Content-Length: 2\r\n\r\n[]",
      "batch" },
    { "text",
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
      "Content-Length: 2\r\n\r\nok",
      "no CloudEvent" },
    { "JSON",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{}",
      "no CloudEvent" },
    { "no version", "HTTP/1.1 200 OK\r\nce-id: 1\r\nContent-Length: 0\r\n\r\n",
      "ce-specversion" },
    { "no type",
      "HTTP/1.1 200 OK\r\nce-specversion: 1.0\r\nce-id: 1\r\n"
      "ce-source: /s\r\nContent-Length: 0\r\n\r\n",
      "type" },
    { "cut off", EVENT_REPLY "Content-Length: 10\r\n\r\nabc", "timeout" },
    { "a broken chunk", EVENT_REPLY "Transfer-Encoding: chunked\r\n\r\nx\r\n",
      "chunk" },
    { "too large",
      EVENT_REPLY "Content-Length: 65\r\n\r\n"
                  "0123456789012345678901234567890123456789"
                  "0123456789012345678901234",
      "max_event_bytes" },
};

/* The event has arrived, and is not sent again; but who asks has no reply, and
 * hears why. */
static void a_reply_that_is_no_event_is_undelivered_for_good(void)
{
    open_pair("?max_event_bytes=64B&timeout=300ms");
    for (size_t i = 0; i < COUNT(unusable); i++) {
        ask(unusable[i].answer);
        EXPECT_VERDICT_ROW(unusable[i].name, ear.verdict, CE_UNDELIVERED);
        EXPECT_EQ_ROW(unusable[i].name, ear.code, 502);
        EXPECT_ROW(unusable[i].name, ear.exhausted);
        EXPECT_ROW(unusable[i].name, !ear.reply);
        EXPECT_CONTAINS_ROW(unusable[i].name, ear.reason, unusable[i].reason);
    }
    close_pair();
}

/* HTTP-09 */
static void an_event_under_any_status_is_a_reply(void)
{
    static const struct {
        const char *status;
        ce_verdict verdict;
    } rows[] = {
        { "201 Created", CE_ACK },
        { "302 Found", CE_NACK },
        { "422 No", CE_NACK },
        { "503 Later", CE_UNDELIVERED },
    };

    open_pair("");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char answer[300];

        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nce-specversion: 1.0\r\nce-id: r1\r\n"
                 "ce-source: /r\r\nce-type: t\r\nContent-Length: 0\r\n\r\n",
                 rows[i].status);
        ask(answer);
        EXPECT_VERDICT_ROW(rows[i].status, ear.verdict, rows[i].verdict);
        EXPECT_ROW(rows[i].status, !ear.exhausted);
        REQUIRE(ear.reply != NULL);
        EXPECT_TEXT(ce_event_text(ear.reply, "id"), "r1");
    }
    close_pair();
}

static void a_problem_is_no_lost_reply(void)
{
    open_pair("");
    ask("HTTP/1.1 422 No\r\nContent-Type: application/problem+json\r\n"
        "Content-Length: 15\r\n\r\n{\"detail\":\"no\"}");
    EXPECT_VERDICT(ear.verdict, CE_NACK);
    EXPECT_EQ(ear.code, 422);
    EXPECT_STR(ear.reason, "no");
    close_pair();
}

TESTS("http requester", TEST(a_reply_in_binary_mode_is_brought_back),
      TEST(a_reply_without_data_is_one),
      TEST(a_reply_in_structured_mode_is_brought_back),
      TEST(a_reply_that_ends_with_its_connection_is_whole_or_none),
      TEST(a_reply_in_chunks_is_brought_back),
      TEST(headers_of_an_interim_answer_are_no_reply),
      TEST(success_without_an_event_is_success),
      TEST(a_reply_that_is_no_event_is_undelivered_for_good),
      TEST(an_event_under_any_status_is_a_reply),
      TEST(a_problem_is_no_lost_reply))
