/* SPDX-License-Identifier: Apache-2.0 */
/* Batches become their events, and one result. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

enum { MAX_CHILDREN = 4 };

static ce_rig rig;
static bool unordered; /* what arrives */

static void open_stage(void)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_split_stage(&s, rig.top, rig.loop, MAX_CHILDREN));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void close_stage(void)
{
    unordered = false;
    ce_rig_close(&rig, NULL);
}

static ce_message batch_of(const char *body)
{
    return (ce_message){
        .mode = CE_MODE_BATCH,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents-batch+json"),
        .body = ce_slice_of(body),
        .key = CE_SLICE("k"),
    };
}

static int arrive_text(const char *body)
{
    ce_delivery like = { .message = batch_of(body),
                         .origin = { .partition = -1, .offset = -1 },
                         .unordered = unordered };
    int n = ce_mem_arrive(rig.source, &like);

    REQUIRE_CMP(n, >=, 0);
    return n;
}

#define EVENT(id)                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"" id                                    \
    "\",\"source\":\"/s\",\"type\":\"t\",\"data\":1.50}"

/* Events with the ids PREFIX0, PREFIX1 and so on. */
static int arrive_batch(const char *prefix, unsigned count)
{
    ce_buf b = { 0 };
    int n;

    REQUIRE_OK(ce_buf_byte(&b, '['));
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(ce_buf_printf(&b,
                                 "%s{\"specversion\":\"1.0\",\"id\":\"%s%u\","
                                 "\"source\":\"/s\",\"type\":\"t\"}",
                                 i ? "," : "", prefix, i));
    REQUIRE_OK(ce_buf_append(&b, CE_SLICE("]\0")));
    n = arrive_text(b.ptr);
    ce_buf_free(&b);
    return n;
}

static void a_batch_becomes_its_events(void)
{
    const ce_message *m;
    int n;

    open_stage();
    n = arrive_text(" [ " EVENT("a") " , " EVENT("b") "]\n");
    EXPECT_STR(ce_mem_ids(rig.sink), "a b");
    m = &ce_mem_sent_at(rig.sink, 1)->message;
    EXPECT_EQ(m->mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(m->format, &ce_format_json);
    EXPECT_TEXT(m->body, EVENT("b"));
    EXPECT_EQ(ce_mode_of(m->content_type), CE_MODE_STRUCTURED);
    EXPECT_TEXT(m->key, "k");
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    close_stage();
}

static void what_is_no_batch_passes_untouched(void)
{
    ce_delivery plain = { .message = { .mode = CE_MODE_NONE,
                                       .body = CE_SLICE("x") },
                          .origin = { .partition = -1, .offset = -1 },
                          .defect = { .plain = true } };

    open_stage();
    REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
    REQUIRE_CMP(ce_mem_arrive(rig.source, &plain), >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 2);
    EXPECT_EQ(ce_mem_sent_at(rig.sink, 0)->message.mode, CE_MODE_BINARY);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, "data");
    EXPECT_EQ(ce_mem_sent_at(rig.sink, 1)->message.mode, CE_MODE_NONE);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 1)->message.body, "x");
    close_stage();
}

static void an_empty_batch_is_done(void)
{
    int n;

    open_stage();
    n = arrive_text(" [ ] ");
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    close_stage();
}

static void a_batch_with_one_bad_event_goes_on_as_no_event(void)
{
    static const struct {
        const char *name, *body;
    } rows[] = {
        { "no type", "[" EVENT("a") ",{\"specversion\":\"1.0\",\"id\":\"b\","
                                    "\"source\":\"/s\"}]" },
        { "bad first", "[{}," EVENT("a") "]" },
        { "no event", "[" EVENT("a") ",7]" },
        { "cut", "[" EVENT("a") "," },
        { "more behind", "[" EVENT("a") "] x" },
        { "no list", EVENT("a") },
        { "nothing", "" },
        { "other version",
          "[" EVENT(
              "a") ",{\"specversion\":\"0.4\",\"id\":\"b\",\"source\":\"/s\","
                   "\"type\":\"t\"}]" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_message *m;

        open_stage();
        arrive_text(rows[i].body);
        EXPECT_EQ_ROW(rows[i].name, ce_mem_count(rig.sink), 1);
        m = &ce_mem_sent_at(rig.sink, 0)->message;
        EXPECT_EQ_ROW(rows[i].name, m->mode, CE_MODE_NONE);
        EXPECT_TEXT_ROW(rows[i].name, m->body, rows[i].body);
        close_stage();
    }
}

/* Keeps the defect of what comes. */
static char defect[300];
static int defect_code;

static void look(ce_stage *s, ce_delivery *d)
{
    (void)s;
    snprintf(defect, sizeof defect, "%s",
             d->defect.reason ? d->defect.reason : "");
    defect_code = d->defect.code;
    ce_settle_malformed(d, d->defect.code, d->defect.reason);
}

static void a_bad_batch_says_why(void)
{
    static const ce_stage_ops ops = { .name = "look", .push = look };
    ce_stage end = { &ops, NULL }, *s;
    ce_message m = batch_of("[{\"specversion\":\"1.0\",\"id\":\"b\","
                            "\"source\":\"/s\"}]");
    int n;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_split_stage(&s, &end, rig.loop, MAX_CHILDREN));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    n = ce_mem_arrive_message(rig.source, &m);
    EXPECT_CONTAINS(defect, "type");
    EXPECT_EQ(defect_code, 0);
    EXPECT(ce_rig_outcome(&rig, n)->result.malformed);
    m.format = NULL;
    m.content_type = CE_SLICE("application/cloudevents-batch+cbor");
    ce_mem_arrive_message(rig.source, &m);
    EXPECT_CONTAINS(defect, "cbor");
    EXPECT_EQ(defect_code, 415);
    close_stage();
}

static void the_worst_result_wins(void)
{
    static const struct {
        const char *name;
        ce_verdict of[3], expected;
        int code;
    } rows[] = {
        { "all well", { CE_ACK, CE_ACK, CE_ACK }, CE_ACK, 1 },
        { "one refused", { CE_ACK, CE_NACK, CE_ACK }, CE_NACK, 2 },
        { "refused first", { CE_NACK, CE_ACK, CE_ACK }, CE_NACK, 1 },
        { "one late", { CE_NACK, CE_ACK, CE_UNDELIVERED }, CE_UNDELIVERED, 3 },
        { "late first",
          { CE_UNDELIVERED, CE_NACK, CE_ACK },
          CE_UNDELIVERED,
          1 },
    };
    static const unsigned orders[][3] = { { 0, 1, 2 },
                                          { 2, 1, 0 },
                                          { 1, 2, 0 } };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t k = 0; k < COUNT(orders); k++) {
            const ce_mem_outcome *o;
            int n;

            open_stage();
            ce_mem_always(rig.sink, ce_mem_hold);
            n = arrive_batch("", 3);
            for (unsigned j = 0; j < 3; j++) {
                unsigned at = orders[k][j];

                EXPECT_EQ_ROW(rows[i].name,
                              ce_rig_outcome(&rig, n)->settlements, 0);
                ce_mem_release(rig.sink, at,
                               (ce_result){ .verdict = rows[i].of[at],
                                            .code = (int)at + 1,
                                            .reason = "because" });
            }
            o = ce_rig_outcome(&rig, n);
            EXPECT_EQ_ROW(rows[i].name, o->settlements, 1);
            EXPECT_VERDICT_ROW(rows[i].name, o->result, rows[i].expected);
            if (rows[i].expected != CE_ACK) {
                EXPECT_EQ_ROW(rows[i].name, o->result.code, rows[i].code);
                EXPECT_STR_ROW(rows[i].name, o->result.reason, "because");
            }
            close_stage();
        }
}

static void so_many_are_out_at_once_and_no_more(void)
{
    unsigned done = 0;
    int n;

    open_stage();
    ce_mem_always(rig.sink, ce_mem_hold);
    n = arrive_batch("", 30);
    EXPECT_EQ(ce_mem_count(rig.sink), MAX_CHILDREN);
    while (done < 30) {
        EXPECT_CMP(ce_mem_unanswered(rig.sink), <=, MAX_CHILDREN);
        REQUIRE_CMP(ce_mem_count(rig.sink), >, done);
        EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 0);
        ce_mem_release(rig.sink, done++, ce_rig_ack());
        ce_loop_poll(rig.loop);
    }
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    for (unsigned i = 0; i < 30; i++)
        EXPECT_EQ(atoi(ce_mem_sent_at(rig.sink, i)->id), (int)i);
    close_stage();
}

static void what_comes_behind_a_waiting_batch_keeps_its_turn(void)
{
    int last;

    open_stage();
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive_batch("a", 6);
    arrive_batch("b", 2);
    last = ce_mem_arrive_event(rig.source, "c", NULL);
    ce_mem_always(rig.sink, ce_mem_ack);
    while (ce_mem_unanswered(rig.sink) > 0) {
        ce_mem_release_all(rig.sink, ce_rig_ack());
        ce_loop_poll(rig.loop);
    }
    EXPECT_STR(ce_mem_ids(rig.sink), "a0 a1 a2 a3 a4 a5 b0 b1 c");
    EXPECT_EQ(ce_rig_outcome(&rig, last)->settlements, 1);
    EXPECT_EQ(ce_mem_settled(rig.source), 3);
    close_stage();
}

static int arrive_plain(void)
{
    ce_delivery like = { .message = { .mode = CE_MODE_NONE,
                                      .body = CE_SLICE("x") },
                         .origin = { .partition = -1, .offset = -1 },
                         .defect = { .plain = true },
                         .unordered = unordered };

    return ce_mem_arrive(rig.source, &like);
}

static void without_an_order_nothing_waits_behind_a_long_batch(void)
{
    int a, b, plain;

    open_stage();
    unordered = true;
    ce_mem_always(rig.sink, ce_mem_hold);
    a = arrive_batch("a", 40);
    b = arrive_batch("b", 4);
    plain = arrive_plain();
    EXPECT_EQ(ce_mem_count(rig.sink), MAX_CHILDREN + 1);
    ce_mem_release(rig.sink, MAX_CHILDREN, ce_rig_ack());
    EXPECT_EQ(ce_rig_outcome(&rig, plain)->settlements, 1);
    for (unsigned i = 0; i < 3; i++) {
        ce_mem_release_all(rig.sink, ce_rig_ack());
        ce_loop_poll(rig.loop);
    }
    EXPECT_EQ(ce_rig_outcome(&rig, b)->settlements, 1);
    EXPECT_EQ(ce_rig_outcome(&rig, a)->settlements, 0);
    ce_mem_always(rig.sink, ce_mem_ack);
    while (ce_mem_unanswered(rig.sink) > 0) {
        ce_mem_release_all(rig.sink, ce_rig_ack());
        ce_loop_poll(rig.loop);
    }
    EXPECT_EQ(ce_rig_outcome(&rig, a)->settlements, 1);
    EXPECT_EQ(ce_mem_count(rig.sink), 45);
    close_stage();
}

static unsigned passed_before;

static void note_passed(ce_task *t)
{
    (void)t;
    passed_before = ce_mem_count(rig.sink);
}

/* Also with a sink that answers at once. */
static void other_work_has_its_turn_within_a_long_batch(void)
{
    enum { EVENTS = 1000 };
    ce_task other = { .run = note_passed };
    int n;

    open_stage();
    n = arrive_batch("", EVENTS);
    ce_loop_post(rig.loop, &other);
    ce_loop_poll(rig.loop);
    EXPECT_CMP(passed_before, <, EVENTS / 3);
    EXPECT_EQ(ce_mem_count(rig.sink), EVENTS);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    close_stage();
}

static unsigned to_come;

static void push_next(void *arg, int number)
{
    char id[16];

    (void)number;
    if (to_come == 0)
        return;
    snprintf(id, sizeof id, "next%u", to_come--);
    if (to_come % 2)
        arrive_batch(id, 5);
    else
        EXPECT_CMP(ce_mem_arrive_event(arg, id, NULL), >=, 0);
}

static void a_source_may_push_from_a_settlement(void)
{
    open_stage();
    to_come = 20;
    ce_mem_on_settled(rig.source, push_next, rig.source);
    arrive_batch("first", 3);
    for (unsigned i = 0; i < 100; i++)
        ce_loop_poll(rig.loop);
    EXPECT_EQ(ce_mem_settled(rig.source), 21);
    EXPECT_EQ(ce_mem_count(rig.sink), 3 + 10 * 5 + 10);
    close_stage();
}

static void children_know_where_they_come_from(void)
{
    ce_delivery like = {
        .message = batch_of("[" EVENT("a") "]"),
        .origin = { .topic = CE_SLICE("t"), .partition = 2, .offset = 5 }
    };
    ce_sender *letters;
    ce_stage *s;
    ce_result no = { .verdict = CE_NACK, .malformed = true };

    ce_rig_open(&rig, NULL);
    letters = ce_rig_sink(&rig, "mem://letters");
    ce_rig_dead_letter(&rig, rig.top, &letters->stage, "x");
    REQUIRE_OK(ce_split_stage(&s, rig.top, rig.loop, MAX_CHILDREN));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    ce_mem_always(rig.sink, (ce_mem_answer){ no, 0, 0 });
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(ce_mem_sent_attribute(letters, 0, "dlqtopic"), "t");
    EXPECT_STR(ce_mem_sent_attribute(letters, 0, "dlqoffset"), "5");
    ce_rig_close(&rig, letters);
}

static void without_memory_batches_stay_with_their_source(void)
{
    for (long at = 0; at < 40; at++) {
        unsigned settled;
        int n;

        open_stage();
        ce_memory_fail_at(at);
        n = ce_mem_arrive_message(
            rig.source,
            &(ce_message){ .mode = CE_MODE_BATCH,
                           .format = &ce_format_json,
                           .body =
                               CE_SLICE("[" EVENT("a") "," EVENT("b") "]") });
        ce_memory_heal();
        ce_loop_advance(rig.loop, 60000);
        if (n >= 0) {
            EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
            EXPECT_CMP(ce_rig_outcome(&rig, n)->result.verdict, !=, CE_NACK);
        }
        /* What comes next is not held up. */
        settled = ce_mem_settled(rig.source);
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, "c", NULL), >=, 0);
        EXPECT_EQ(ce_mem_settled(rig.source), settled + 1);
        close_stage();
    }
}

static void without_memory_it_does_not_open(void)
{
    ce_stage *s;

    ce_memory_watch();
    for (long at = 0; at < 3; at++) {
        ce_memory_fail_at(at);
        EXPECT_STATUS(ce_split_stage(&s, NULL, NULL, 1), CE_ENOMEM);
        EXPECT_EQ(ce_memory_live(), 0);
    }
    ce_memory_unwatch();
}

TESTS("split", TEST(a_batch_becomes_its_events),
      TEST(what_is_no_batch_passes_untouched), TEST(an_empty_batch_is_done),
      TEST(a_batch_with_one_bad_event_goes_on_as_no_event),
      TEST(a_bad_batch_says_why), TEST(the_worst_result_wins),
      TEST(so_many_are_out_at_once_and_no_more),
      TEST(what_comes_behind_a_waiting_batch_keeps_its_turn),
      TEST(without_an_order_nothing_waits_behind_a_long_batch),
      TEST(other_work_has_its_turn_within_a_long_batch),
      TEST(a_source_may_push_from_a_settlement),
      TEST(children_know_where_they_come_from),
      TEST(without_memory_batches_stay_with_their_source),
      TEST(without_memory_it_does_not_open))
