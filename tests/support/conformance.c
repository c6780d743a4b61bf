/* SPDX-License-Identifier: Apache-2.0 */
/* The suite that every transport passes. Each check opens a pair of its own;
 * what arrives is held, or settled, by the check. */
#include "tests/support/conformance_pair.h"

#include "tests/support/ce_test.h"
#include "tests/support/conformance_samples.h"
#include "core/inbox/inbox.h"
#include "core/stages/stages.h"
#include "tests/support/memory.h"

/* --- what is sent arrives --- */

static void send_samples(ce_mode mode)
{
    ce_mode expected = pair_suite->structured_only ? CE_MODE_STRUCTURED : mode;

    pair_open(0);
    pair_got.at_once = true;
    for (unsigned i = 0; i < sample_count; i++) {
        ce_event *e = sample_event(&samples[i]);
        ce_arena *arena = ce_arena_new();
        const ce_event *got;
        ce_message m;
        int n;

        EXPECT_OK(ce_message_encode(e, mode, &ce_format_json, arena, &m));
        n = pair_send(&m);
        EXPECT_ROW(samples[i].name, pair_acked(n));
        EXPECT_ROW(samples[i].name, pair_wait_for(i + 1));
        got = i < pair_got.arrived ? pair_got.events[i] : NULL;
        REQUIRE(got);
        EXPECT_ROW(samples[i].name, ce_event_equal(e, got));
        EXPECT_EQ_ROW(samples[i].name, pair_got.modes[i], expected);
        ce_arena_free(arena);
        ce_event_free(e);
    }
    pair_close();
}

static void events_arrive_equal_in_binary_mode(void)
{
    send_samples(CE_MODE_BINARY);
}

static void events_arrive_equal_in_structured_mode(void)
{
    send_samples(CE_MODE_STRUCTURED);
}

static void no_data_and_empty_data_arrive_as_documented(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("0"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY, .attrs = { attrs, 4, 4 } };
    int n;

    pair_open(0);
    pair_got.at_once = true;
    n = pair_send(&m);
    EXPECT(pair_acked(n));
    REQUIRE(pair_wait_for(1));
    REQUIRE(pair_got.events[0] != NULL);
    EXPECT_EQ(pair_got.events[0]->data.len, 0);
    EXPECT_EQ((pair_got.events[0]->data_kind != CE_DATA_NONE),
              pair_suite->none_is_empty);
    EXPECT_EQ(ce_event_get(pair_got.events[0], "datacontenttype"), NULL);
    m.body = CE_SLICE("");
    m.content_type = CE_SLICE("text/plain");
    n = pair_send(&m);
    EXPECT(pair_acked(n));
    REQUIRE(pair_wait_for(2));
    REQUIRE(pair_got.events[1] != NULL);
    EXPECT_EQ(pair_got.events[1]->data.len, 0);
    EXPECT_EQ((pair_got.events[1]->data_kind == CE_DATA_NONE),
              pair_suite->empty_is_none);
    EXPECT_TEXT(ce_event_text(pair_got.events[1], "datacontenttype"),
                "text/plain");
    pair_close();
}

static void large_data_arrives(void)
{
    enum { LARGE = 500000 };
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("0"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("application/octet-stream"),
                     .attrs = { attrs, 4, 4 } };
    char *body = malloc(LARGE);
    int n;

    REQUIRE(body != NULL);
    for (unsigned i = 0; i < LARGE; i++)
        body[i] = (char)(i * 2654435761u >> 13);
    m.body = (ce_slice){ body, LARGE };
    pair_open(0);
    pair_got.at_once = true;
    n = pair_send(&m);
    EXPECT(pair_acked(n));
    REQUIRE(pair_wait_for(1));
    REQUIRE(pair_got.events[0] != NULL);
    EXPECT_TEXT(pair_got.events[0]->data, m.body);
    pair_close();
    free(body);
}

static void many_arrive_in_order(void)
{
    enum { MANY = 200 };

    pair_open(0);
    pair_got.at_once = true;
    for (unsigned i = 0; i < MANY; i++) {
        int n = pair_send_id(i);

        if (!pair_now.sender->keeps_order)
            EXPECT(pair_acked(n));
    }
    REQUIRE(pair_wait_for(MANY));
    for (unsigned i = 0; i < MANY; i++)
        EXPECT_EQ(pair_id_at(i), i);
    for (int i = 0; i < MANY; i++)
        EXPECT(pair_acked(i));
    pair_close();
}

/* --- results --- */

static void results_reach_the_sender(void)
{
    static const ce_verdict verdicts[] = { CE_ACK, CE_NACK, CE_UNDELIVERED };

    if (!pair_suite->answers)
        return;
    pair_open(0);
    for (unsigned i = 0; i < COUNT(verdicts); i++) {
        ce_result r = { .verdict = verdicts[i], .reason = "because" };
        int n = pair_send_id(i);

        REQUIRE(pair_wait_for(i + 1));
        EXPECT_EQ(pair_outcome(n)->settlements, 0);
        if (verdicts[i] == CE_UNDELIVERED)
            r.retry_after_ms = 7000;
        pair_settle(0, r);
        EXPECT(pair_until(pair_is_settled, &n));
        EXPECT_VERDICT(pair_outcome(n)->result, verdicts[i]);
        if (verdicts[i] == CE_UNDELIVERED)
            EXPECT_EQ(pair_outcome(n)->result.retry_after_ms, 7000);
    }
    pair_close();
}

static bool all_settled(void *arg)
{
    return ce_mem_settled(pair_now.app) >= *(unsigned *)arg;
}

static void results_in_any_order_find_their_event(void)
{
    enum { SOME = 8 };
    unsigned some = SOME;

    pair_open(0);
    for (unsigned i = 0; i < SOME; i++)
        pair_send_id(i);
    REQUIRE(pair_wait_for(SOME));
    REQUIRE_EQ(pair_got.holding, SOME);
    /* Odd ones are refused, and the newest are settled first. */
    for (unsigned i = SOME; i > 0; i--)
        pair_settle(i - 1, pair_id_at(i - 1) % 2 ? pair_nack : pair_ack);
    EXPECT(pair_until(all_settled, &some));
    for (int i = 0; i < SOME; i++)
        EXPECT_VERDICT(pair_outcome(i)->result,
                       (pair_suite->answers && i % 2 ? CE_NACK : CE_ACK));
    pair_close();
}

static void what_is_settled_does_not_come_again(void)
{
    if (!pair_suite->keeps)
        return;
    pair_open(0);
    for (unsigned i = 0; i < 4; i++)
        pair_send_id(i);
    REQUIRE(pair_wait_for(4));
    pair_settle(3, pair_ack);
    pair_settle(1, pair_nack);
    pair_settle(1, pair_ack);
    pair_settle(0, pair_ack);
    pair_close_receiver();
    pair_forget();
    pair_open_receiver(0);
    REQUIRE(pair_until(pair_is_up, &pair_now.receiver->health));
    pair_send_id(4);
    REQUIRE(pair_wait_for(1));
    EXPECT_EQ(pair_id_at(0), 4);
    pair_close();
}

static bool has_come_again(void *arg)
{
    for (unsigned i = 0; i < pair_got.arrived; i++)
        if (pair_id_at(i) == *(unsigned *)arg)
            return true;
    return false;
}

static void what_is_undelivered_comes_again(void)
{
    unsigned wanted = 1;

    if (!pair_suite->keeps)
        return;
    pair_open(0);
    for (unsigned i = 0; i < 3; i++)
        pair_send_id(i);
    REQUIRE(pair_wait_for(3));
    pair_stop_receiver();
    pair_settle(2, pair_ack);
    pair_settle(1, pair_undelivered);
    pair_settle(0, pair_ack);
    pair_close_receiver();
    pair_forget();
    pair_open_receiver(0);
    pair_got.at_once = true;
    EXPECT(pair_until(has_come_again, &wanted));
    wanted = 0;
    EXPECT(!has_come_again(&wanted));
    pair_close();
}

static void what_is_abandoned_is_not_sent(void)
{
    if (pair_suite->sends_at_once)
        return;
    pair_open(0);
    pair_got.at_once = true;
    EXPECT_VERDICT(pair_send_abandoned(), CE_UNDELIVERED);
    EXPECT(pair_acked(pair_send_id(1)));
    REQUIRE(pair_wait_for(1));
    EXPECT_EQ(pair_id_at(0), 1);
    pair_close();
}

/* --- credit --- */

enum { CREDIT = 4, LOAD = 20 };

/* Settles what is held, and sends again what had no credit. */
static bool load_is_through(void *arg)
{
    unsigned *through = arg;
    static unsigned sent_again;

    if (*through == 0)
        sent_again = 0;
    pair_settle_all(pair_ack);
    *through = 0;
    for (int i = 0; ce_mem_outcome_of(pair_now.app, i); i++) {
        const ce_mem_outcome *o = pair_outcome(i);

        if (o->settlements && o->result.verdict == CE_ACK)
            ++*through;
        else if (o->settlements && (unsigned)i >= sent_again &&
                 ce_pool_out(pair_now.app->pool) == 0) {
            sent_again = (unsigned)i + 1;
            pair_send_id((unsigned)i);
        }
    }
    return *through >= LOAD && pair_got.arrived >= LOAD;
}

static bool no_more_comes(void *arg)
{
    (void)arg;
    return pair_got.most > CREDIT;
}

static void without_credit_nothing_is_pushed(void)
{
    unsigned credit = CREDIT, through = 0;

    pair_open(CREDIT);
    for (unsigned i = 0; i < LOAD; i++)
        pair_send_id(i);
    EXPECT(pair_until(pair_has_arrived, &credit));
    EXPECT(!pair_until_within(no_more_comes, NULL, 300));
    EXPECT_EQ(pair_got.most, CREDIT);
    EXPECT(pair_until(load_is_through, &through));
    EXPECT_CMP(pair_got.most, <=, CREDIT);
    pair_close();
}

/* --- stop --- */

static void a_stopped_sender_delivers_nothing(void)
{
    bool done = false;
    int n;

    pair_open(0);
    pair_got.at_once = true;
    EXPECT(pair_acked(pair_send_id(0)));
    pair_now.sender->ops->stop(pair_now.sender, 5000, pair_note_done, &done);
    EXPECT(pair_until(pair_is_set, &done));
    n = pair_send_id(1);
    EXPECT(pair_until(pair_is_settled, &n));
    EXPECT_VERDICT(pair_outcome(n)->result, CE_UNDELIVERED);
    pair_close();
}

static void a_sender_that_stops_settles_what_it_holds(void)
{
    bool done = false;
    unsigned some = 3;

    pair_open(0);
    for (unsigned i = 0; i < some; i++)
        pair_send_id(i);
    if (pair_suite->answers)
        REQUIRE(pair_wait_for(some));
    pair_now.sender->ops->stop(pair_now.sender, 200, pair_note_done, &done);
    EXPECT(pair_until(pair_is_set, &done));
    EXPECT_EQ(ce_mem_settled(pair_now.app), some);
    for (int i = 0; i < (int)some; i++) {
        EXPECT_EQ(pair_outcome(i)->settlements, 1);
        if (pair_suite->answers)
            EXPECT_VERDICT(pair_outcome(i)->result, CE_UNDELIVERED);
    }
    pair_close();
}

static bool anything_more(void *arg)
{
    return pair_got.arrived > *(unsigned *)arg;
}

static void a_stopped_receiver_pushes_nothing(void)
{
    unsigned before;

    pair_open(0);
    pair_send_id(0);
    REQUIRE(pair_wait_for(1));
    pair_stop_receiver();
    pair_stop_receiver();
    before = pair_got.arrived;
    pair_send_id(1);
    EXPECT(!pair_until_within(anything_more, &before, 300));
    /* What is out is still valid, and its result still counts. */
    EXPECT_EQ(pair_id_at(0), 0);
    pair_settle_all(pair_ack);
    if (pair_suite->answers)
        EXPECT(pair_acked(0));
    pair_close();
}

static void a_receiver_that_never_started_closes(void)
{
    const ce_transport *t = pair_suite->transport;

    pair_begin();
    pair_suite->meet(pair_now.receiver_uri, pair_now.sender_uri);
    pair_open_inbox();
    pair_open_end(&pair_now.receiver_end, t->receiver_options,
                  pair_now.receiver_uri, CE_URI_STRICT);
    REQUIRE_OK(
        t->receiver(&pair_now.receiver, &pair_now.receiver_end.at, NULL));
    pair_close_receiver();
    pair_open_end(&pair_now.sender_end, t->sender_options, pair_now.sender_uri,
                  t->sender_rule);
    REQUIRE_OK(t->sender(&pair_now.sender, &pair_now.sender_end.at, NULL));
    pair_now.sender->stage.ops->close(&pair_now.sender->stage);
    ce_settings_close(pair_now.sender_end.settings);
    pair_finish();
}

/* --- health --- */

static void both_are_up_once_started(void)
{
    pair_open(0);
    EXPECT(pair_now.receiver->health.up && pair_now.receiver->health.label[0]);
    EXPECT(pair_now.sender->health.up && pair_now.sender->health.label[0]);
    pair_close();
}

static bool is_down(void *arg)
{
    const ce_health *h = arg;

    return !h->up && h->reason[0];
}

static void a_sender_without_peer_is_down_and_says_why(void)
{
    char uri[CE_CONFORMANCE_URI];
    int n;

    if (!pair_suite->away)
        return;
    pair_begin();
    pair_suite->away(uri);
    pair_open_sender(uri);
    n = pair_send_id(0);
    EXPECT(pair_until(pair_is_settled, &n));
    EXPECT_VERDICT(pair_outcome(n)->result, CE_UNDELIVERED);
    EXPECT(pair_until(is_down, &pair_now.sender->health));
    pair_close_sender();
    pair_finish();
}

/* --- memory --- */

static void without_memory_nothing_opens(void)
{
    const ce_transport *t = pair_suite->transport;

    pair_begin();
    pair_suite->meet(pair_now.receiver_uri, pair_now.sender_uri);
    pair_open_inbox();
    pair_open_end(&pair_now.receiver_end, t->receiver_options,
                  pair_now.receiver_uri, CE_URI_STRICT);
    pair_open_end(&pair_now.sender_end, t->sender_options, pair_now.sender_uri,
                  t->sender_rule);
    for (long at = 0; at < 3; at++) {
        long live = ce_memory_live();
        ce_error err = { CE_OK, "" };
        ce_status status;

        ce_memory_fail_at(at);
        status =
            t->receiver(&pair_now.receiver, &pair_now.receiver_end.at, &err);
        ce_memory_heal();
        if (status == CE_OK)
            pair_now.receiver->ops->close(pair_now.receiver);
        else {
            EXPECT_STATUS(status, CE_ENOMEM);
            EXPECT_STATUS(err.status, CE_ENOMEM);
        }
        ce_memory_fail_at(at);
        status = t->sender(&pair_now.sender, &pair_now.sender_end.at, &err);
        ce_memory_heal();
        if (status == CE_OK)
            pair_now.sender->stage.ops->close(&pair_now.sender->stage);
        else {
            EXPECT_STATUS(status, CE_ENOMEM);
            EXPECT_STATUS(err.status, CE_ENOMEM);
        }
        EXPECT_EQ(ce_memory_live(), live);
    }
    ce_inbox_close(pair_now.inbox);
    ce_settings_close(pair_now.receiver_end.settings);
    ce_settings_close(pair_now.sender_end.settings);
    pair_finish();
}

int ce_conformance_main(const char *suite, const ce_conformance *c)
{
    static const CU_TestInfo tests[] = {
        TEST(both_are_up_once_started),
        TEST(events_arrive_equal_in_binary_mode),
        TEST(events_arrive_equal_in_structured_mode),
        TEST(no_data_and_empty_data_arrive_as_documented),
        TEST(large_data_arrives),
        TEST(many_arrive_in_order),
        TEST(results_reach_the_sender),
        TEST(results_in_any_order_find_their_event),
        TEST(what_is_settled_does_not_come_again),
        TEST(what_is_undelivered_comes_again),
        TEST(what_is_abandoned_is_not_sent),
        TEST(without_credit_nothing_is_pushed),
        TEST(a_stopped_sender_delivers_nothing),
        TEST(a_sender_that_stops_settles_what_it_holds),
        TEST(a_stopped_receiver_pushes_nothing),
        TEST(a_receiver_that_never_started_closes),
        TEST(a_sender_without_peer_is_down_and_says_why),
        TEST(without_memory_nothing_opens),
        CU_TEST_INFO_NULL,
    };

    if (!c->transport) {
        fprintf(stderr, "%s: there is no such transport\n", suite);
        return 1;
    }
    pair_suite = c;
    ce_memory_watch();
    ce_log_to(NULL, NULL, CE_ERROR);
    return ce_test_main(suite, tests);
}
