/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP binding of CloudEvents, both ways, without a connection. */
#include "tests/support/ce_test.h"

#include "bindings/http/http.h"
#include "core/json/scan.h"

#define FIELDS                                                                 \
    "ce-specversion: 1.0\nce-id: 1\nce-source: /s\nce-type: com.example.t\n"

#define STRUCTURED                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}"

static ce_arena *arena;
static ce_message got;
static ce_defect defect;
static ce_event event;
static ce_error why;

/* --- reading --- */

/* HEAD has one header per line. */
static void read_as(const char *head, const char *body, bool lenient)
{
    ce_http_reader reader = { .lenient = lenient };

    if (!arena)
        arena = ce_arena_new();
    REQUIRE(arena != NULL);
    ce_arena_reset(arena);
    reader.arena = arena;
    for (const char *line = head, *end; *line; line = end + 1) {
        const char *colon = strchr(line, ':');

        end = strchr(line, '\n');
        REQUIRE(colon != NULL);
        REQUIRE(end != NULL);
        REQUIRE_CMP(colon, <, end);
        ce_http_read_header(
            &reader, (ce_slice){ line, (size_t)(colon - line) },
            ce_slice_trim((ce_slice){ colon + 1, (size_t)(end - colon - 1) }));
    }
    REQUIRE_OK(ce_http_read_message(&reader, ce_slice_of(body), &got, &defect));
}

static void read_message(const char *head, const char *body)
{
    read_as(head, body, false);
}

/* Whether all of it is a valid event; else WHY says what is wrong. */
static bool is_event(const char *head, const char *body)
{
    read_message(head, body);
    event = (ce_event){ .arena = arena };
    why.text[0] = '\0';
    if (got.mode == CE_MODE_NONE) {
        snprintf(why.text, sizeof why.text, "%s", defect.reason);
        return false;
    }
    return ce_message_decode(&got, arena, &event, &why) == CE_OK;
}

static const struct {
    const char *name, *head;
    ce_mode mode;
    int code;
} modes_by_type[] = {
    { "HTTP-03 other", FIELDS "Content-Type: text/plain\n", CE_MODE_BINARY, 0 },
    { "HTTP-03 none", FIELDS, CE_MODE_BINARY, 0 },
    { "HTTP-03 structured", "Content-Type: application/cloudevents+json\n",
      CE_MODE_STRUCTURED, 0 },
    { "HTTP-03 batch", "Content-Type: application/cloudevents-batch+json\n",
      CE_MODE_BATCH, 0 },
    { "HTTP-03 any case", "content-TYPE: Application/CloudEvents+JSON\n",
      CE_MODE_STRUCTURED, 0 },
    { "HTTP-03 batch in any case",
      "CONTENT-TYPE: application/CLOUDEVENTS-Batch+json\n", CE_MODE_BATCH, 0 },
    { "HTTP-04 with a parameter",
      "Content-Type: application/cloudevents+json; charset=UTF-8\n",
      CE_MODE_STRUCTURED, 0 },
    { "HTTP-04 with a quoted parameter",
      "Content-Type: application/cloudevents+json;charset=\"utf-8\"\n",
      CE_MODE_STRUCTURED, 0 },
    { "HTTP-04 with parameters",
      "Content-Type: application/cloudevents+json ; a=b; c=d\n",
      CE_MODE_STRUCTURED, 0 },
    { "HTTP-05 an unknown format",
      "Content-Type: application/cloudevents+cbor\n", CE_MODE_NONE, 415 },
    { "HTTP-05 an unknown format with attributes",
      FIELDS "Content-Type: application/cloudevents+cbor\n", CE_MODE_NONE,
      415 },
    { "HTTP-05 an unknown batch",
      "Content-Type: application/cloudevents-batch+cbor\n", CE_MODE_NONE, 415 },
    { "HTTP-06 no suffix", FIELDS "Content-Type: application/cloudevents\n",
      CE_MODE_NONE, 415 },
    { "HTTP-06 a foreign tail",
      FIELDS "Content-Type: application/cloudeventsx\n", CE_MODE_NONE, 415 },
    { "another charset",
      "Content-Type: application/cloudevents+json; charset=utf-16\n",
      CE_MODE_NONE, 415 },
    { "two content types",
      FIELDS "Content-Type: text/plain\nContent-Type: text/plain\n",
      CE_MODE_NONE, 0 },
    { "two modes",
      FIELDS "Content-Type: text/plain\n"
             "Content-Type: application/cloudevents+json\n",
      CE_MODE_NONE, 0 },
};

static void the_content_type_tells_the_mode(void)
{
    for (size_t i = 0; i < COUNT(modes_by_type); i++) {
        read_message(modes_by_type[i].head, "{}");
        EXPECT_EQ_ROW(modes_by_type[i].name, got.mode, modes_by_type[i].mode);
        EXPECT_EQ_ROW(modes_by_type[i].name, defect.code,
                      modes_by_type[i].code);
        EXPECT_EQ_ROW(modes_by_type[i].name, (defect.reason != NULL),
                      (got.mode == 0));
        EXPECT_ROW(modes_by_type[i].name, !defect.plain);
    }
}

static void a_defect_names_the_format_or_the_header(void)
{
    EXPECT(!is_event("Content-Type: application/cloudevents+cbor\n", "{}"));
    EXPECT_STR(why.text, "event format \"application/cloudevents+cbor\" is "
                         "not supported");
    EXPECT(!is_event(FIELDS "ce-subject: 100%\n", ""));
    EXPECT_CONTAINS(why.text, "header \"ce-subject\": ");
    EXPECT(!is_event(FIELDS "Content-Type: a/b\nContent-Type: a/b\n", ""));
    EXPECT_CONTAINS(why.text, "\"Content-Type\"");
}

static void an_event_has_the_required_attributes(void)
{
    static const struct {
        const char *name, *head, *missing;
    } rows[] = {
        { "HTTP-07 id", "ce-specversion: 1.0\nce-source: /s\nce-type: t\n",
          "id" },
        { "HTTP-07 source", "ce-specversion: 1.0\nce-id: 1\nce-type: t\n",
          "source" },
        { "HTTP-07 type", "ce-specversion: 1.0\nce-id: 1\nce-source: /s\n",
          "type" },
        { "HTTP-07 specversion", "ce-id: 1\nce-source: /s\nce-type: t\n",
          "specversion" },
        { "HTTP-07 an empty id",
          "ce-specversion: 1.0\nce-id:\nce-source: /s\nce-type: t\n", "id" },
        { "an unknown version",
          "ce-specversion: 9.9\nce-id: 1\nce-source: /s\nce-type: t\n",
          "specversion" },
        { "HTTP-27 joined by a proxy",
          "ce-specversion: 1.0, 1.0\nce-id: 1, 1\nce-source: /s\nce-type: t\n",
          "specversion" },
    };

    EXPECT(is_event(FIELDS, ""));
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_ROW(rows[i].name, !is_event(rows[i].head, ""));
        EXPECT_CONTAINS_ROW(rows[i].name, why.text, rows[i].missing);
        EXPECT_ROW(rows[i].name, !defect.plain);
    }
}

static void what_claims_nothing_is_plain(void)
{
    read_message("Content-Type: application/json\nX-A: b\n", "{}");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(defect.plain);
    EXPECT_TEXT(got.body, "{}");
    EXPECT_TEXT(got.content_type, "application/json");
    read_message("X-ce-id: 1\nce: 2\n", "x");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(defect.plain);
}

static void the_body_is_the_data(void)
{
    /* HTTP-20, HTTP-21 */
    REQUIRE(is_event(FIELDS "Content-Type: text/plain; a=\"b c\"; x=%41\n",
                     "\x01 %41\n"));
    EXPECT_TEXT(event.data, "\x01 %41\n");
    EXPECT_TEXT(ce_event_text(&event, "datacontenttype"),
                "text/plain; a=\"b c\"; x=%41");
    /* HTTP-26: no default. */
    REQUIRE(is_event(FIELDS, "{}"));
    EXPECT(!ce_event_get(&event, "datacontenttype"));
    /* HTTP-29 */
    REQUIRE(is_event(FIELDS, NULL));
    EXPECT_EQ(event.data_kind, CE_DATA_NONE);
}

static void datacontenttype_has_no_header_of_its_own(void)
{
    /* HTTP-22 */
    EXPECT(
        is_event(FIELDS "Content-Type: a/b\nce-datacontenttype: a/b\n", "x"));
    EXPECT_TEXT(ce_event_text(&event, "datacontenttype"), "a/b");
    EXPECT(
        !is_event(FIELDS "Content-Type: a/b\nce-datacontenttype: a/c\n", "x"));
    EXPECT_CONTAINS(why.text, "ce-datacontenttype");
    EXPECT(!is_event(FIELDS "ce-datacontenttype: a/b\n", "x"));
    EXPECT_CONTAINS(why.text, "ce-datacontenttype");
}

static void other_headers_are_attributes_whatever_their_case(void)
{
    /* HTTP-23, HTTP-25 */
    REQUIRE(
        is_event("CE-SpecVersion: 1.0\nCe-Id: A\nce-SOURCE: /s\ncE-type: t\n"
                 "Ce-TraceParent: 00-a-b-01\ntraceparent: other\n"
                 "Authorization: secret\n",
                 "x"));
    EXPECT_EQ(got.attrs.len, 5);
    EXPECT_TEXT(ce_event_text(&event, "id"), "A");
    EXPECT_TEXT(ce_event_text(&event, "traceparent"), "00-a-b-01");
}

static void a_header_twice_is_refused(void)
{
    static const char *const heads[] = {
        FIELDS "ce-id: 1\n",
        FIELDS "CE-ID: 2\n",
        FIELDS "ce-x: 1\nce-y: 2\nce-x: 1\n",
    };

    /* HTTP-27 */
    for (size_t i = 0; i < COUNT(heads); i++) {
        EXPECT_ROW(heads[i], !is_event(heads[i], ""));
        EXPECT_CONTAINS_ROW(heads[i], why.text, i < 2 ? "id" : "x");
    }
}

static void names_obey_the_rules_of_attributes(void)
{
    /* HTTP-28 */
    EXPECT(!is_event(FIELDS "ce-data: 1\n", ""));
    EXPECT_CONTAINS(why.text, "data");
    EXPECT(!is_event(FIELDS "ce-: 1\n", ""));
    EXPECT(!is_event(FIELDS "CE-:\n", ""));
    EXPECT(!is_event(FIELDS "ce-with-dash: 1\n", ""));
    EXPECT(!is_event(FIELDS "ce-under_score: 1\n", ""));
    EXPECT(!is_event(FIELDS "ce-a.b: 1\n", ""));
    EXPECT(!is_event("ce-: 1\n", ""));
    EXPECT(!defect.plain);
    EXPECT(is_event(FIELDS "ce-0: 1\n", ""));
    EXPECT(is_event(FIELDS "CE-UPPER: 1\n", ""));
    EXPECT_TEXT(ce_event_text(&event, "upper"), "1");
    EXPECT(is_event("Content-Type: application/cloudevents+json\nce-: 1\n",
                    STRUCTURED));
}

static void values_are_decoded(void)
{
    static const struct {
        const char *name, *value, *expected; /* NULL: refused */
    } rows[] = {
        { "HTTP-44", "Euro%20%E2%82%AC%20%F0%9F%98%80",
          "Euro \xe2\x82\xac \xf0\x9f\x98\x80" },
        { "HTTP-45 a plus is a plus", "a+b", "a+b" },
        { "HTTP-46 quoted", "\"a \\\"b\\\"%21\"", "a \"b\"!" },
        { "HTTP-47", "%30%31%c3%a4", "01\xc3\xa4" },
        { "HTTP-48", "%C0%A0", NULL },
        { "HTTP-49", "%2541", "%41" },
        { "HTTP-50", "\"a", NULL },
        { "HTTP-51", "100%", NULL },
        { "HTTP-52 UTF-8", "\xc3\xa4", "\xc3\xa4" },
        { "HTTP-52 Latin-1", "\xe4", NULL },
        { "HTTP-53 a line break", "a%0Ab", NULL },
        { "HTTP-53 two lines", "a%0D%0AX-Injected:%20b", NULL },
        { "HTTP-53 NUL", "a%00b", NULL },
        { "HTTP-53 DEL", "a%7Fb", NULL },
        { "HTTP-53 a C1 control", "a%C2%85b", NULL },
        { "HTTP-53 a noncharacter", "a%EF%BF%BFb", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char head[300];
        bool fine;

        snprintf(head, sizeof head, FIELDS "ce-x: %s\n", rows[i].value);
        fine = is_event(head, "");
        EXPECT_EQ_ROW(rows[i].name, fine, (rows[i].expected != NULL));
        if (fine && rows[i].expected)
            EXPECT_TEXT(ce_event_text(&event, "x"), rows[i].expected);
        if (!fine)
            EXPECT_CONTAINS_ROW(rows[i].name, why.text, "x\"");
    }
}

static void a_switch_takes_what_is_not_encoded_literally(void)
{
    /* HTTP-51 */
    static const char *const texts[] = { "100%", "%zz", "say \"hi", "%C0%A0" };

    for (size_t i = 0; i < COUNT(texts); i++) {
        char head[300];

        snprintf(head, sizeof head, FIELDS "ce-x: %s\n", texts[i]);
        read_as(head, "", true);
        EXPECT_EQ_ROW(texts[i], got.mode, CE_MODE_BINARY);
        EXPECT_TEXT(ce_attrs_find(&got.attrs, CE_SLICE("x"))->text, texts[i]);
    }
    read_as(FIELDS "ce-x: a%20b\n", "", true);
    EXPECT_TEXT(ce_attrs_find(&got.attrs, CE_SLICE("x"))->text, "a b");
    read_as(FIELDS "ce-x: \xe4%\n", "", true);
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(defect.reason != NULL);
}

static void the_payload_of_a_structured_message_wins(void)
{
    static const char body[] = "{\"specversion\":\"1.0\",\"id\":\"in\","
                               "\"source\":\"/s\",\"type\":\"t\"}";

    /* HTTP-60, HTTP-61: not even a broken header matters. */
    REQUIRE(is_event("Content-Type: application/cloudevents+json\n"
                     "ce-id: out\nce-id: again\nce-x: 100%\n",
                     body));
    EXPECT_TEXT(ce_event_text(&event, "id"), "in");
    EXPECT(!ce_event_get(&event, "x"));
}

/* --- writing --- */

typedef struct written {
    char text[2048];
    unsigned count;
} written;

static ce_status write_line(void *arg, const char *name, const char *value)
{
    written *w = arg;
    size_t len = strlen(w->text);

    w->count++;
    snprintf(w->text + len, sizeof w->text - len, value ? "%s: %s\n" : "%s!\n",
             name, value);
    return CE_OK;
}

static ce_status write_message(written *w, const ce_message *m)
{
    ce_arena_reset(arena);
    *w = (written){ .count = 0 };
    return ce_http_write_headers(m, arena, write_line, w);
}

static void a_message_is_written_as_headers(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("a b%\"\xe2\x82\xac"), CE_STRING },
        { CE_SLICE("x"), CE_SLICE("a/b?c=d&e;f,(g)[h]{i}|~^'\\+"), CE_STRING },
        { CE_SLICE("empty"), CE_SLICE(""), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain; a=\"b c\""),
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };
    written w;

    /* HTTP-21, HTTP-22, HTTP-23, HTTP-24, HTTP-40, HTTP-42, HTTP-43, HTTP-45 */
    REQUIRE_OK(write_message(&w, &m));
    EXPECT_STR(w.text, "Content-Type: text/plain; a=\"b c\"\n"
                       "ce-specversion: 1.0\n"
                       "ce-id: a%20b%25%22%E2%82%AC\n"
                       "ce-x: a/b?c=d&e;f,(g)[h]{i}|~^'\\+\n"
                       "ce-empty: \n");
    /* HTTP-26 */
    m.content_type = (ce_slice){ NULL, 0 };
    REQUIRE_OK(write_message(&w, &m));
    EXPECT_STARTS(w.text, "Content-Type!\n");
    /* HTTP-60 */
    m.mode = CE_MODE_STRUCTURED;
    m.content_type = CE_SLICE("application/cloudevents+json; charset=utf-8");
    REQUIRE_OK(write_message(&w, &m));
    EXPECT_STR(w.text, "Content-Type: application/cloudevents+json; "
                       "charset=utf-8\n");
}

/* HTTP-41. Not even what no check has seen. */
static void nothing_becomes_another_header(void)
{
    static const char *const types[] = {
        "text/plain\r\nX-Injected: 1",
        "application/cloudevents+json\nX-Injected: 1",
        "text/plain\r",
        "text/plain\x7f",
    };
    static const char *const names[] = { "x\r\nX-Injected: 1\r\ny", "x: y",
                                         "x y", "", "X" };
    ce_attr attr = { CE_SLICE("x"), CE_SLICE("a\r\nX-Injected: 1"), CE_STRING };
    ce_message m = { .mode = CE_MODE_BINARY, .attrs = { &attr, 1, 1 } };
    written w;

    REQUIRE_OK(write_message(&w, &m));
    EXPECT_STR(w.text, "Content-Type!\nce-x: a%0D%0AX-Injected:%201\n");
    for (size_t i = 0; i < COUNT(names); i++) {
        attr.name = ce_slice_of(names[i]);
        EXPECT_STATUS_ROW(names[i], write_message(&w, &m), CE_EINVAL);
        EXPECT_EQ_ROW(names[i], w.count, 1);
    }
    for (size_t i = 0; i < COUNT(types); i++) {
        m.content_type = ce_slice_of(types[i]);
        m.mode = i % 2 ? CE_MODE_STRUCTURED : CE_MODE_BINARY;
        EXPECT_STATUS_ROW(types[i], write_message(&w, &m), CE_EINVAL);
        EXPECT_EQ_ROW(types[i], w.count, 0);
    }
}

static void what_is_written_is_read_again(void)
{
    static const char *const texts[] = {
        " ", "%", "\"", "\\", "a\"b\\c%41+ d", "\xc2\xa0", "\xf0\x9f\x98\x80",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        ce_attr attr = { CE_SLICE("x"), ce_slice_of(texts[i]), CE_STRING };
        ce_message m = { .mode = CE_MODE_BINARY, .attrs = { &attr, 1, 1 } };
        char head[400];
        written w;

        REQUIRE_OK(write_message(&w, &m));
        snprintf(head, sizeof head, FIELDS "%s", strchr(w.text, '\n') + 1);
        EXPECT_ROW(texts[i], is_event(head, ""));
        EXPECT_TEXT(ce_event_text(&event, "x"), texts[i]);
    }
}

/* --- problems --- */

static void a_problem_is_json_whatever_the_reason(void)
{
    static const char *const reasons[] = { "a \"b\"\\\n", "\xe4", NULL, "" };

    for (size_t i = 0; i < COUNT(reasons); i++) {
        ce_slice text;

        ce_arena_reset(arena);
        text = ce_http_problem(arena, 422, reasons[i]);
        EXPECT(text.ptr && ce_json_is_valid(text));
    }
    EXPECT_TEXT(ce_http_problem(arena, 415, "why"),
                "{\"type\":\"about:blank\",\"title\":\"Format not supported\","
                "\"status\":415,\"detail\":\"why\"}");
    ce_arena_free(arena);
}

static void attributes_have_a_limit(void)
{
    static const char *const names[] = { "ce-specversion", "ce-id", "ce-source",
                                         "ce-type" };

    for (unsigned max = 3; max <= 4; max++) {
        ce_http_reader reader = { .arena = ce_arena_new(),
                                  .max_attributes = max };

        for (size_t i = 0; i < COUNT(names); i++)
            ce_http_read_header(&reader, ce_slice_of(names[i]),
                                CE_SLICE("1.0"));
        REQUIRE_OK(ce_http_read_message(&reader, CE_SLICE("x"), &got, &defect));
        EXPECT_EQ(got.mode, max == 4 ? CE_MODE_BINARY : CE_MODE_NONE);
        if (max < 4)
            EXPECT_CONTAINS(defect.reason, "max_attributes");
        ce_arena_free(reader.arena);
    }
}

TESTS("http codec", TEST(the_content_type_tells_the_mode),
      TEST(a_defect_names_the_format_or_the_header),
      TEST(an_event_has_the_required_attributes),
      TEST(what_claims_nothing_is_plain), TEST(the_body_is_the_data),
      TEST(datacontenttype_has_no_header_of_its_own),
      TEST(other_headers_are_attributes_whatever_their_case),
      TEST(a_header_twice_is_refused), TEST(names_obey_the_rules_of_attributes),
      TEST(values_are_decoded),
      TEST(a_switch_takes_what_is_not_encoded_literally),
      TEST(the_payload_of_a_structured_message_wins),
      TEST(a_message_is_written_as_headers),
      TEST(nothing_becomes_another_header), TEST(what_is_written_is_read_again),
      TEST(a_problem_is_json_whatever_the_reason),
      TEST(attributes_have_a_limit))
