/* SPDX-License-Identifier: Apache-2.0 */
/* mode=batch: several events in a request, and an outcome for each. */
#include "tests/http/raw_server.h"

static rig now;
static server target;

static void open_pair(const char *query)
{
    char uri[400];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/hook?mode=batch&%s",
             target.port, query);
    rig_start_sender(&now, uri);
}

static void close_pair(void)
{
    rig_close_sender(&now, 2000);
    server_close(&target);
    rig_close(&now);
}

static void send_many(const char *const *ids, int *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = rig_send(&now, ids[i]);
}

static const char *const abcd[] = { "id-a", "id-b", "id-c", "id-d" };

static void a_full_batch_is_one_request(void)
{
    int numbers[4];

    open_pair("batch_events=4&batch_delay=60s");
    send_many(abcd, numbers, 4);
    for (size_t i = 0; i < 4; i++)
        EXPECT_VERDICT(rig_outcome(&now, numbers[i])->result, CE_ACK);
    EXPECT_EQ(target.requests, 1);
    EXPECT_STR(server_header(&target, "Content-Type"),
               "application/cloudevents-batch+json");
    EXPECT_STR(server_header(&target, "ce-id"), NULL);
    EXPECT_STARTS(server_last_body(&target), "[{\"specversion\":\"1.0\"");
    for (size_t i = 0; i < 4; i++)
        EXPECT_CONTAINS(server_last_body(&target), abcd[i]);
    close_pair();
}

static void a_batch_that_does_not_fill_goes_after_a_while(void)
{
    int numbers[2];

    open_pair("batch_events=4&batch_delay=20ms");
    send_many(abcd, numbers, 2);
    EXPECT_EQ(target.requests, 0);
    EXPECT_VERDICT(rig_outcome(&now, numbers[1])->result, CE_ACK);
    EXPECT_EQ(target.requests, 1);
    EXPECT_VERDICT(rig_outcome(&now, rig_send(&now, "id-e"))->result, CE_ACK);
    EXPECT_EQ(target.requests, 2);
    close_pair();
}

static void what_is_abandoned_while_it_waits_is_not_sent(void)
{
    const ce_mem_outcome *a, *b, *c;

    open_pair("batch_events=1&max_in_flight=1");
    target.answer = NULL;
    a = ce_mem_outcome_of(now.app, rig_send(&now, "a"));
    b = ce_mem_outcome_of(now.app, rig_send(&now, "b"));
    c = ce_mem_outcome_of(now.app, rig_send(&now, "c"));
    RIG_UNTIL(&now, server_waiting(&target) == 1);
    a->out->abandoned = b->out->abandoned = true;
    target.answer = ANSWER_202;
    RIG_UNTIL(&now, c->settlements > 0);
    EXPECT_VERDICT(a->result, CE_ACK);
    EXPECT_VERDICT(b->result, CE_UNDELIVERED);
    EXPECT_VERDICT(c->result, CE_ACK);
    EXPECT_EQ(target.requests, 2);
    close_pair();
}

static void what_is_abandoned_leaves_its_batch(void)
{
    int numbers[3];

    open_pair("batch_events=4&batch_delay=60s");
    send_many(abcd, numbers, 3);
    ce_mem_outcome_of(now.app, numbers[1])->out->abandoned = true;
    EXPECT_VERDICT(rig_outcome(&now, rig_send(&now, "id-d"))->result, CE_ACK);
    EXPECT_VERDICT(rig_outcome(&now, numbers[0])->result, CE_ACK);
    EXPECT_VERDICT(rig_outcome(&now, numbers[1])->result, CE_UNDELIVERED);
    EXPECT_VERDICT(rig_outcome(&now, numbers[2])->result, CE_ACK);
    EXPECT_EQ(target.requests, 1);
    EXPECT_EQ(strstr(server_last_body(&target), "id-b"), NULL);
    close_pair();
}

static void a_batch_has_no_more_bytes_than_allowed(void)
{
    int numbers[4];

    open_pair("batch_bytes=120B&batch_delay=20ms");
    send_many(abcd, numbers, 4);
    for (size_t i = 0; i < 4; i++)
        EXPECT_VERDICT(rig_outcome(&now, numbers[i])->result, CE_ACK);
    EXPECT_CMP(target.requests, >=, 2);
    close_pair();
}

/* The large one fills a request when it comes, and leaves the small one. */
static void what_a_full_request_leaves_behind_goes_after_a_while(void)
{
    char large[4000];
    int numbers[3];

    memset(large, 'x', sizeof large);
    open_pair("batch_bytes=2KiB&batch_delay=20ms&max_in_flight=1");
    target.answer = NULL;
    numbers[0] = rig_send(&now, "id-a");
    RIG_UNTIL(&now, server_waiting(&target) == 1);
    numbers[1] =
        rig_send_bytes(&now, "text/plain", (ce_slice){ large, sizeof large });
    numbers[2] = rig_send(&now, "id-b");
    target.answer = ANSWER_202;
    for (size_t i = 0; i < 3; i++)
        EXPECT_VERDICT(rig_outcome(&now, numbers[i])->result, CE_ACK);
    EXPECT_EQ(target.requests, 3);
    close_pair();
}

static void data_is_written_as_json_has_it(void)
{
    open_pair("batch_events=1");
    rig_outcome(&now, rig_send_data(&now, "application/json", "{\"n\": 1.50}"));
    EXPECT_CONTAINS(server_last_body(&target), "\"data\":{\"n\": 1.50}");
    rig_outcome(&now, rig_send_data(&now, "application/octet-stream", "\xff"));
    EXPECT_CONTAINS(server_last_body(&target), "\"data_base64\":\"/w==\"");
    close_pair();
}

static void of_a_refused_batch_only_the_guilty_is_refused(void)
{
    int numbers[4];

    open_pair("batch_events=4&batch_delay=60s");
    target.refused = "id-c";
    send_many(abcd, numbers, 4);
    for (size_t i = 0; i < 4; i++) {
        const ce_mem_outcome *o = rig_outcome(&now, numbers[i]);

        EXPECT_VERDICT_ROW(abcd[i], o->result, i == 2 ? CE_NACK : CE_ACK);
        EXPECT_EQ_ROW(abcd[i], o->result.code, i == 2 ? 422 : 202);
        EXPECT_EQ_ROW(abcd[i], o->settlements, 1);
    }
    EXPECT_EQ(target.requests, 5);
    close_pair();
}

static void a_batch_that_is_not_taken_now_is_undelivered(void)
{
    int numbers[4];

    open_pair("batch_events=4&batch_delay=60s");
    target.answer =
        "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    send_many(abcd, numbers, 4);
    for (size_t i = 0; i < 4; i++) {
        const ce_mem_outcome *o = rig_outcome(&now, numbers[i]);

        EXPECT_VERDICT_ROW(abcd[i], o->result, CE_UNDELIVERED);
        EXPECT_EQ_ROW(abcd[i], o->result.retry_after_ms, 7000);
    }
    EXPECT_EQ(target.requests, 1);
    close_pair();
}

static void at_the_end_nothing_waits_for_company(void)
{
    int numbers[2];

    open_pair("batch_delay=60s");
    numbers[0] = rig_send(&now, "id-a");
    now.sender->ops->hurry(now.sender);
    EXPECT_VERDICT(rig_outcome(&now, numbers[0])->result, CE_ACK);
    numbers[1] = rig_send(&now, "id-b");
    EXPECT_VERDICT(rig_outcome(&now, numbers[1])->result, CE_ACK);
    close_pair();
}

static void stopping_gives_back_what_waits(void)
{
    const ce_mem_outcome *waiting;

    open_pair("batch_delay=60s");
    waiting = ce_mem_outcome_of(now.app, rig_send(&now, "id-a"));
    rig_close_sender(&now, 1000);
    EXPECT_EQ(waiting->settlements, 1);
    EXPECT_VERDICT(waiting->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, 0);
    close_pair();
}

static void what_contradicts_batches_is_refused(void)
{
    static const struct {
        const char *query, *reason;
        ce_role role;
    } rows[] = {
        { "batch_events=2", "needs mode=batch", CE_ROLE_SENDER },
        { "mode=binary&batch_delay=1s", "\"binary\"", CE_ROLE_SENDER },
        { "mode=batch&webhook=true", "webhook", CE_ROLE_SENDER },
        { "mode=batch", "replies", CE_ROLE_REQUESTER },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char uri[100];
        ce_error err = { CE_OK, "" };
        ce_settings *s;

        snprintf(uri, sizeof uri, "http://h/?%s", rows[i].query);
        REQUIRE_OK(ce_settings_open(&s, ce_transport_http.sender_options, uri,
                                    CE_URI_FOREIGN, &err));
        EXPECT_STATUS_ROW(rows[i].query,
                          ce_transport_http.check(rows[i].role, s, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].query, err.text, rows[i].reason);
        ce_settings_close(s);
    }
}

TESTS("http batches", TEST(a_full_batch_is_one_request),
      TEST(what_is_abandoned_while_it_waits_is_not_sent),
      TEST(what_is_abandoned_leaves_its_batch),
      TEST(a_batch_that_does_not_fill_goes_after_a_while),
      TEST(a_batch_has_no_more_bytes_than_allowed),
      TEST(what_a_full_request_leaves_behind_goes_after_a_while),
      TEST(data_is_written_as_json_has_it),
      TEST(of_a_refused_batch_only_the_guilty_is_refused),
      TEST(a_batch_that_is_not_taken_now_is_undelivered),
      TEST(at_the_end_nothing_waits_for_company),
      TEST(stopping_gives_back_what_waits),
      TEST(what_contradicts_batches_is_refused))
