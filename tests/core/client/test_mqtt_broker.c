/* SPDX-License-Identifier: Apache-2.0 */
/* The checklist over MQTT, and what its inbox keeps. */
#include "tests/core/client/checklist.h"

#include <ftw.h>

static char state[] = "/tmp/cloudevents-client-XXXXXX";

static place new_place(void)
{
    const char *topic = ce_test_unique("client");
    place p;

    snprintf(p.send, sizeof p.send, "mqtt://%s/%s",
             ce_test_broker("CE_TEST_MQTT"), topic);
    snprintf(p.receive, sizeof p.receive, "%s?client_id=%s", p.send, topic);
    return p;
}

static void a_hundred_sends_arrive(void)
{
    place p = new_place();

    check_sends(&p);
}

static void a_hundred_requests_have_equal_replies(void)
{
    place p = new_place();

    check_requests(&p, 5);
}

static void a_refusal_comes_back_without_a_reply(void)
{
    place p = new_place();

    check_refusals(&p);
}

static void each_of_many_clients_is_heard(void)
{
    place p = new_place();

    check_many_clients(&p, 3);
}

static ce_result refuse_for_now(void *arg, const ce_event *event,
                                ce_event **reply)
{
    (void)event;
    (void)reply;
    atomic_fetch_add((atomic_uint *)arg, 1);
    return ce_result_make(CE_UNDELIVERED, "not now");
}

/* The broker has had its confirmation; the inbox has not. */
static void what_was_not_handled_is_handled_by_the_next_run(void)
{
    place p = new_place();
    atomic_uint tries = 0;
    seen s = { .same = true };
    ce_client *server = open_client(p.receive, NULL);
    ce_client *client = open_client(p.send, NULL);
    ce_event *e = fixture();
    ce_result r;

    start_receiver(server, refuse_for_now, &tries);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    UNTIL(atomic_load(&tries) > 0);
    ce_client_close(server);
    server = receive_at(&p, &s);
    UNTIL(atomic_load(&s.events) == 1);
    EXPECT(atomic_load(&s.same));
    ce_client_close(server);
    ce_client_close(client);
    ce_event_free(e);
}

/* Each has an inbox and a session of its own. */
static void two_receivers_of_one_uri_both_hear(void)
{
    const char *topic = ce_test_unique("client");
    seen a = { .same = true }, b = { .same = true };
    ce_client *one, *two, *client;
    ce_event *e = fixture();
    char uri[256];
    ce_result r;

    snprintf(uri, sizeof uri, "mqtt://%s/%s", ce_test_broker("CE_TEST_MQTT"),
             topic);
    one = open_client(uri, NULL);
    two = open_client(uri, NULL);
    client = open_client(uri, NULL);
    start_receiver(one, see, &a);
    start_receiver(two, see, &b);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    UNTIL(atomic_load(&a.events) == 1 && atomic_load(&b.events) == 1);
    ce_client_close(client);
    ce_client_close(two);
    ce_client_close(one);
    ce_event_free(e);
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    return remove(path);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(a_hundred_sends_arrive),
        TEST(a_hundred_requests_have_equal_replies),
        TEST(a_refusal_comes_back_without_a_reply),
        TEST(each_of_many_clients_is_heard),
        TEST(what_was_not_handled_is_handled_by_the_next_run),
        TEST(two_receivers_of_one_uri_both_hear),
        CU_TEST_INFO_NULL,
    };
    int failed;

    ce_test_broker("CE_TEST_MQTT");
    if (!mkdtemp(state) || setenv("XDG_STATE_HOME", state, 1) != 0)
        return 2;
    unsetenv("STATE_DIRECTORY");
    failed = ce_test_main("client over MQTT", tests);
    nftw(state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return failed;
}
