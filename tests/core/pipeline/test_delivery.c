/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks, settlement, and the cached view of the event. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

/* The results that hooks saw, in order. */
typedef struct seen {
    void *by;
    ce_result result;
    uint64_t state;
} seen;

static seen all[16];
static unsigned count;
static ce_delivery d;

static void note(const ce_hook *h, const ce_result *r)
{
    seen *s = &all[count++ % COUNT(all)];

    s->by = h->self;
    s->result = *r;
    s->state = h->state;
}

static void end(ce_hook *h, ce_delivery *at, const ce_result *r)
{
    EXPECT_EQ(at, &d);
    note(h, r);
}

static void pass(ce_hook *h, ce_delivery *at, const ce_result *r)
{
    note(h, r);
    ce_settle(at, r);
}

static void begin(void)
{
    count = 0;
    memset(all, 0, sizeof all);
    d = (ce_delivery){ .arena = ce_arena_new() };
    REQUIRE(d.arena != NULL);
}

static void finish(void)
{
    EXPECT_EQ(d.depth, 0);
    ce_arena_free(d.arena);
}

static void results_go_back_through_the_hooks_newest_first(void)
{
    int a, b, c;

    begin();
    ce_delivery_hook(&d, end, &a, 1);
    ce_delivery_hook(&d, pass, &b, 2);
    ce_delivery_hook(&d, pass, &c, 3);
    ce_settle_nack(&d, 404, "not there");
    REQUIRE_EQ(count, 3);
    EXPECT_EQ(all[0].by, &c);
    EXPECT_EQ(all[0].state, 3);
    EXPECT_EQ(all[1].by, &b);
    EXPECT_EQ(all[1].state, 2);
    EXPECT_EQ(all[2].by, &a);
    EXPECT_EQ(all[2].state, 1);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_VERDICT(all[i].result, CE_NACK);
        EXPECT_EQ(all[i].result.code, 404);
        EXPECT_STR(all[i].result.reason, "not there");
    }
    finish();
}

static void keep(ce_hook *h, ce_delivery *at, const ce_result *r)
{
    (void)at;
    note(h, r);
}

static void a_hook_may_keep_the_delivery_and_settle_later(void)
{
    begin();
    ce_delivery_hook(&d, end, NULL, 0);
    ce_delivery_hook(&d, keep, NULL, 0);
    ce_settle_undelivered(&d, 503, 2000, "busy");
    EXPECT_EQ(count, 1);
    EXPECT_EQ(d.depth, 1);
    ce_settle_ack(&d, CE_DELIVERED);
    EXPECT_EQ(count, 2);
    EXPECT_VERDICT(all[1].result, CE_ACK);
    finish();
}

static unsigned attempts;

static void try_again(ce_hook *h, ce_delivery *at, const ce_result *r)
{
    note(h, r);
    if (attempts-- > 0) {
        ce_delivery_hook(at, try_again, h->self, h->state);
        ce_settle(at, r);
        return;
    }
    ce_settle(at, r);
}

static void a_hook_may_hook_again_while_it_is_called(void)
{
    begin();
    attempts = 3;
    ce_delivery_hook(&d, end, &d, 0);
    ce_delivery_hook(&d, try_again, NULL, 9);
    ce_settle_ack(&d, CE_DELIVERED);
    EXPECT_EQ(count, 5);
    EXPECT_EQ(all[3].state, 9);
    EXPECT_EQ(all[4].by, &d);
    finish();
}

static void there_is_room_for_twelve_hooks(void)
{
    begin();
    ce_delivery_hook(&d, end, NULL, 0);
    for (unsigned i = 1; i < CE_HOOKS_MAX; i++)
        ce_delivery_hook(&d, pass, NULL, i);
    ce_settle_ack(&d, CE_DELIVERED);
    EXPECT_EQ(count, CE_HOOKS_MAX);
    finish();
}

static void the_common_results_say_what_they_mean(void)
{
    begin();
    ce_delivery_hook(&d, end, NULL, 0);
    ce_settle_ack(&d, CE_STORED);
    ce_delivery_hook(&d, end, NULL, 0);
    ce_settle_nack(&d, 422, "no");
    ce_delivery_hook(&d, end, NULL, 0);
    ce_settle_undelivered(&d, 503, 1500, "later");
    ce_delivery_hook(&d, end, NULL, 0);
    ce_settle_malformed(&d, 415, "what");
    EXPECT_VERDICT(all[0].result, CE_ACK);
    EXPECT_EQ(all[0].result.fate, CE_STORED);
    EXPECT_VERDICT(all[1].result, CE_NACK);
    EXPECT(!all[1].result.malformed);
    EXPECT_EQ(all[1].result.code, 422);
    EXPECT_VERDICT(all[2].result, CE_UNDELIVERED);
    EXPECT_EQ(all[2].result.retry_after_ms, 1500);
    EXPECT_EQ(all[2].result.code, 503);
    EXPECT(!all[2].result.exhausted);
    EXPECT_VERDICT(all[3].result, CE_NACK);
    EXPECT(all[3].result.malformed);
    EXPECT_EQ(all[3].result.code, 415);
    EXPECT_STR(all[3].result.reason, "what");
    finish();
}

static void zeroed_a_result_is_a_plain_ack(void)
{
    ce_result zero = { 0 };

    EXPECT_VERDICT(zero, CE_ACK);
    EXPECT_EQ(zero.fate, CE_DELIVERED);
}

static void undelivered_is_worse_than_nack_than_ack(void)
{
    static const ce_verdict order[] = { CE_ACK, CE_NACK, CE_UNDELIVERED };

    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t k = 0; k < COUNT(order); k++) {
            ce_result a = { .verdict = order[i] }, b = { .verdict = order[k] };

            EXPECT_EQ(ce_result_is_worse(&a, &b), (i > k));
        }
}

static ce_attr attributes[] = {
    { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
    { CE_SLICE("id"), CE_SLICE("7"), CE_STRING },
    { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
    { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
};

static ce_message valid(void)
{
    return (ce_message){
        .mode = CE_MODE_BINARY,
        .attrs = { attributes, COUNT(attributes), COUNT(attributes) },
        .body = CE_SLICE("data"),
        .content_type = CE_SLICE("text/plain"),
    };
}

static void the_event_is_decoded_once(void)
{
    const ce_event *e;
    size_t used;
    ce_error err;

    begin();
    d.message = valid();
    e = ce_delivery_event(&d, &err);
    REQUIRE(e != NULL);
    EXPECT_TEXT(ce_event_text(e, "id"), "7");
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "text/plain");
    used = ce_arena_used(d.arena);
    EXPECT_EQ(ce_delivery_event(&d, &err), e);
    EXPECT_EQ(ce_arena_used(d.arena), used);
    finish();
}

static void a_new_message_is_a_new_event(void)
{
    ce_message other = valid();
    const ce_event *e;

    begin();
    d.message = valid();
    REQUIRE(ce_delivery_event(&d, NULL) != NULL);
    other.body = CE_SLICE("other");
    ce_delivery_set_message(&d, &other);
    e = ce_delivery_event(&d, NULL);
    REQUIRE(e != NULL);
    EXPECT_TEXT(e->data, "other");
    finish();
}

static void what_is_no_event_has_none(void)
{
    ce_message none = { .mode = CE_MODE_NONE, .body = CE_SLICE("x") };
    ce_message broken = valid();
    ce_error err = { CE_OK, "" };

    begin();
    d.message = none;
    EXPECT_EQ(ce_delivery_event(&d, &err), NULL);
    EXPECT_CMP(err.status, !=, CE_OK);
    EXPECT(err.text[0]);
    broken.attrs.len = 3;
    err = (ce_error){ CE_OK, "" };
    ce_delivery_set_message(&d, &broken);
    EXPECT_EQ(ce_delivery_event(&d, &err), NULL);
    EXPECT_CONTAINS(err.text, "type");
    EXPECT_EQ(ce_delivery_event(&d, NULL), NULL);
    finish();
}

static void a_line_of_the_log_has_its_id(void)
{
    begin();
    d.message = valid();
    EXPECT_STR(ce_delivery_id(&d), "7");
    ce_delivery_set_message(&d, &(ce_message){ .body = CE_SLICE("x") });
    EXPECT(ce_delivery_id(&d) == NULL);
    finish();
}

static void without_memory_there_is_no_event(void)
{
    ce_error err = { CE_OK, "" };

    ce_memory_watch();
    begin();
    d.message = valid();
    ce_memory_fail_from(0);
    EXPECT_EQ(ce_delivery_event(&d, &err), NULL);
    EXPECT_STATUS(err.status, CE_ENOMEM);
    ce_memory_heal();
    EXPECT(ce_delivery_event(&d, &err) != NULL);
    finish();
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

TESTS("delivery", TEST(results_go_back_through_the_hooks_newest_first),
      TEST(a_hook_may_keep_the_delivery_and_settle_later),
      TEST(a_hook_may_hook_again_while_it_is_called),
      TEST(there_is_room_for_twelve_hooks),
      TEST(the_common_results_say_what_they_mean),
      TEST(zeroed_a_result_is_a_plain_ack),
      TEST(undelivered_is_worse_than_nack_than_ack),
      TEST(the_event_is_decoded_once), TEST(a_new_message_is_a_new_event),
      TEST(what_is_no_event_has_none), TEST(a_line_of_the_log_has_its_id),
      TEST(without_memory_there_is_no_event))
