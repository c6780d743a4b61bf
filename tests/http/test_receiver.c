/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of an event is what its sender hears. */
#include "tests/http/raw_client.h"

#define LENGTH_0 "Content-Length: 0\r\n\r\n"
#define STRUCTURED                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}"

static rig now;
static client peer, other;

/* QUERY is path and query. */
static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

/* The status of the answer to a body of this type. */
static int post(const char *type, const char *body)
{
    char text[2000];

    snprintf(text, sizeof text,
             POST_HEAD "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             type, strlen(body), body);
    return client_ask_once(&peer, &now, text);
}

/* --- results --- */

static const struct {
    const char *name;
    ce_result result;
    int status;
    const char *retry_after;
} wanted_answers[] = {
    { "delivered", { .verdict = CE_ACK }, 202, NULL },
    { "stored", { .verdict = CE_ACK, .fate = CE_STORED }, 202, NULL },
    { "filtered", { .verdict = CE_ACK, .fate = CE_FILTERED }, 202, NULL },
    { "had before", { .verdict = CE_ACK, .fate = CE_DUPLICATE }, 202, NULL },
    { "dead letter",
      { .verdict = CE_ACK, .fate = CE_DEAD_LETTERED },
      202,
      NULL },
    { "the code of another sink",
      { .verdict = CE_ACK, .code = 204 },
      202,
      NULL },
    { "refused", { .verdict = CE_NACK, .reason = "why" }, 422, NULL },
    { "refused by HTTP", { .verdict = CE_NACK, .code = 409 }, 409, NULL },
    { "gone", { .verdict = CE_NACK, .code = 410 }, 410, NULL },
    { "refused by another code",
      { .verdict = CE_NACK, .code = 135 },
      422,
      NULL },
    { "redirected", { .verdict = CE_NACK, .code = 301 }, 422, NULL },
    { "malformed", { .verdict = CE_NACK, .malformed = true }, 400, NULL },
    { "a format that is not known",
      { .verdict = CE_NACK, .malformed = true, .code = 415 },
      415,
      NULL },
    { "undelivered",
      { .verdict = CE_UNDELIVERED, .reason = "away" },
      503,
      "1" },
    { "undelivered by HTTP",
      { .verdict = CE_UNDELIVERED, .code = 429 },
      503,
      "1" },
    { "not before",
      { .verdict = CE_UNDELIVERED, .retry_after_ms = 1500 },
      503,
      "2" },
};

/* HOOK-30, HOOK-31, HOOK-32, HOOK-34 */
static void every_result_is_a_status(void)
{
    open_rig("/");
    for (size_t i = 0; i < COUNT(wanted_answers); i++) {
        bool is_problem = wanted_answers[i].status >= 400;

        now.answer = wanted_answers[i].result;
        EXPECT_EQ_ROW(wanted_answers[i].name,
                      client_ask_once(&peer, &now, EVENT),
                      wanted_answers[i].status);
        EXPECT_STR_ROW(wanted_answers[i].name,
                       client_header(&peer, "Retry-After"),
                       wanted_answers[i].retry_after);
        EXPECT_STR_ROW(wanted_answers[i].name,
                       client_header(&peer, "Content-Type"),
                       is_problem ? "application/problem+json" : NULL);
        EXPECT_ROW(wanted_answers[i].name,
                   !is_problem ||
                       client_says(&peer, wanted_answers[i].result.reason));
        EXPECT_ROW(wanted_answers[i].name, is_problem || !*peer.body);
    }
    rig_close(&now);
}

static ce_result reply(const ce_message *m)
{
    return (ce_result){ .verdict = CE_ACK, .reply = m };
}

/* HTTP-01, HOOK-30 */
static void a_reply_in_binary_mode_is_200(void)
{
    ce_attr attrs[300] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("a b"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain; a=b"),
                     .body = CE_SLICE("reply"),
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };
    static char names[300][8];

    for (unsigned i = 2; i < COUNT(attrs); i++) {
        snprintf(names[i], sizeof names[i], "x%u", i);
        attrs[i] = (ce_attr){ ce_slice_of(names[i]), CE_SLICE("v"), CE_STRING };
    }
    open_rig("/");
    now.answer = reply(&m);
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 200);
    EXPECT_STR(client_header(&peer, "Content-Type"), "text/plain; a=b");
    EXPECT_STR(client_header(&peer, "ce-id"), "a%20b");
    EXPECT_STR(client_header(&peer, "ce-x299"), "v");
    EXPECT_STR(peer.body, "reply");
    m.content_type = m.body = (ce_slice){ NULL, 0 };
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 200);
    EXPECT_STR(client_header(&peer, "Content-Type"), NULL);
    rig_close(&now);
}

static void a_reply_with_too_many_headers_is_502(void)
{
    static char large[9000];
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("x"), { large, sizeof large }, CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };

    memset(large, 'x', sizeof large);
    open_rig("/?max_header_bytes=4KiB");
    now.answer = reply(&m);
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, EVENT), 502);
    EXPECT_CONTAINS(peer.body, "max_header_bytes");
    EXPECT(client_ends(&peer));
    client_close(&peer);
    rig_close(&now);
}

static void a_reply_in_structured_mode_is_200(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = CE_SLICE(STRUCTURED) };

    open_rig("/");
    now.answer = reply(&m);
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 200);
    EXPECT_STR(client_header(&peer, "Content-Type"),
               "application/cloudevents+json");
    EXPECT_STR(peer.body, STRUCTURED);
    rig_close(&now);
}

/* --- events --- */

/* HTTP-02, HTTP-20, SDK-03 */
static void events_are_taken_in_every_mode(void)
{
    open_rig("/");
    EXPECT_EQ(
        client_ask_once(&peer, &now,
                        "POST /a%20b?c HTTP/1.1\r\n" EVENT_FIELDS
                        "Content-Type: text/plain\r\nContent-Length: 4\r\n"
                        "\r\ndata"),
        202);
    REQUIRE(now.last != NULL);
    EXPECT_EQ(now.last_mode, CE_MODE_BINARY);
    EXPECT_TEXT(now.last->data, "data");
    EXPECT_STR(now.last_topic, "/a b");
    EXPECT_EQ(post("application/cloudevents+json", STRUCTURED), 202);
    EXPECT_EQ(now.last_mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(client_ask_once(&peer, &now,
                              EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                                         "2\r\nda\r\n2\r\nta\r\n0\r\n\r\n"),
              202);
    REQUIRE(now.last != NULL);
    EXPECT_TEXT(now.last->data, "data");
    rig_close(&now);
}

/* HTTP-08, HTTP-62: its events go on one by one. */
static void a_batch_is_answered_once_for_all(void)
{
    static const char two[] = "[" STRUCTURED "," STRUCTURED "]";

    open_rig("/");
    now.hold = true;
    client_open(&peer, &now);
    {
        char text[1000];

        snprintf(text, sizeof text,
                 POST_HEAD "Content-Type: application/cloudevents-batch+json"
                           "\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(two), two);
        client_send(&peer, text);
    }
    RIG_UNTIL(&now, now.holding == 2);
    EXPECT_EQ(now.last_mode, CE_MODE_STRUCTURED);
    rig_settle(&now, ce_result_make(CE_NACK, "no"));
    rig_pass(&now, 20);
    EXPECT(!client_read(&peer));
    rig_settle(&now, ce_result_make(CE_UNDELIVERED, "away"));
    /* The worst of them: the caller has to come again. */
    EXPECT_EQ(client_answer(&peer), 503);
    client_close(&peer);
    now.hold = false;
    EXPECT_EQ(post("application/cloudevents-batch+json", two), 202);
    EXPECT_EQ(now.arrived, 4);
    EXPECT_EQ(post("application/cloudevents-batch+json", "[]"), 202);
    EXPECT_EQ(now.arrived, 4);
    rig_close(&now);
}

/* HTTP-05, HTTP-07, HOOK-32 */
static void what_is_no_event_is_refused_with_the_reason(void)
{
    static const struct {
        const char *name, *type, *body, *says;
        int status;
    } rows[] = {
        { "plain", "application/json", "{}", "ce-specversion", 400 },
        { "not JSON", "application/cloudevents+json", "{", "JSON", 400 },
        { "no id", "application/cloudevents+json",
          "{\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"t\"}", "id",
          400 },
        { "a member twice", "application/cloudevents+json",
          "{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\","
          "\"source\":\"/s\",\"type\":\"t\"}",
          "id", 400 },
        { "one bad event in a batch", "application/cloudevents-batch+json",
          "[" STRUCTURED ",{}]", "specversion", 400 },
        { "an unknown format", "application/cloudevents+cbor", "x", "cbor",
          415 },
        { "an unknown batch", "application/cloudevents-batch+cbor", "x", "cbor",
          415 },
        { "another charset", "application/cloudevents+json; charset=utf-16",
          "x", "utf-16", 415 },
    };

    open_rig("/");
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_EQ_ROW(rows[i].name, post(rows[i].type, rows[i].body),
                      rows[i].status);
        EXPECT_CONTAINS_ROW(rows[i].name, peer.body, rows[i].says);
        EXPECT_STR_ROW(rows[i].name, client_header(&peer, "Content-Type"),
                       "application/problem+json");
    }
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD "ce-x: 100%\r\n" LENGTH_0),
        400);
    EXPECT_CONTAINS(peer.body, "ce-x");
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

static void count(ce_receiver *r, void *arg)
{
    EXPECT_EQ(r, now.receiver);
    ++*(unsigned *)arg;
}

static void lenient_takes_a_value_that_is_not_encoded(void)
{
    unsigned tolerated = 0;

    /* HTTP-51 */
    open_rig("/?lenient=true");
    now.receiver->tolerated = count;
    now.receiver->tolerated_arg = &tolerated;
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD "ce-x: 100%\r\n" LENGTH_0),
        202);
    REQUIRE(now.last != NULL);
    EXPECT_TEXT(ce_event_text(now.last, "x"), "100%");
    EXPECT_EQ(tolerated, 1);
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 202);
    EXPECT_EQ(tolerated, 1);
    rig_close(&now);
}

/* --- time and credit --- */

static void a_sink_that_takes_too_long_is_504(void)
{
    open_rig("/?deadline=50ms&max_in_flight=1");
    now.hold = true;
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, EVENT), 504);
    /* The event is still on its way, and has its credit; but no stage tries
     * it again. */
    EXPECT_EQ(now.holding, 1);
    EXPECT(now.held[0]->abandoned);
    EXPECT_EQ(client_ask(&peer, EVENT), 503);
    rig_settle(&now, ce_result_ack());
    now.hold = false;
    EXPECT_EQ(client_ask(&peer, EVENT), 202);
    EXPECT_EQ(now.arrived, 2);
    client_close(&peer);
    rig_close(&now);
}

static void without_a_deadline_the_answer_may_take_its_time(void)
{
    open_rig("/?deadline=0s&request_timeout=100ms");
    now.hold = true;
    client_open(&peer, &now);
    client_send(&peer, EVENT);
    RIG_UNTIL(&now, now.holding == 1);
    rig_pass(&now, 700);
    EXPECT(!client_read(&peer));
    rig_settle(&now, ce_result_ack());
    EXPECT_EQ(client_answer(&peer), 202);
    client_close(&peer);
    rig_close(&now);
}

static void a_client_that_leaves_takes_no_event_along(void)
{
    open_rig("/?max_in_flight=1");
    now.hold = true;
    client_open(&peer, &now);
    client_send(&peer, EVENT);
    RIG_UNTIL(&now, now.holding == 1);
    client_close(&peer);
    rig_pass(&now, 50);
    EXPECT_EQ(now.holding, 1);
    rig_settle(&now, ce_result_ack());
    now.hold = false;
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 202);
    rig_close(&now);
}

static void a_client_may_leave_after_its_504(void)
{
    open_rig("/?deadline=50ms");
    now.hold = true;
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 504);
    rig_pass(&now, 20);
    rig_settle(&now, ce_result_make(CE_NACK, "late"));
    rig_close(&now);
}

static void without_credit_the_answer_is_503_at_once(void)
{
    open_rig("/?max_in_flight=2");
    now.hold = true;
    client_open(&peer, &now);
    client_open(&other, &now);
    client_send(&peer, EVENT);
    client_send(&other, EVENT);
    RIG_UNTIL(&now, now.holding == 2);
    {
        client third;

        EXPECT_EQ(client_ask_once(&third, &now, EVENT), 503);
        EXPECT_STR(client_header(&third, "Retry-After"), "1");
    }
    rig_settle(&now, ce_result_ack());
    EXPECT_EQ(client_answer(&peer), 202);
    rig_settle(&now, ce_result_ack());
    EXPECT_EQ(client_answer(&other), 202);
    client_close(&peer);
    client_close(&other);
    rig_close(&now);
}

/* --- who may send --- */

static void a_token_opens_by_header_or_parameter(void)
{
    /* HOOK-35 */
    static const struct {
        const char *name, *target, *header;
        int status;
        const char *cache;
    } rows[] = {
        { "header", "/", "Authorization: Bearer s3cret\r\n", 202, NULL },
        { "header in another case", "/", "authorization: bearer s3cret\r\n",
          202, NULL },
        { "parameter", "/?access_token=s3cret", "", 202, "private" },
        { "encoded parameter", "/?a=b&access_token=s%33cret", "", 202,
          "private" },
        { "both", "/?access_token=s3cret", "Authorization: Bearer s3cret\r\n",
          202, NULL },
        { "nothing", "/", "", 401, NULL },
        { "another token", "/", "Authorization: Bearer other\r\n", 401, NULL },
        { "a longer token", "/", "Authorization: Bearer s3cret1\r\n", 401,
          NULL },
        { "a shorter token", "/", "Authorization: Bearer s3cre\r\n", 401,
          NULL },
        { "no token", "/", "Authorization: Bearer \r\n", 401, NULL },
        { "another scheme", "/", "Authorization: Basic s3cret\r\n", 401, NULL },
        { "another parameter", "/?access_token=other", "", 401, NULL },
    };

    open_rig("/?token=s3cret");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[500];

        snprintf(text, sizeof text,
                 "POST %s HTTP/1.1\r\n" EVENT_FIELDS "%s" LENGTH_0,
                 rows[i].target, rows[i].header);
        EXPECT_EQ_ROW(rows[i].name, client_ask_once(&peer, &now, text),
                      rows[i].status);
        EXPECT_STR_ROW(rows[i].name, client_header(&peer, "Cache-Control"),
                       rows[i].cache);
        EXPECT_STR_ROW(rows[i].name, client_header(&peer, "WWW-Authenticate"),
                       rows[i].status == 401 ? "Bearer" : NULL);
    }
    rig_close(&now);
}

static void a_password_opens_by_basic_authentication(void)
{
    open_rig("/?user=alice&password=s3cret");
    EXPECT_EQ(client_ask_once(&peer, &now,
                              EVENT_HEAD "Authorization: Basic "
                                         "YWxpY2U6czNjcmV0\r\n" LENGTH_0),
              202);
    EXPECT_EQ(client_ask_once(&peer, &now,
                              EVENT_HEAD "Authorization: Basic "
                                         "YWxpY2U6b3RoZXI=\r\n" LENGTH_0),
              401);
    EXPECT_STARTS(client_header(&peer, "WWW-Authenticate"), "Basic");
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 401);
    EXPECT_EQ(now.arrived, 1);
    rig_close(&now);
}

TESTS("http receiver", TEST(every_result_is_a_status),
      TEST(a_reply_in_binary_mode_is_200),
      TEST(a_reply_with_too_many_headers_is_502),
      TEST(a_reply_in_structured_mode_is_200),
      TEST(events_are_taken_in_every_mode),
      TEST(a_batch_is_answered_once_for_all),
      TEST(what_is_no_event_is_refused_with_the_reason),
      TEST(lenient_takes_a_value_that_is_not_encoded),
      TEST(a_sink_that_takes_too_long_is_504),
      TEST(without_a_deadline_the_answer_may_take_its_time),
      TEST(a_client_that_leaves_takes_no_event_along),
      TEST(a_client_may_leave_after_its_504),
      TEST(without_credit_the_answer_is_503_at_once),
      TEST(a_token_opens_by_header_or_parameter),
      TEST(a_password_opens_by_basic_authentication))
