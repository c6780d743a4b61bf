/* SPDX-License-Identifier: Apache-2.0 */
/* Events go to handlers by their type, and a server ends as asked. */
#include "tests/core/client/client_rig.h"

#include <cloudevents/server.h>

static ce_server *open_server(void)
{
    ce_server *s = NULL;

    REQUIRE_OK(ce_server_open(&s, "127.0.0.1:0", NULL, NULL));
    return s;
}

static ce_client *client_of(const ce_server *s)
{
    char uri[64];

    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/any/path",
             ce_server_port(s));
    return open_client(uri, NULL);
}

static ce_result say(void *arg, const ce_event *event, ce_event **reply)
{
    (void)event;
    (void)reply;
    return ce_result_http(422, "%s", (const char *)arg);
}

static void the_first_handler_that_matches_takes_the_event(void)
{
    static const struct {
        const char *name, *type, *subject, *answer;
    } rows[] = {
        { "exact", "com.example.order", "s", "exact" },
        { "prefix", "com.example.order.created", "s", "prefix" },
        { "filter", "org.example", "special", "filter" },
        { "nobody", "org.example", "s", "nobody handles" },
    };
    ce_server *s = open_server();
    ce_client *client;

    REQUIRE_OK(ce_server_on(s, "com.example.order", say, "exact", NULL));
    REQUIRE_OK(ce_server_on(s, "com.example.*", say, "prefix", NULL));
    REQUIRE_OK(
        ce_server_on_filter(s, "subject = 'special'", say, "filter", NULL));
    REQUIRE_OK(ce_server_start(s, NULL, NULL, NULL));
    client = client_of(s);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_event *e = fixture();
        ce_result r;

        REQUIRE_OK(ce_event_set(e, "type", rows[i].type, NULL));
        REQUIRE_OK(ce_event_set(e, "subject", rows[i].subject, NULL));
        r = ce_client_send(client, e);
        EXPECT_VERDICT_ROW(rows[i].name, r, CE_NACK);
        EXPECT_CONTAINS_ROW(rows[i].name, r.reason, rows[i].answer);
        ce_event_free(e);
    }
    EXPECT_EQ(ce_server_count(s).received, COUNT(rows));
    ce_client_close(client);
    ce_server_close(s);
}

typedef struct tally {
    const ce_server *server;
    unsigned begun, wrong; /* one handler's */
} tally;

static ce_result compare(void *arg, const ce_event *event, ce_event **reply)
{
    tally *t = arg;

    (void)event;
    (void)reply;
    t->begun++;
    if (ce_server_count(t->server).received != t->begun)
        t->wrong++;
    return ce_result_ack();
}

/* A batch is one message: its events wait while the first one is handled. */
static void what_waits_for_a_handler_is_not_counted_yet(void)
{
    ce_server *s = open_server();
    tally t = { .server = s };
    ce_event *events[20];
    ce_client *client;
    ce_result r;

    REQUIRE_OK(ce_server_on(s, "*", compare, &t, NULL));
    REQUIRE_OK(ce_server_start(s, NULL, NULL, NULL));
    client = client_of(s);
    for (unsigned i = 0; i < COUNT(events); i++)
        events[i] = numbered(i);
    r = ce_client_send_batch(client, (const ce_event *const *)events,
                             COUNT(events));
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(ce_server_count(s).received, COUNT(events));
    EXPECT_EQ(t.wrong, 0);
    for (unsigned i = 0; i < COUNT(events); i++)
        ce_event_free(events[i]);
    ce_client_close(client);
    ce_server_close(s);
}

static void stopping_is_harmless_at_any_time(void)
{
    seen seen_by = { .same = true };
    ce_server *s = open_server();

    ce_server_stop(s, 10);
    REQUIRE_OK(ce_server_on(s, "*", see, &seen_by, NULL));
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(ce_server_start(s, NULL, NULL, NULL));
        ce_server_stop(s, 1000);
        ce_server_stop(s, 1000);
        EXPECT_EQ(ce_server_port(s), 0);
    }
    ce_server_close(s);
}

static void mistakes_are_named(void)
{
    ce_server *s = open_server();
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(ce_server_start(s, NULL, NULL, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "no handlers");
    EXPECT_STATUS(ce_server_on(s, "", say, NULL, &err), CE_EINVAL);
    EXPECT_CMP(ce_server_on_filter(s, "type =", say, NULL, &err), !=, CE_OK);
    REQUIRE_OK(ce_server_on(s, "*", say, "x", &err));
    REQUIRE_OK(ce_server_start(s, NULL, NULL, &err));
    EXPECT_STATUS(ce_server_start(s, NULL, NULL, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "already");
    EXPECT_STATUS(ce_server_on(s, "a", say, NULL, &err), CE_EINVAL);
    ce_server_close(s);
    EXPECT_STATUS(ce_server_open(&s, "nothing://x", NULL, &err), CE_EINVAL);
    EXPECT_EQ(s, NULL);
}

static void a_port_in_use_is_an_error_of_the_start(void)
{
    ce_server *first = open_server(), *second;
    char address[32];
    ce_error err = { CE_OK, "" };

    REQUIRE_OK(ce_server_on(first, "*", say, "x", &err));
    REQUIRE_OK(ce_server_start(first, NULL, NULL, &err));
    snprintf(address, sizeof address, "127.0.0.1:%u", ce_server_port(first));
    REQUIRE_OK(ce_server_open(&second, address, NULL, &err));
    REQUIRE_OK(ce_server_on(second, "*", say, "x", &err));
    EXPECT_STATUS(ce_server_start(second, NULL, NULL, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, "in use");
    ce_server_close(second);
    ce_server_close(first);
}

TESTS("server", TEST(the_first_handler_that_matches_takes_the_event),
      TEST(what_waits_for_a_handler_is_not_counted_yet),
      TEST(stopping_is_harmless_at_any_time), TEST(mistakes_are_named),
      TEST(a_port_in_use_is_an_error_of_the_start))
