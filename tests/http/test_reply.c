/* SPDX-License-Identifier: Apache-2.0 */
/* Replies that do not go as headers as they are: nothing of them is lost. */
#include <cloudevents/event.h>

#include "tests/http/raw_client.h"

static rig now;
static client peer;

static void answer_with(ce_slice id, ce_slice value)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), id, CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/r"), CE_URI_REF },
        { CE_SLICE("type"), CE_SLICE("r"), CE_STRING },
        { CE_SLICE("empty"), value, CE_STRING },
        { CE_SLICE("full"), CE_SLICE("x"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain; a=b"),
                     .body = CE_SLICE("reply"),
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };

    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/");
    now.answer = (ce_result){ .verdict = CE_ACK, .reply = &m };
    client_ask_once(&peer, &now, EVENT);
    rig_close(&now);
}

static void expect_attribute(const ce_event *e, const char *name,
                             const char *value)
{
    const ce_attr *a = ce_event_get(e, name);

    REQUIRE(a != NULL);
    EXPECT_TEXT_ROW(name, a->text, value);
}

/* libmicrohttpd takes no header without a value. */
static void an_empty_attribute_makes_a_reply_structured(void)
{
    ce_arena *arena = ce_arena_new();
    ce_event e;

    answer_with(CE_SLICE("1"), CE_SLICE(""));
    EXPECT_EQ(peer.status, 200);
    EXPECT_STR(client_header(&peer, "Content-Type"),
               "application/cloudevents+json");
    REQUIRE_OK(ce_format_json.decode(ce_slice_of(peer.body), arena, &e, NULL));
    expect_attribute(&e, "id", "1");
    expect_attribute(&e, "empty", "");
    expect_attribute(&e, "full", "x");
    expect_attribute(&e, "datacontenttype", "text/plain; a=b");
    EXPECT_TEXT(e.data, "reply");
    ce_arena_free(arena);
}

static void other_replies_stay_binary(void)
{
    answer_with(CE_SLICE("1"), CE_SLICE(" "));
    EXPECT_EQ(peer.status, 200);
    EXPECT_STR(client_header(&peer, "Content-Type"), "text/plain; a=b");
    EXPECT_STR(client_header(&peer, "ce-empty"), "%20");
    EXPECT_STR(peer.body, "reply");
}

static void what_is_no_event_without_its_empty_attribute_is_502(void)
{
    answer_with(CE_SLICE(""), CE_SLICE("x"));
    EXPECT_EQ(peer.status, 502);
    EXPECT(client_says(&peer, "the reply cannot be written"));
}

TESTS("http reply", TEST(an_empty_attribute_makes_a_reply_structured),
      TEST(other_replies_stay_binary),
      TEST(what_is_no_event_without_its_empty_attribute_is_502))
