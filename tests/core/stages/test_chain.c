/* SPDX-License-Identifier: Apache-2.0 */
/* The stages together, in the order that a route puts them in. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

enum { ATTEMPTS = 3 };

static ce_rig rig;
static ce_sender *other, *letters;
static ce_meter meter;
static ce_wrap wrap;
static ce_edits edits;
static ce_stage *tops[2];

static ce_stage *add_retry(ce_stage *next, bool for_ever)
{
    ce_retry_config c = { .max_attempts = for_ever ? 0 : ATTEMPTS,
                          .base_ms = 100,
                          .cap_ms = 1000,
                          .meter = &meter };
    ce_stage *s;

    REQUIRE_OK(ce_retry_stage(&s, next, rig.loop, &c));
    ce_rig_add(&rig, s);
    return s;
}

/* letters: encode, retry. Sink "one" keeps the mode, "two" is structured. */
static void open_chain(const char *source)
{
    ce_stage *to, *s;

    ce_rig_open(&rig, source);
    memset(&meter, 0, sizeof meter);
    memset(&wrap, 0, sizeof wrap);
    memset(&edits, 0, sizeof edits);
    other = ce_rig_sink(&rig, "mem://two");
    letters = ce_rig_sink(&rig, "mem://letters");
    to = ce_rig_encode(&rig, add_retry(&letters->stage, true), CE_MODE_NONE);
    s = ce_rig_encode(&rig, add_retry(&rig.sink->stage, false), CE_MODE_NONE);
    tops[0] = ce_rig_dead_letter(&rig, s, to, "one");
    s = ce_rig_encode(&rig, add_retry(&other->stage, false),
                      CE_MODE_STRUCTURED);
    tops[1] = ce_rig_dead_letter(&rig, s, to, "two");
    REQUIRE_OK(ce_fanout_stage(&s, tops, 2, 0, NULL));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_edits_add(&edits, "seen", "{type}", NULL));
    REQUIRE_OK(ce_transform_stage(&s, rig.top, &edits));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_edits_add(&wrap.attributes, "type", "plain", NULL));
    REQUIRE_OK(ce_edits_add(&wrap.attributes, "source", "/{topic[1]}", NULL));
    REQUIRE_OK(ce_check_stage(&s, rig.top, &wrap));
    ce_rig_add(&rig, s);
    ce_rig_dead_letter(&rig, rig.top, to, NULL);
    REQUIRE_OK(ce_meter_stage(&s, rig.top, &meter));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_split_stage(&s, rig.top, rig.loop, 4));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void close_chain(void)
{
    EXPECT_EQ(meter.in_flight, 0);
    EXPECT_EQ(meter.received, meter.delivered + meter.refused +
                                  meter.undelivered + meter.filtered +
                                  meter.dead_lettered + meter.duplicates);
    ce_edits_free(&wrap.attributes);
    ce_edits_free(&edits);
    ce_mem_close_sender(other);
    ce_rig_close(&rig, letters);
}

static const ce_mem_outcome *outcome(int number)
{
    REQUIRE_CMP(number, >=, 0);
    return ce_rig_outcome(&rig, number);
}

static const char *letter(unsigned number, const char *name)
{
    return ce_mem_sent_attribute(letters, number, name);
}

#define EVENT(id)                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"" id                                    \
    "\",\"source\":\"/s\",\"type\":\"t\",\"data\":{\"n\":1.50}}"

static int arrive_batch(const char *body)
{
    ce_message m = {
        .mode = CE_MODE_BATCH,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents-batch+json"),
        .body = ce_slice_of(body),
    };

    return ce_mem_arrive_message(rig.source, &m);
}

static ce_delivery no_event(const char *body, const char *defect)
{
    return (ce_delivery){
        .message = { .mode = CE_MODE_NONE,
                     .content_type = CE_SLICE("text/plain"),
                     .body = ce_slice_of(body) },
        .origin = { .topic = CE_SLICE("t/1"), .partition = -1, .offset = -1 },
        .defect = { .reason = defect, .plain = !defect },
    };
}

/* --- the good day --- */

static void every_event_of_a_batch_reaches_every_sink(void)
{
    int n;

    open_chain(NULL);
    n = arrive_batch("[" EVENT("a") "," EVENT("b") "," EVENT("c") "]");
    ce_loop_poll(rig.loop);
    EXPECT_VERDICT(outcome(n)->result, CE_ACK);
    EXPECT_STR(ce_mem_ids(rig.sink), "a b c");
    EXPECT_STR(ce_mem_ids(other), "a b c");
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 2, "seen"), "t");
    EXPECT_EQ(ce_mem_sent_at(other, 0)->message.mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(meter.received, 3);
    EXPECT_EQ(meter.delivered, 3);
    EXPECT_EQ(ce_mem_count(letters), 0);
    close_chain();
}

static void each_sink_has_its_mode(void)
{
    open_chain(NULL);
    REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", "k"), >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    REQUIRE_EQ(ce_mem_count(other), 1);
    EXPECT_EQ(ce_mem_sent_at(rig.sink, 0)->message.mode, CE_MODE_BINARY);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, "data");
    EXPECT_EQ(ce_mem_sent_at(other, 0)->message.mode, CE_MODE_STRUCTURED);
    EXPECT_STR(ce_mem_sent_attribute(other, 0, "partitionkey"), "k");
    close_chain();
}

static void a_plain_message_becomes_an_event(void)
{
    ce_delivery plain = no_event("21.5", NULL);
    int n;

    open_chain(NULL);
    n = ce_mem_arrive(rig.source, &plain);
    EXPECT_VERDICT(outcome(n)->result, CE_ACK);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "type"), "plain");
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "source"), "/1");
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, "21.5");
    close_chain();
}

/* --- bad messages --- */

static void a_malformed_message_becomes_a_letter(void)
{
    ce_delivery bad = no_event("{", "attribute \"id\" is missing");
    int n;

    open_chain(NULL);
    n = ce_mem_arrive(rig.source, &bad);
    EXPECT_EQ(outcome(n)->result.fate, CE_DEAD_LETTERED);
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    EXPECT_EQ(ce_mem_count(other), 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter(0, "type"), "cebridge.malformed");
    EXPECT_STR(letter(0, "dlqroute"), "r");
    EXPECT_STR(letter(0, "dlqtarget"), NULL);
    EXPECT_STR(letter(0, "dlqoutcome"), "malformed");
    EXPECT_STR(letter(0, "dlqreason"), "attribute \"id\" is missing");
    EXPECT_STR(letter(0, "dlqtopic"), "t/1");
    EXPECT_TEXT(ce_mem_sent_at(letters, 0)->message.body, "{");
    EXPECT_EQ(meter.dead_lettered, 1);
    close_chain();
}

/* Its topic has no second level: the letter is around what came. */
static void a_plain_message_that_makes_no_event_is_kept_as_it_came(void)
{
    ce_delivery plain = no_event("21.5", NULL);

    plain.origin.topic = CE_SLICE("two words");
    plain.message.content_type = (ce_slice){ NULL, 0 };
    open_chain(NULL);
    EXPECT_EQ(outcome(ce_mem_arrive(rig.source, &plain))->result.fate,
              CE_DEAD_LETTERED);
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    EXPECT_EQ(ce_mem_count(other), 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter(0, "type"), "cebridge.malformed");
    EXPECT_STR(letter(0, "dlqoutcome"), "malformed");
    EXPECT_STR(letter(0, "dlqtopic"), "two words");
    EXPECT_STR(letter(0, "datacontenttype"), NULL);
    EXPECT_TEXT(ce_mem_sent_at(letters, 0)->message.body, "21.5");
    EXPECT_EQ(meter.dead_lettered, 1);
    close_chain();
}

static void who_waits_gets_a_malformed_message_back(void)
{
    ce_delivery bad = no_event("{", "attribute \"id\" is missing");
    const ce_mem_outcome *o;

    open_chain("interactive=true");
    o = outcome(ce_mem_arrive(rig.source, &bad));
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT(o->result.malformed);
    EXPECT_STR(o->result.reason, "attribute \"id\" is missing");
    EXPECT_EQ(ce_mem_count(letters), 0);
    EXPECT_EQ(meter.refused, 1);
    close_chain();
}

static void a_bad_batch_is_one_letter_around_all_of_it(void)
{
    const char *body = "[" EVENT("a") ",{\"id\":\"b\"}]";

    open_chain(NULL);
    EXPECT_EQ(outcome(arrive_batch(body))->result.fate, CE_DEAD_LETTERED);
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter(0, "dlqoutcome"), "malformed");
    EXPECT_STR(letter(0, "datacontenttype"),
               "application/cloudevents-batch+json");
    EXPECT_EQ(meter.received, 1);
    EXPECT_EQ(meter.dead_lettered, 1);
    close_chain();
}

/* --- bad sinks --- */

static void what_one_sink_refuses_is_a_letter_for_that_sink(void)
{
    open_chain(NULL);
    ce_mem_script(other, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    EXPECT_VERDICT(outcome(ce_mem_arrive_event(rig.source, "1", NULL))->result,
                   CE_ACK);
    EXPECT_EQ(ce_mem_count(rig.sink), 1);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter(0, "id"), "1");
    EXPECT_STR(letter(0, "dlqtarget"), "two");
    EXPECT_STR(letter(0, "dlqoutcome"), "nack");
    EXPECT_STR(letter(0, "dlqcode"), "422");
    close_chain();
}

static void what_cannot_be_delivered_is_a_letter_that_says_how_often(void)
{
    int n;

    open_chain(NULL);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_EQ(outcome(n)->settlements, 0);
    ce_loop_advance(rig.loop, 10000);
    EXPECT_EQ(outcome(n)->settlements, 1);
    EXPECT_VERDICT(outcome(n)->result, CE_ACK);
    EXPECT_EQ(ce_mem_count(rig.sink), ATTEMPTS);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter(0, "dlqtarget"), "one");
    EXPECT_STR(letter(0, "dlqoutcome"), "undelivered");
    EXPECT_STR(letter(0, "dlqattempts"), "3");
    EXPECT_STR(letter(0, "seen"), "com.example.t");
    EXPECT_EQ(meter.retries, ATTEMPTS - 1);
    close_chain();
}

static void a_letter_waits_for_its_target(void)
{
    int n;

    open_chain(NULL);
    ce_mem_always(rig.sink, (ce_mem_answer){ ce_rig_nack(1, "no"), 0, 0 });
    ce_mem_script(letters, ce_mem_undelivered);
    ce_mem_script(letters, (ce_mem_answer){ ce_rig_nack(413, "no"), 0, 0 });
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_EQ(outcome(n)->settlements, 0);
    ce_loop_advance(rig.loop, 10000);
    EXPECT_EQ(outcome(n)->settlements, 1);
    EXPECT_VERDICT(outcome(n)->result, CE_ACK);
    EXPECT_EQ(ce_mem_count(letters), 3);
    EXPECT_STR(letter(2, "dlqreason"), "no");
    EXPECT_STR(letter(2, "dlqcode"), "1");
    close_chain();
}

/* --- the end --- */

static void stopping_hands_everything_back(void)
{
    int waiting, batch, lettered;

    open_chain(NULL);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    waiting = ce_mem_arrive_event(rig.source, "1", NULL);
    batch = arrive_batch("[" EVENT("a") "," EVENT("b") "," EVENT("c") "," EVENT(
        "d") "," EVENT("e") "," EVENT("f") "]");
    ce_mem_always(letters, ce_mem_undelivered);
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(1, "no"), 0, 0 });
    lettered = ce_mem_arrive_event(rig.source, "2", "k");
    rig.source->ops->stop(rig.source);
    for (unsigned i = rig.count; i > 0; i--)
        if (rig.stages[i - 1]->ops->stop)
            rig.stages[i - 1]->ops->stop(rig.stages[i - 1]);
    for (unsigned i = 0; i < 10; i++)
        ce_loop_poll(rig.loop);
    EXPECT_VERDICT(outcome(waiting)->result, CE_UNDELIVERED);
    EXPECT_VERDICT(outcome(batch)->result, CE_UNDELIVERED);
    EXPECT_VERDICT(outcome(lettered)->result, CE_UNDELIVERED);
    close_chain();
}

TESTS("chain", TEST(every_event_of_a_batch_reaches_every_sink),
      TEST(each_sink_has_its_mode), TEST(a_plain_message_becomes_an_event),
      TEST(a_malformed_message_becomes_a_letter),
      TEST(a_plain_message_that_makes_no_event_is_kept_as_it_came),
      TEST(who_waits_gets_a_malformed_message_back),
      TEST(a_bad_batch_is_one_letter_around_all_of_it),
      TEST(what_one_sink_refuses_is_a_letter_for_that_sink),
      TEST(what_cannot_be_delivered_is_a_letter_that_says_how_often),
      TEST(a_letter_waits_for_its_target), TEST(stopping_hands_everything_back))
