/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that sends webhooks: where its target consents later, and what its
 * options have to be. */
#include "tests/http/webhook_rig.h"

static client caller;

/* --- consent by a call --- */

static unsigned free_port(void)
{
    server any;

    server_open(&any, &now);
    server_close(&any);
    return any.port;
}

static unsigned offered; /* the port where we are called */
static char path[300];   /* with the key */

static void open_offer(const char *query)
{
    char more[300];
    const char *url;

    rig_open(&now);
    offered = free_port();
    rig_close(&now);
    snprintf(more, sizeof more,
             "&webhook_callback=http://127.0.0.1:%u/consent%s", offered, query);
    try_pair(more);
    target.consent = CONSENT("");
    ce_log_to(NULL, NULL, CE_ERROR);
    RIG_UNTIL(&now, strstr(now.sender->health.reason, "called back"));
    url = server_header(&target, "WebHook-Request-Callback");
    REQUIRE(url != NULL);
    snprintf(path, sizeof path, "%s", strstr(url, "/consent"));
    EXPECT_CONTAINS(path, "key=");
    EXPECT_CMP(strlen(strstr(path, "key=")), >=, 4 + 32);
}

static int call(const char *method, const char *to, const char *fields)
{
    char text[600];

    snprintf(text, sizeof text,
             "%s %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: 0\r\n\r\n", method,
             to, fields);
    client_open_at(&caller, &now, offered);
    client_ask(&caller, text);
    client_close(&caller);
    return caller.status;
}

static void a_target_may_consent_later(void)
{
    /* HOOK-15 */
    static const char *const methods[] = { "GET", "POST" };

    for (size_t i = 0; i < COUNT(methods); i++) {
        open_offer("");
        EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
        EXPECT_EQ(call(methods[i], path, "WebHook-Allowed-Rate: 100\r\n"), 200);
        EXPECT(now.sender->health.up);
        EXPECT_VERDICT(send_one()->result, CE_ACK);
        close_pair();
    }
}

static void a_call_without_a_rate_grants_what_was_asked_for(void)
{
    uint64_t before;
    int last = 0;

    open_offer("&webhook_rate=3000");
    EXPECT_EQ(call("POST", path, ""), 200);
    before = ce_loop_now_ms(now.loop);
    for (int i = 0; i < 6; i++)
        last = rig_send(&now, "1");
    EXPECT_VERDICT(rig_outcome(&now, last)->result, CE_ACK);
    EXPECT_CMP(ce_loop_now_ms(now.loop) - before, >=, 90);
    close_pair();
}

static void a_call_that_does_not_know_the_key_is_nothing(void)
{
    char wrong[400];

    open_offer("");
    EXPECT_EQ(call("POST", "/consent", ""), 404);
    EXPECT_EQ(call("POST", "/consent?key=", ""), 404);
    snprintf(wrong, sizeof wrong, "%s0", path);
    EXPECT_EQ(call("POST", wrong, ""), 404);
    snprintf(wrong, sizeof wrong, "/other%s", strchr(path, '?'));
    EXPECT_EQ(call("POST", wrong, ""), 404);
    EXPECT_EQ(call("PUT", path, ""), 405);
    EXPECT_STR(client_header(&caller, "Allow"), "GET, POST");
    EXPECT_EQ(call("POST", path, "WebHook-Allowed-Rate: none\r\n"), 400);
    EXPECT(!now.sender->health.up);
    close_pair();
}

/* More than it has room for, of two addresses. */
static void strangers_do_not_keep_the_call_out(void)
{
    static client strangers[40];

    open_offer("");
    for (unsigned i = 0; i < COUNT(strangers); i++) {
        client_open_from_to(&strangers[i], &now,
                            i % 2 ? "127.0.0.2" : "127.0.0.3", offered);
        client_send(&strangers[i], i % 4 < 2 ? "POST / HTTP/1.1\r\n" : "");
    }
    EXPECT_EQ(call("POST", path, ""), 200);
    EXPECT(now.sender->health.up);
    for (unsigned i = 0; i < COUNT(strangers); i++)
        client_close(&strangers[i]);
    close_pair();
}

static void an_answer_may_consent_at_once_all_the_same(void)
{
    open_offer("");
    close_pair();
    try_pair("&webhook_callback=http://127.0.0.1:0/consent");
    RIG_UNTIL(&now, now.sender->health.up);
    close_pair();
}

/* --- configuration --- */

/* To start it finds no more faults. */
static ce_status try_options(const char *query, ce_error *err)
{
    char uri[400];
    ce_settings *s;
    ce_sender *sender = NULL;
    ce_endpoint at = { .name = "t" };
    ce_status status;

    REQUIRE_OK(ce_loop_open(&at.loop, NULL, NULL));
    snprintf(uri, sizeof uri, "http://h/%s", query);
    REQUIRE_OK(ce_settings_open(&s, ce_transport_http.sender_options, uri,
                                CE_URI_FOREIGN, err));
    at.settings = s;
    status = ce_transport_http.sender(&sender, &at, err);
    if (status == CE_OK) {
        status = sender->ops->start(sender, err);
        EXPECT_OK(status);
        sender->stage.ops->close(&sender->stage);
    }
    ce_settings_close(s);
    ce_loop_close(at.loop);
    return status;
}

/* HOOK-11 */
static void options_that_make_no_sense_are_refused(void)
{
    static const struct {
        const char *query, *says;
    } rows[] = {
        { "?webhook_origin=a.example", "webhook_origin needs webhook=true" },
        { "?webhook_rate=1", "webhook_rate needs webhook=true" },
        { "?webhook_callback=http://h/", "webhook_callback needs" },
        { "?webhook_listen=http://h/", "webhook_listen needs" },
        { "?webhook=true&webhook_origin=http://a.example",
          "webhook_origin: \"http://a.example\"" },
        { "?webhook=true&webhook_origin=*", "webhook_origin: \"*\"" },
        { "?webhook=true&webhook_origin=a&user=u&password=p", "token" },
        { "?webhook=true&webhook_origin=a&webhook_callback=https://h/c",
          "webhook_listen" },
        { "?webhook=true&webhook_origin=a&webhook_callback=ftp://h/c",
          "webhook_callback is no http URL" },
        { "?webhook=true&webhook_origin=a&webhook_callback=https://h/c&"
          "webhook_listen=https://127.0.0.1:0",
          "webhook_listen is not http://" },
        { "?webhook=true&webhook_origin=a&webhook_callback=foo",
          "webhook_callback is no http URL: foo" },
        { "?webhook=true&webhook_origin=a&webhook_callback=http://h/c&"
          "webhook_listen=foo",
          "webhook_listen is not http://HOST:PORT: foo" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_CMP_ROW(rows[i].query, try_options(rows[i].query, &err), !=,
                       CE_OK);
        EXPECT_CONTAINS_ROW(rows[i].query, err.text, rows[i].says);
    }
}

static void an_origin_is_this_machine_unless_said(void)
{
    ce_error err = { CE_OK, "" };

    EXPECT_OK(try_options("?webhook=true", &err));
    EXPECT_OK(try_options("?webhook=true&webhook_origin=a&webhook_callback="
                          "https://h/c&webhook_listen=http://127.0.0.1:0",
                          &err));
}

TESTS("http webhook callback", TEST(a_target_may_consent_later),
      TEST(a_call_without_a_rate_grants_what_was_asked_for),
      TEST(a_call_that_does_not_know_the_key_is_nothing),
      TEST(strangers_do_not_keep_the_call_out),
      TEST(an_answer_may_consent_at_once_all_the_same),
      TEST(options_that_make_no_sense_are_refused),
      TEST(an_origin_is_this_machine_unless_said))
