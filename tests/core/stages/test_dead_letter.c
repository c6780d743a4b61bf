/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink refuses goes to another target, with the reason. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

static ce_rig rig;
static ce_sender *letters;

static void open_stage(const char *source)
{
    ce_dead_letter_config c = { .route = "ingest", .target = "http://x/y" };
    ce_stage *s;

    ce_rig_open(&rig, source);
    letters = ce_rig_sink(&rig, "mem://letters");
    c.letters = &letters->stage;
    REQUIRE_OK(ce_dead_letter_stage(&s, rig.top, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void close_stage(void)
{
    ce_rig_close(&rig, letters);
}

static int send(ce_result r)
{
    int n;

    ce_mem_script(rig.sink, (ce_mem_answer){ r, 0, 0 });
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    REQUIRE_CMP(n, >=, 0);
    return n;
}

static const char *letter(const char *name)
{
    return ce_mem_sent_attribute(letters, 0, name);
}

static ce_result malformed(int code, const char *reason)
{
    ce_result r = ce_result_make(CE_NACK, "%s", reason);

    r.malformed = true;
    r.code = code;
    return r;
}

static void what_is_delivered_makes_no_letter(void)
{
    int n;

    open_stage(NULL);
    n = send(ce_rig_ack());
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DELIVERED);
    EXPECT_EQ(ce_mem_count(letters), 0);
    close_stage();
}

static void what_is_refused_becomes_a_letter(void)
{
    int n;

    open_stage(NULL);
    n = send(ce_rig_nack(422, "no such thing"));
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter("dlqroute"), "ingest");
    EXPECT_STR(letter("dlqtarget"), "http://x/y");
    EXPECT_STR(letter("dlqoutcome"), "nack");
    EXPECT_STR(letter("dlqcode"), "422");
    EXPECT_STR(letter("dlqreason"), "no such thing");
    EXPECT_STR(letter("dlqattempts"), "1");
    EXPECT(ce_mem_sent_attribute(letters, 0, "dlqfirsttime") != NULL);
    EXPECT(ce_mem_sent_attribute(letters, 0, "dlqtime") != NULL);
    close_stage();
}

static void the_letter_is_the_event(void)
{
    const ce_message *m;

    open_stage(NULL);
    send(ce_rig_nack(422, "no"));
    REQUIRE_EQ(ce_mem_count(letters), 1);
    m = &ce_mem_sent_at(letters, 0)->message;
    EXPECT_EQ(m->mode, CE_MODE_BINARY);
    EXPECT_TEXT(m->body, "data");
    EXPECT_TEXT(m->content_type, "text/plain");
    EXPECT_STR(letter("id"), "1");
    EXPECT_STR(letter("source"), "/s");
    EXPECT_STR(letter("type"), "com.example.t");
    EXPECT_STR(letter("specversion"), "1.0");
    EXPECT_STR(letter("dlqtopic"), NULL);
    close_stage();
}

static void what_was_given_up_says_how_often(void)
{
    ce_result r = ce_rig_undelivered(503, 0);
    int n;

    r.exhausted = true;
    r.attempts = 7;
    open_stage(NULL);
    n = send(r);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    EXPECT_STR(letter("dlqoutcome"), "undelivered");
    EXPECT_STR(letter("dlqcode"), "503");
    EXPECT_STR(letter("dlqattempts"), "7");
    close_stage();
}

static void what_may_be_tried_again_is_no_letter(void)
{
    const ce_mem_outcome *o;

    open_stage(NULL);
    o = ce_rig_outcome(&rig, send(ce_rig_undelivered(503, 1500)));
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(o->result.code, 503);
    EXPECT_EQ(o->result.retry_after_ms, 1500);
    EXPECT_EQ(ce_mem_count(letters), 0);
    close_stage();
}

static void a_letter_without_code_and_reason_has_none(void)
{
    open_stage(NULL);
    send(ce_rig_nack(0, NULL));
    EXPECT_STR(letter("dlqoutcome"), "nack");
    EXPECT_STR(letter("dlqcode"), NULL);
    EXPECT_STR(letter("dlqreason"), NULL);
    close_stage();
}

static void the_source_hears_when_the_letter_has_arrived(void)
{
    int n;

    open_stage(NULL);
    ce_mem_always(letters, ce_mem_hold);
    n = send(ce_rig_nack(422, "no"));
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 0);
    ce_mem_release(letters, 0, ce_rig_ack());
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    close_stage();
}

static void a_letter_that_fails_leaves_the_event_with_its_source(void)
{
    static const struct {
        const char *name;
        ce_result result;
    } rows[] = {
        { "nack", { .verdict = CE_NACK, .code = 413, .reason = "too big" } },
        { "malformed", { .verdict = CE_NACK, .malformed = true } },
        { "undelivered", { .verdict = CE_UNDELIVERED, .reason = "away" } },
        { "given up", { .verdict = CE_UNDELIVERED, .exhausted = true } },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_mem_outcome *o;

        open_stage(NULL);
        ce_mem_script(letters, (ce_mem_answer){ rows[i].result, 0, 0 });
        /* The stage insists, and nothing behind it tries again. */
        if (rows[i].result.verdict == CE_NACK)
            ce_mem_script(letters, (ce_mem_answer){ rows[i].result, 0, 0 });
        o = ce_rig_outcome(&rig, send(ce_rig_nack(422, "no")));
        EXPECT_EQ_ROW(rows[i].name, o->settlements, 1);
        EXPECT_VERDICT_ROW(rows[i].name, o->result, CE_UNDELIVERED);
        EXPECT_ROW(rows[i].name, !o->result.exhausted);
        EXPECT_ROW(rows[i].name, o->result.reason[0]);
        close_stage();
    }
}

static ce_attr metadata[] = {
    { CE_SLICE("x-trace"), CE_SLICE("a \"b\""), CE_STRING },
    { CE_SLICE("empty"), CE_SLICE(""), CE_STRING },
};

static ce_delivery broken(void)
{
    return (ce_delivery){
        .message = { .mode = CE_MODE_NONE,
                     .content_type = CE_SLICE("application/x-thing"),
                     .body = CE_SLICE("\x01\x02 bytes"),
                     .key = CE_SLICE("k1") },
        .origin = { .topic = CE_SLICE("orders"),
                    .partition = 3,
                    .offset = 12345678901,
                    .metadata = { metadata, 2, 2 } },
        .defect = { .reason = "attribute \"type\" is missing" },
    };
}

static void a_malformed_message_is_wrapped(void)
{
    ce_delivery like = broken();
    const ce_message *m;
    int n;

    open_stage(NULL);
    ce_mem_script(rig.sink,
                  (ce_mem_answer){ malformed(0, like.defect.reason), 0, 0 });
    n = ce_mem_arrive(rig.source, &like);
    REQUIRE_CMP(n, >=, 0);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    m = &ce_mem_sent_at(letters, 0)->message;
    EXPECT_TEXT(m->body, like.message.body);
    EXPECT_TEXT(m->content_type, "application/x-thing");
    EXPECT_STR(letter("type"), "cebridge.malformed");
    EXPECT_STR(letter("dlqroute"), "ingest");
    EXPECT_STR(letter("dlqoutcome"), "malformed");
    EXPECT_STR(letter("dlqreason"), like.defect.reason);
    EXPECT_STR(letter("dlqtopic"), "orders");
    EXPECT_STR(letter("dlqpartition"), "3");
    EXPECT_STR(letter("dlqoffset"), "12345678901");
    EXPECT_STR(letter("dlqkey"), "k1");
    EXPECT_STR(letter("dlqheaders"),
               "[[\"x-trace\",\"a \\\"b\\\"\"],[\"empty\",\"\"]]");
    EXPECT(ce_mem_sent_attribute(letters, 0, "id") != NULL);
    EXPECT(ce_mem_sent_attribute(letters, 0, "source") != NULL);
    EXPECT(ce_mem_sent_attribute(letters, 0, "dlqtime") != NULL);
    close_stage();
}

/* An attribute that is wrong does not take the others with it. */
static void what_is_no_attribute_is_among_the_headers(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("id"), CE_SLICE("order-77"), CE_STRING },
        { CE_SLICE("time"), CE_SLICE("a\tb"), CE_STRING },
    };
    static ce_attr raw[] = { { CE_SLICE("x"), CE_SLICE("\xff"), CE_STRING },
                             { CE_SLICE("x"), { NULL, 0 }, CE_STRING } };
    ce_delivery like = {
        .message = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("json"),
                     .body = CE_SLICE("1"),
                     .key = CE_SLICE("\x01\xfe"),
                     .attrs = { attrs, 2, 2 } },
        .origin = { .partition = -1, .offset = -1, .metadata = { raw, 2, 2 } }
    };

    open_stage(NULL);
    ce_mem_script(rig.sink, (ce_mem_answer){ malformed(0, "bad"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter("datacontenttype"), NULL);
    EXPECT_STR(letter("dlqkey"), NULL);
    EXPECT_STR(letter("dlqheaders"),
               "[[\":content-type\",\"json\"],"
               "[\":key\",{\"base64\":\"Af4=\"}],"
               "[\"id\",\"order-77\"],[\"time\",\"a\\u0009b\"],"
               "[\"x\",{\"base64\":\"/w==\"}],[\"x\",null]]");
    close_stage();
}

static void a_record_that_comes_again_makes_the_same_id(void)
{
    ce_delivery like = broken();
    char first[200];

    open_stage(NULL);
    ce_mem_always(rig.sink, (ce_mem_answer){ malformed(0, "bad"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    like.origin.offset++;
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 3);
    snprintf(first, sizeof first, "%s",
             ce_mem_sent_attribute(letters, 0, "id"));
    EXPECT_STR(first, ce_mem_sent_attribute(letters, 1, "id"));
    EXPECT(strcmp(first, ce_mem_sent_attribute(letters, 2, "id")) != 0);
    close_stage();
}

static void what_is_not_known_is_not_invented(void)
{
    ce_delivery like = { .message = { .mode = CE_MODE_NONE },
                         .origin = { .partition = -1, .offset = -1 },
                         .defect = { .reason = "bad" } };

    open_stage(NULL);
    ce_mem_script(rig.sink, (ce_mem_answer){ malformed(0, "bad"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_STR(letter("dlqtopic"), NULL);
    EXPECT_STR(letter("dlqpartition"), NULL);
    EXPECT_STR(letter("dlqoffset"), NULL);
    EXPECT_STR(letter("dlqkey"), NULL);
    EXPECT_STR(letter("dlqheaders"), NULL);
    EXPECT_STR(letter("datacontenttype"), NULL);
    EXPECT_EQ(ce_mem_sent_at(letters, 0)->message.body.len, 0);
    close_stage();
}

static void who_waits_for_the_answer_gets_a_malformed_message_back(void)
{
    ce_delivery like = broken();
    const ce_mem_outcome *o;
    int n;

    open_stage("interactive=true");
    ce_mem_script(rig.sink, (ce_mem_answer){ malformed(415, "what"), 0, 0 });
    n = ce_mem_arrive(rig.source, &like);
    REQUIRE_CMP(n, >=, 0);
    o = ce_rig_outcome(&rig, n);
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT(o->result.malformed);
    EXPECT_EQ(o->result.code, 415);
    EXPECT_STR(o->result.reason, "what");
    EXPECT_EQ(ce_mem_count(letters), 0);
    n = send(ce_rig_nack(422, "no"));
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.fate, CE_DEAD_LETTERED);
    EXPECT_EQ(ce_mem_count(letters), 1);
    close_stage();
}

static void any_reason_makes_a_valid_letter(void)
{
    static const struct {
        const char *name, *reason, *expected;
    } rows[] = {
        { "text", "caf\xc3\xa9", "caf\xc3\xa9" },
        { "line break", "a\nb", "a b" },
        { "no UTF-8", "a\xff", "a%FF" },
        { "empty", "", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text;

        open_stage(NULL);
        send(ce_rig_nack(422, rows[i].reason));
        REQUIRE_EQ(ce_mem_count(letters), 1);
        EXPECT_STR_ROW(rows[i].name, letter("dlqoutcome"), "nack");
        text = ce_mem_sent_attribute(letters, 0, "dlqreason");
        EXPECT_ROW(rows[i].name, rows[i].expected
                                     ? text && !strcmp(text, rows[i].expected)
                                     : !text || !*text);
        close_stage();
    }
}

static void a_letter_that_is_refused_again_says_the_new_reason_once(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
        { CE_SLICE("dlqreason"), CE_SLICE("old"), CE_STRING },
        { CE_SLICE("dlqcode"), CE_SLICE("400"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY, .attrs = { attrs, 6, 6 } };
    const ce_attrs *sent;
    unsigned reasons = 0;

    open_stage(NULL);
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "new"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive_message(rig.source, &m), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    sent = &ce_mem_sent_at(letters, 0)->message.attrs;
    for (unsigned i = 0; i < sent->len; i++)
        reasons += ce_slice_eq(sent->at[i].name, CE_SLICE("dlqreason"));
    EXPECT_EQ(reasons, 1);
    EXPECT_STR(letter("dlqreason"), "new");
    EXPECT_STR(letter("dlqcode"), "422");
    close_stage();
}

static const char structured[] =
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
    "\"n\":7,\"data\":{\"price\":1.50}}";

static void a_structured_event_stays_structured(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = ce_slice_of(structured),
                     .key = CE_SLICE("k") };
    const ce_message *sent;

    open_stage(NULL);
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive_message(rig.source, &m), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    sent = &ce_mem_sent_at(letters, 0)->message;
    EXPECT_EQ(sent->mode, CE_MODE_STRUCTURED);
    EXPECT_TEXT(sent->key, "k");
    EXPECT_STR(letter("id"), "1");
    EXPECT_STR(letter("n"), "7");
    EXPECT_STR(letter("dlqcode"), "422");
    EXPECT(memmem(sent->body.ptr, sent->body.len, "1.50", 4) != NULL);
    close_stage();
}

static void a_letter_around_an_event_is_structured(void)
{
    ce_delivery like = {
        .message = { .mode = CE_MODE_NONE,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = CE_SLICE("{\"specversion\":\"1.0\"}") },
        .origin = { .partition = -1, .offset = -1 },
        .defect = { .reason = "bad" },
    };

    open_stage(NULL);
    ce_mem_script(rig.sink, (ce_mem_answer){ malformed(0, "bad"), 0, 0 });
    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
    REQUIRE_EQ(ce_mem_count(letters), 1);
    EXPECT_EQ(ce_mem_sent_at(letters, 0)->message.mode, CE_MODE_STRUCTURED);
    EXPECT_STR(letter("type"), "cebridge.malformed");
    EXPECT_STR(letter("datacontenttype"), "application/cloudevents+json");
    close_stage();
}

static void without_memory_for_a_letter_nothing_is_lost(void)
{
    for (long at = 0; at < 40; at++) {
        const ce_mem_outcome *o;
        int n;

        open_stage(NULL);
        ce_mem_always(rig.sink, ce_mem_hold);
        n = ce_mem_arrive_event(rig.source, "1", NULL);
        REQUIRE_CMP(n, >=, 0);
        ce_memory_fail_at(at);
        ce_mem_release(rig.sink, 0, ce_rig_nack(422, "no"));
        ce_memory_heal();
        o = ce_rig_outcome(&rig, n);
        EXPECT_EQ(o->settlements, 1);
        if (o->result.verdict == CE_ACK)
            EXPECT_EQ(ce_mem_count(letters), 1);
        else
            EXPECT_VERDICT(o->result, CE_UNDELIVERED);
        close_stage();
    }
}

static void without_memory_it_does_not_open(void)
{
    ce_dead_letter_config c = { .route = "r" };
    ce_stage *s;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_dead_letter_stage(&s, NULL, &c), CE_ENOMEM);
    ce_memory_unwatch();
}

TESTS("dead_letter", TEST(what_is_delivered_makes_no_letter),
      TEST(what_is_refused_becomes_a_letter), TEST(the_letter_is_the_event),
      TEST(what_was_given_up_says_how_often),
      TEST(what_may_be_tried_again_is_no_letter),
      TEST(a_letter_without_code_and_reason_has_none),
      TEST(the_source_hears_when_the_letter_has_arrived),
      TEST(a_letter_that_fails_leaves_the_event_with_its_source),
      TEST(a_malformed_message_is_wrapped),
      TEST(what_is_no_attribute_is_among_the_headers),
      TEST(a_record_that_comes_again_makes_the_same_id),
      TEST(what_is_not_known_is_not_invented),
      TEST(who_waits_for_the_answer_gets_a_malformed_message_back),
      TEST(any_reason_makes_a_valid_letter),
      TEST(a_letter_that_is_refused_again_says_the_new_reason_once),
      TEST(a_structured_event_stays_structured),
      TEST(a_letter_around_an_event_is_structured),
      TEST(without_memory_for_a_letter_nothing_is_lost),
      TEST(without_memory_it_does_not_open))
