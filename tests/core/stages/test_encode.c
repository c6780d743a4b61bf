/* SPDX-License-Identifier: Apache-2.0 */
/* Messages leave in the mode that the sink was configured for. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

static ce_rig rig;

static void open_format(ce_mode mode, const char *format)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_encode_stage(&s, rig.top, mode,
                               ce_format_named(ce_slice_of(format))));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void open_stage(ce_mode mode)
{
    open_format(mode, "json");
}

static const char text[] =
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
    "\"subject\":\"x y\", \"n\":7,\"data\":{\"price\":1.50}}";

static ce_message structured(void)
{
    return (ce_message){
        .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json; charset=utf-8"),
        .body = ce_slice_of(text),
        .key = CE_SLICE("k"),
    };
}

static const ce_message *send(const ce_message *m)
{
    int n = ce_mem_arrive_message(rig.source, m);

    REQUIRE_CMP(n, >=, 0);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    return &ce_mem_sent_at(rig.sink, 0)->message;
}

static void keep_keeps(void)
{
    ce_message m = structured();
    const ce_message *sent;

    open_stage(CE_MODE_NONE);
    sent = send(&m);
    EXPECT_EQ(sent->mode, CE_MODE_STRUCTURED);
    EXPECT_TEXT(sent->body, text);
    EXPECT_TEXT(sent->content_type, m.content_type);
    EXPECT_TEXT(sent->key, "k");
    ce_rig_close(&rig, NULL);
}

static void the_same_mode_is_not_written_anew(void)
{
    ce_message m = structured();
    const ce_message *sent;

    open_stage(CE_MODE_STRUCTURED);
    sent = send(&m);
    EXPECT_TEXT(sent->body, text);
    EXPECT_TEXT(sent->content_type, m.content_type);
    ce_rig_close(&rig, NULL);
}

static void structured_becomes_binary(void)
{
    ce_message m = structured();
    const ce_message *sent;

    open_stage(CE_MODE_BINARY);
    sent = send(&m);
    EXPECT_EQ(sent->mode, CE_MODE_BINARY);
    EXPECT_TEXT(sent->body, "{\"price\":1.50}");
    EXPECT_TEXT(sent->content_type, "application/json");
    EXPECT_TEXT(sent->key, "k");
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "subject"), "x y");
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "n"), "7");
    ce_rig_close(&rig, NULL);
}

static void binary_becomes_structured(void)
{
    const ce_message *sent;

    open_stage(CE_MODE_STRUCTURED);
    REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", "p"), >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    sent = &ce_mem_sent_at(rig.sink, 0)->message;
    EXPECT_EQ(sent->mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(sent->format, &ce_format_json);
    EXPECT_EQ(ce_mode_of(sent->content_type), CE_MODE_STRUCTURED);
    EXPECT_EQ(sent->attrs.len, 0);
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "partitionkey"), "p");
    EXPECT_STR(ce_mem_sent_attribute(rig.sink, 0, "datacontenttype"),
               "text/plain");
    EXPECT(memmem(sent->body.ptr, sent->body.len, "\"data\"", 6) != NULL);
    ce_rig_close(&rig, NULL);
}

static void a_format_becomes_another(void)
{
    static const char *const names[] = { "protobuf", "avro", "xml" };

    for (size_t i = 0; i < COUNT(names); i++) {
        const ce_format *f = ce_format_named(ce_slice_of(names[i]));
        ce_message m = structured();
        const ce_message *sent;
        char kept[1000];

        open_format(CE_MODE_STRUCTURED, names[i]);
        sent = send(&m);
        EXPECT_EQ(sent->mode, CE_MODE_STRUCTURED);
        EXPECT_EQ(sent->format, f);
        EXPECT_TEXT(sent->content_type, f->media_type);
        EXPECT_TEXT(sent->key, "k");
        REQUIRE_CMP(sent->body.len, <=, sizeof kept);
        memcpy(kept, sent->body.ptr, sent->body.len);
        m.body = (ce_slice){ kept, sent->body.len };
        m.format = f;
        ce_rig_close(&rig, NULL);

        open_stage(CE_MODE_STRUCTURED);
        sent = send(&m);
        EXPECT_EQ(sent->format, &ce_format_json);
        EXPECT(memmem(sent->body.ptr, sent->body.len, "{\"price\":1.50}", 14));
        EXPECT(memmem(sent->body.ptr, sent->body.len, "\"n\":7", 5));
        ce_rig_close(&rig, NULL);

        open_stage(CE_MODE_NONE);
        EXPECT_TEXT(send(&m)->body, m.body);
        ce_rig_close(&rig, NULL);
    }
}

static void what_a_format_cannot_carry_is_refused(void)
{
    static const char digit[] =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
        "\"type\":\"t\",\"1st\":\"x\"}";
    ce_message m = structured();
    const ce_mem_outcome *o;
    int n;

    m.body = CE_SLICE(digit);
    open_format(CE_MODE_STRUCTURED, "xml");
    n = ce_mem_arrive_message(rig.source, &m);
    REQUIRE_CMP(n, >=, 0);
    o = ce_rig_outcome(&rig, n);
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT_STR(o->result.reason,
               "xml cannot carry attribute \"1st\": the name of "
               "an element begins with a letter");
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    ce_rig_close(&rig, NULL);
}

static void what_cannot_be_written_is_refused(void)
{
    ce_delivery like = { .message = { .mode = CE_MODE_NONE,
                                      .body = CE_SLICE("x") },
                         .origin = { .partition = -1, .offset = -1 } };
    const ce_mem_outcome *o;

    open_stage(CE_MODE_STRUCTURED);
    o = ce_rig_outcome(&rig, ce_mem_arrive(rig.source, &like));
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT(o->result.reason[0]);
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    ce_rig_close(&rig, NULL);
}

static void without_memory_events_stay_with_their_source(void)
{
    static const ce_mode modes[] = { CE_MODE_BINARY, CE_MODE_STRUCTURED };

    for (unsigned k = 0; k < 2; k++)
        for (long at = 0; at < 10; at++) {
            ce_message m = structured();
            const ce_mem_outcome *o;
            int n;

            open_stage(modes[k]);
            m.body = ce_slice_of(text);
            ce_memory_fail_at(at);
            n = k ? ce_mem_arrive_event(rig.source, "1", NULL)
                  : ce_mem_arrive_message(rig.source, &m);
            ce_memory_heal();
            if (n >= 0) {
                o = ce_rig_outcome(&rig, n);
                EXPECT_EQ(o->settlements, 1);
                EXPECT_CMP(o->result.verdict, !=, CE_NACK);
            }
            ce_rig_close(&rig, NULL);
        }
}

static void without_memory_it_does_not_open(void)
{
    ce_stage *s;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_encode_stage(&s, NULL, CE_MODE_BINARY, NULL), CE_ENOMEM);
    ce_memory_unwatch();
}

TESTS("encode", TEST(keep_keeps), TEST(the_same_mode_is_not_written_anew),
      TEST(structured_becomes_binary), TEST(binary_becomes_structured),
      TEST(what_cannot_be_written_is_refused),
      TEST(without_memory_events_stay_with_their_source),
      TEST(without_memory_it_does_not_open), TEST(a_format_becomes_another),
      TEST(what_a_format_cannot_carry_is_refused))
