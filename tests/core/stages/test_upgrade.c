/* SPDX-License-Identifier: Apache-2.0 */
/* Events of CloudEvents 0.3 become 1.0 events in the mode that they have. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

static ce_rig rig;

static void open_stage(void)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_upgrade_stage(&s, rig.top));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static ce_message structured(const char *body)
{
    return (ce_message){
        .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json"),
        .body = ce_slice_of(body),
        .key = CE_SLICE("k"),
    };
}

#define EVENT(version, members)                                                \
    "{\"specversion\":\"" version "\",\"id\":\"1\",\"source\":\"/s\","         \
    "\"type\":\"t\"" members "}"

static void a_structured_event_stays_structured(void)
{
    ce_message m = structured(EVENT("0.3", ",\"schemaurl\":\"http://a/b\""));
    const ce_message *sent;
    int n;

    open_stage();
    n = ce_mem_arrive_message(rig.source, &m);
    REQUIRE_CMP(n, >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    sent = &ce_mem_sent_at(rig.sink, 0)->message;
    EXPECT_EQ(sent->mode, CE_MODE_STRUCTURED);
    EXPECT_TEXT(sent->body, EVENT("1.0", ",\"dataschema\":\"http://a/b\""));
    EXPECT_TEXT(sent->key, "k");
    ce_rig_close(&rig, NULL);
}

static void a_binary_event_stays_binary(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("0.3"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
        { CE_SLICE("datacontentencoding"), CE_SLICE("base64"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain"),
                     .body = CE_SLICE("aGVsbG8="),
                     .attrs = { attrs, 5, 5 } };
    const ce_message *sent;

    open_stage();
    REQUIRE_CMP(ce_mem_arrive_message(rig.source, &m), >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    sent = &ce_mem_sent_at(rig.sink, 0)->message;
    EXPECT_EQ(sent->mode, CE_MODE_BINARY);
    EXPECT_EQ(sent->attrs.len, 4);
    EXPECT_TEXT(sent->attrs.at[0].text, "1.0");
    EXPECT_TEXT(sent->content_type, "text/plain");
    EXPECT_TEXT(sent->body, "hello");
    ce_rig_close(&rig, NULL);
}

static void a_1_0_event_is_not_touched(void)
{
    static const char text[] = EVENT("1.0", ", \"n\" : 5");
    ce_message m = structured(text);

    open_stage();
    REQUIRE_CMP(ce_mem_arrive_message(rig.source, &m), >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, text);
    ce_rig_close(&rig, NULL);
}

static void what_has_no_1_0_form_is_refused(void)
{
    ce_message m = structured(EVENT("0.3", ",\"schemaurl\":\"/x\""));
    const ce_mem_outcome *o;
    int n;

    open_stage();
    n = ce_mem_arrive_message(rig.source, &m);
    REQUIRE_CMP(n, >=, 0);
    o = ce_rig_outcome(&rig, n);
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT(o->result.malformed);
    EXPECT_CONTAINS(o->result.reason, "dataschema");
    EXPECT_EQ(ce_mem_count(rig.sink), 0);
    ce_rig_close(&rig, NULL);
}

static void without_memory_events_stay_with_their_source(void)
{
    for (long at = 0; at < 12; at++) {
        ce_message m =
            structured(EVENT("0.3", ",\"schemaurl\":\"http://a/b\""));
        int n;

        open_stage();
        ce_memory_fail_at(at);
        n = ce_mem_arrive_message(rig.source, &m);
        ce_memory_heal();
        if (n >= 0)
            EXPECT_CMP(ce_rig_outcome(&rig, n)->result.verdict, !=, CE_NACK);
        ce_rig_close(&rig, NULL);
    }
}

TESTS("upgrade", TEST(a_structured_event_stays_structured),
      TEST(a_binary_event_stays_binary), TEST(a_1_0_event_is_not_touched),
      TEST(what_has_no_1_0_form_is_refused),
      TEST(without_memory_events_stay_with_their_source))
