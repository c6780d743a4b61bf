/* SPDX-License-Identifier: Apache-2.0 */
/* Events without a trace get the one of their message. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

#include "core/transport/tracing.h"

#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define OTHER "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
#define LATER "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-x"
#define EVENT(members)                                                         \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                     \
    "s\",\"type\":\"t\"" members "}"

static ce_rig rig;
static ce_meter meter;

static void open_stage(void)
{
    ce_stage *s;

    meter = (ce_meter){ .tolerated = 0 };
    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_tracing_stage(&s, rig.top, &meter));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void send(ce_message m, ce_attr *headers, unsigned count)
{
    const ce_delivery like = {
        .message = m, .origin = { .metadata = { headers, count, count } }
    };
    int n = ce_mem_arrive(rig.source, &like);

    REQUIRE_CMP(n, >=, 0);
    REQUIRE_EQ(ce_mem_count(rig.sink), 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
}

static const char *sent(const char *name)
{
    const char *text = ce_mem_sent_attribute(rig.sink, 0, name);

    return text ? text : "none";
}

static ce_message structured(const char *text)
{
    return (ce_message){ .mode = CE_MODE_STRUCTURED,
                         .format = &ce_format_json,
                         .content_type =
                             CE_SLICE("application/cloudevents+json"),
                         .body = ce_slice_of(text) };
}

static ce_message binary(ce_attr attrs[4])
{
    attrs[0] = (ce_attr){ CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING };
    attrs[1] = (ce_attr){ CE_SLICE("id"), CE_SLICE("1"), CE_STRING };
    attrs[2] = (ce_attr){ CE_SLICE("source"), CE_SLICE("/s"), CE_STRING };
    attrs[3] = (ce_attr){ CE_SLICE("type"), CE_SLICE("t"), CE_STRING };
    return (ce_message){ .mode = CE_MODE_BINARY,
                         .body = CE_SLICE("x"),
                         .attrs = { attrs, 4, 4 } };
}

/* EXT-12, EXT-13 */
static void an_event_without_a_trace_gets_that_of_its_message(void)
{
    ce_attr attrs[4];
    ce_attr headers[] = {
        { CE_SLICE("X-Other"), CE_SLICE("x"), CE_STRING },
        { CE_SLICE("Traceparent"), CE_SLICE(PARENT), CE_STRING },
        { CE_SLICE("tracestate"), CE_SLICE("a=1"), CE_STRING },
        { CE_SLICE("tracestate"), CE_SLICE("b=2"), CE_STRING },
    };
    const ce_message both[] = { structured(EVENT("")), binary(attrs) };

    for (size_t i = 0; i < COUNT(both); i++) {
        open_stage();
        send(both[i], headers, COUNT(headers));
        EXPECT_STR(sent("traceparent"), PARENT);
        EXPECT_STR(sent("tracestate"), "a=1,b=2");
        EXPECT_STR(sent("xother"), "none");
        EXPECT_EQ(meter.tolerated, 0);
        ce_rig_close(&rig, NULL);
    }
}

/* EXT-10, EXT-11 */
static void what_the_event_says_itself_stays(void)
{
    static const char *const events[] = {
        EVENT(",\"traceparent\":\"" OTHER "\""),
        EVENT(",\"traceparent\":\"x\""),
        EVENT(",\"tracestate\":\"c=3\""),
        EVENT(",\"dssematerial\":\"AQ==\""),
    };
    ce_attr headers[] = {
        { CE_SLICE("traceparent"), CE_SLICE(PARENT), CE_STRING },
        { CE_SLICE("tracestate"), CE_SLICE("a=1"), CE_STRING },
    };

    for (size_t i = 0; i < COUNT(events); i++) {
        open_stage();
        send(structured(events[i]), headers, COUNT(headers));
        EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, events[i]);
        ce_rig_close(&rig, NULL);
    }
}

typedef struct row {
    const char *title, *parent, *second, *state;
    const char *traceparent, *tracestate;
    unsigned tolerated;
} row;

static const row rows[] = {
    { "no header", NULL, NULL, NULL, "none", "none", 0 },
    { "a state without a parent", NULL, NULL, "a=1", "none", "none", 0 },
    { "a parent alone", PARENT, NULL, NULL, PARENT, "none", 0 },
    { "an invalid parent", "00-1-2-3", NULL, "a=1", "none", "none", 1 },
    { "two parents", PARENT, OTHER, NULL, "none", "none", 1 },
    { "two, of a version with more behind it", LATER, OTHER, NULL, "none",
      "none", 1 },
    { "an invalid state", PARENT, NULL, "A", PARENT, "none", 1 },
};

static void add(ce_attr *headers, unsigned *n, const char *name,
                const char *text)
{
    if (text)
        headers[(*n)++] =
            (ce_attr){ ce_slice_of(name), ce_slice_of(text), CE_STRING };
}

static void what_is_invalid_is_ignored_and_counted(void)
{
    for (const row *r = rows; r < rows + COUNT(rows); r++) {
        ce_attr headers[3];
        unsigned n = 0;

        add(headers, &n, "traceparent", r->parent);
        add(headers, &n, "traceparent", r->second);
        add(headers, &n, "tracestate", r->state);
        open_stage();
        send(structured(EVENT("")), headers, n);
        EXPECT_STR_ROW(r->title, sent("traceparent"), r->traceparent);
        EXPECT_STR_ROW(r->title, sent("tracestate"), r->tracestate);
        EXPECT_EQ_ROW(r->title, meter.tolerated, r->tolerated);
        ce_rig_close(&rig, NULL);
    }
}

/* The first members of a list that is too long are no list. */
static void a_state_in_too_many_headers_is_ignored(void)
{
    static const ce_attr state = { CE_SLICE("tracestate"), CE_SLICE("a=1"),
                                   CE_STRING };
    ce_attr headers[200] = { { CE_SLICE("traceparent"), CE_SLICE(PARENT),
                               CE_STRING } };

    for (size_t i = 1; i < COUNT(headers); i++)
        headers[i] = state;
    open_stage();
    send(structured(EVENT("")), headers, COUNT(headers));
    EXPECT_STR(sent("traceparent"), PARENT);
    EXPECT_STR(sent("tracestate"), "none");
    EXPECT_EQ(meter.tolerated, 1);
    ce_rig_close(&rig, NULL);
}

static unsigned shown(const char *event, ce_attr out[CE_TRACE_FIELDS])
{
    ce_delivery d = { .message = structured(event), .arena = ce_arena_new() };
    unsigned n;

    REQUIRE(d.arena != NULL);
    n = ce_trace_fields(&d, out);
    ce_arena_free(d.arena);
    return n;
}

static void a_sink_shows_what_is_valid(void)
{
    ce_attr out[CE_TRACE_FIELDS];

    EXPECT_EQ(shown(EVENT(""), out), 0);
    EXPECT_EQ(shown(EVENT(",\"tracestate\":\"a=1\""), out), 0);
    EXPECT_EQ(shown(EVENT(",\"traceparent\":\"x\""), out), 0);
    EXPECT_EQ(shown(EVENT(",\"traceparent\":\"" PARENT "\""), out), 1);
    EXPECT_EQ(
        shown(EVENT(",\"traceparent\":\"" PARENT "\",\"tracestate\":\"a\""),
              out),
        1);
    EXPECT_EQ(
        shown(EVENT(",\"traceparent\":\"" PARENT "\",\"tracestate\":\"a=1\""),
              out),
        2);
}

TESTS("stages/tracing", TEST(an_event_without_a_trace_gets_that_of_its_message),
      TEST(what_the_event_says_itself_stays),
      TEST(what_is_invalid_is_ignored_and_counted),
      TEST(a_state_in_too_many_headers_is_ignored),
      TEST(a_sink_shows_what_is_valid))
