/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: what is planned, and what is said about the faulty ones. */
#include "tests/bridge/config/plan_rig.h"
#include "tests/support/cost.h"

#define ROUTE "routes:\n  r:\n    from: foreign://h:1/a\n"
#define TO "    to: file:x\n"

static const struct {
    const char *name, *text, *said;
} faulty_texts[] = {
    { "a key of a route", ROUTE TO "    retyr: {}\n",
      "bridge.yaml:5: unknown option \"retyr\", did you mean \"retry\"?" },
    { "a key of retry", ROUTE TO "    retry: { bse: 100ms }\n",
      "bridge.yaml:5: unknown option \"bse\", did you mean \"base\"?" },
    { "a key at the top", "adnim: http://h:1\n",
      "bridge.yaml:1: unknown option \"adnim\", did you mean "
      "\"admin\"?" },
    { "a parameter", ROUTE "    to: custody://h/t?qso=1\n",
      "bridge.yaml:4: unknown option \"qso\", did you mean \"qos\"?" },
    { "a parameter in a mapping",
      ROUTE "    to:\n      uri: custody://h/t\n      qso: 1\n",
      "bridge.yaml:6: unknown option \"qso\", did you mean \"qos\"?" },
    { "a parameter given twice",
      ROUTE "    to: { uri: \"custody://h/t?qos=1\", qos: 1 }\n",
      "bridge.yaml:4: option \"qos\" is given twice" },
    { "a value", ROUTE "    to: custody://h/t?qos=5\n",
      "bridge.yaml:4: qos: \"5\" is not one of 0|1|2" },
    { "a format", ROUTE "    to: custody://h/t?format=protobuff\n",
      "bridge.yaml:4: format: \"protobuff\" is not one of "
      "json|avro|protobuf|xml, did you mean \"protobuf\"?" },
    { "a format without its mode",
      ROUTE "    to: { uri: \"custody://h/t\", format: protobuf }\n",
      "bridge.yaml:4: format: \"protobuf\" needs mode=structured, and mode "
      "is \"keep\"" },
    { "a format with another mode",
      ROUTE "    to: custody://h/t?format=json&mode=binary\n",
      "bridge.yaml:4: format: \"json\" needs mode=structured, and mode is "
      "\"binary\"" },
    { "a status", ROUTE TO "    retry: { statuses: { 204: retry } }\n",
      "bridge.yaml:5: statuses: \"204\" is no status from 100 to 599 outside "
      "2xx" },
    { "a meaning", ROUTE TO "    retry: { statuses: \"404=later\" }\n",
      "bridge.yaml:5: statuses: 404 has to be retry or refuse: later" },
    { "a status without a meaning",
      ROUTE TO "    retry: { statuses: \"404=retry,500\" }\n",
      "bridge.yaml:5: statuses: \"500\" has to be STATUS=WORD" },
    { "a status twice",
      ROUTE TO "    retry: { statuses: \"404=retry,404=refuse\" }\n",
      "bridge.yaml:5: statuses: 404 is given twice" },
    { "a number for a name", ROUTE "    to: { uri: \"file:x\", name: 2 }\n",
      "bridge.yaml:4: name: \"2\" has to be a word" },
    { "a name twice",
      ROUTE "    to:\n      - { uri: \"file:x\", name: a }\n"
            "      - { uri: \"file:y\", name: a }\n",
      "bridge.yaml:6: two sinks have the name \"a\"" },
    { "a time", ROUTE TO "    retry: { base: 100 }\n",
      "bridge.yaml:5: base: \"100\" is not a time with a unit" },
    { "a base above the cap", ROUTE TO "    retry: { base: 2s, cap: 1s }\n",
      "bridge.yaml:5: retry: \"base\" is longer than \"cap\"" },
    { "a scheme", ROUTE "    to: amqp://h/t\n",
      "bridge.yaml:4: unknown scheme \"amqp\"" },
    { "no scheme", ROUTE "    to: out.ndjson\n",
      "bridge.yaml:4: \"out.ndjson\" is no endpoint; a file is written "
      "as file:PATH" },
    { "a role that is not there", ROUTE "    to: mute://h/t\n",
      "bridge.yaml:4: mute cannot be a sink" },
    { "no sink", "routes:\n  r:\n    from: foreign://h/a\n",
      "bridge.yaml:2: route \"r\" has no \"to\"" },
    { "an empty list of sinks", ROUTE "    to: []\n",
      "bridge.yaml:4: \"to\" is empty" },
    { "no source", "routes:\n  r:\n" TO,
      "bridge.yaml:2: route \"r\" has no \"from\"" },
    { "no URI", ROUTE "    to: { qos: 1 }\n",
      "bridge.yaml:4: \"to\" has no \"uri\"" },
    { "no routes", "admin: http://h:1\n",
      "bridge.yaml:1: there are no routes below \"routes\"" },
    { "an empty text", "", "bridge.yaml:1: a configuration begins with" },
    { "broken YAML", "routes:\n  r: [\n", "bridge.yaml:2: a " },
    { "a route twice", ROUTE TO "  r:\n    from: \"-\"\n    to: file:y\n",
      "bridge.yaml:5: \"r\" is given twice" },
    { "a key twice", ROUTE TO "    to: file:y\n",
      "bridge.yaml:5: \"to\" is given twice" },
    { "a name of a route", "routes:\n  a/b:\n    from: \"-\"\n" TO,
      "bridge.yaml:2: route \"a/b\": a name is made of" },
    { "CESQL", ROUTE TO "    filter: \"type =\"\n",
      "bridge.yaml:5: filter: column" },
    { "a function that there is not",
      ROUTE TO "    filter: \"NOT (1 IN (2, LENGHT(type)))\"\n",
      "bridge.yaml:5: filter: column 15: there is no function \"LENGHT\", did "
      "you mean \"LENGTH\"?" },
    { "one that no name is close to",
      ROUTE TO "    filter: \"id = 'a' AND now() > 1\"\n",
      "bridge.yaml:5: filter: column 14: there is no function \"now\"" },
    { "arguments that it does not take",
      ROUTE TO "    filter: { not: { sql: \"LEFT(type) = 'a'\" } }\n",
      "bridge.yaml:5: filter: column 1: \"LEFT\" does not take 1 argument" },
    { "SUB-02 two dialects",
      ROUTE TO "    filter: { exact: { type: a }, prefix: { type: b } }\n",
      "bridge.yaml:5: filter: \"exact\" and \"prefix\" in one mapping" },
    { "SUB-03 a dialect", ROUTE TO "    filter: { exakt: { type: a } }\n",
      "bridge.yaml:5: unknown option \"exakt\", did you mean "
      "\"exact\"?" },
    { "a template", ROUTE TO "    set: { subject: \"{topic\" }\n",
      "bridge.yaml:5: set: " },
    { "a wrap without type", ROUTE TO "    wrap: { source: /s }\n",
      "bridge.yaml:5: wrap: " },
    { "a variable", ROUTE "    to: \"file:${CE_NOT_SET_ANYWHERE}\"\n",
      "bridge.yaml:4: the environment variable CE_NOT_SET_ANYWHERE is "
      "not set" },
    { "an open variable", ROUTE "    to: \"file:${HOME\"\n",
      "bridge.yaml:4: \"${\" has no closing brace" },
    { "an admin endpoint", "admin: https://h:1\n" ROUTE TO,
      "bridge.yaml:1: admin: it has to look like http://HOST:PORT or "
      "unix:PATH" },
    { "a port alone", "admin: 9090\n" ROUTE TO,
      "bridge.yaml:1: admin: \"9090\" has to look like http://HOST:PORT or "
      "unix:PATH" },
    { "a password in what is no URI", "admin: u:secret@h:9090\n" ROUTE TO,
      "bridge.yaml:1: admin: it has to look like http://HOST:PORT" },
    { "a number of workers", ROUTE TO "    workers: 0\n",
      "bridge.yaml:5: workers: 0 is below 1" },
    { "SUB-06 an empty map", ROUTE TO "    filter: { exact: {} }\n",
      "bridge.yaml:5: " },
    { "SUB-06 an empty list", ROUTE TO "    filter: { all: [] }\n",
      "bridge.yaml:5: " },
    { "a list where a text belongs", ROUTE TO "    inbox: [a]\n",
      "bridge.yaml:5: \"inbox\" has to be a text" },
    { "a source that cannot keep its promise",
      "routes:\n  r:\n    from: mqtt://h/t?version=3.1.1&qos=2\n" TO,
      "bridge.yaml:3: qos: a source with version=3.1.1 would lose confirmed "
      "messages in a crash with qos=2" },
    { "a sink that is a filter", ROUTE "    to: mqtt://h/+\n",
      "bridge.yaml:4: topic \"+\": nothing can be published to a filter" },
    { "a sink that is a pattern", ROUTE "    to: kafka://h/^a\n",
      "bridge.yaml:4: topic \"^a\": a pattern is no topic to send to" },
    { "a topic that no broker takes", ROUTE "    to: kafka://h/a%20b\n",
      "bridge.yaml:4: topic \"a b\": a topic is made of letters" },
    { "a list that no topic is on",
      ROUTE "    to: { uri: \"kafka://h/{subject}\", topics: [ \"a[b]\" ] }\n",
      "bridge.yaml:4: topics: \"a[b]\": a topic is made of letters" },
    { "a group without a name",
      "routes:\n  r:\n    from: kafka://h/x?group=%20\n" TO,
      "bridge.yaml:3: option \"group\" = \" \": a group has a name" },
    { "a template without a list", ROUTE "    to: kafka://h/{subject}\n",
      "bridge.yaml:4: topic \"{subject}\": a template needs \"topics\"" },
    { "no topic", ROUTE "    to: kafka://h/\n",
      "bridge.yaml:4: topic \"\": no topic" },
    { "a request of a source without a voice",
      "routes:\n  r:\n    from: file:a\n    to: foreign://h/x\n"
      "    request: true\n",
      "bridge.yaml:5: request: file cannot carry replies back" },
    { "a request to a sink without replies", ROUTE TO "    request: true\n",
      "bridge.yaml:5: request: file cannot be asked for replies" },
    { "a request to several sinks",
      ROUTE "    to: [ foreign://h/x, foreign://h/y ]\n"
            "    request: true\n",
      "bridge.yaml:5: request: a reply comes from one sink, and \"to\" "
      "has 2" },
    { "a request with an inbox",
      ROUTE "    to: foreign://h/x\n    inbox: d\n    request: true\n",
      "bridge.yaml:6: request: an inbox confirms at once" },
    { "a request whose source keeps its inbox",
      "routes:\n  r:\n    from: custody://h/t?inbox=sync\n"
      "    to: foreign://h/x\n    request: true\n",
      "bridge.yaml:5: request: an inbox confirms at once" },
    { "a request with dedup",
      ROUTE "    to: foreign://h/x\n    dedup: true\n    request: true\n",
      "bridge.yaml:6: request: \"dedup\" would leave" },
    { "a deadline that is no timeout of the sink",
      "routes:\n  r:\n    from: http://h:1?deadline=2h\n"
      "    to: http://h:2\n    request: true\n",
      "bridge.yaml:5: request: the source's \"deadline\" is no" },
    { "an alias inside of itself", "routes: &a\n  r: *a\n",
      "bridge.yaml:1: too large, or an alias inside of itself" },
    { "the name of dead letters",
      ROUTE "    to: { uri: foreign://h/t, name: dead_letter }\n",
      "bridge.yaml:4: name: \"dead_letter\" is what metrics call" },
    { "too many levels", "x:\n  [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
      "bridge.yaml:2: more than 32 levels" },
};

static void every_fault_is_said_with_its_line(void)
{
    for (size_t i = 0; i < COUNT(faulty_texts); i++) {
        plan_text(faulty_texts[i].text);
        EXPECT_CMP_ROW(faulty_texts[i].name, faults.count, >, 0);
        if (!ce_slice_starts(ce_buf_slice(&faults.text),
                             ce_slice_of(faulty_texts[i].said)))
            fprintf(stderr, "got: %.*s", CE_ARG(ce_buf_slice(&faults.text)));
        EXPECT_ROW(faulty_texts[i].name,
                   ce_slice_starts(ce_buf_slice(&faults.text),
                                   ce_slice_of(faulty_texts[i].said)));
    }
    forget();
}

/* Whether BEFORE and PARTS times PART have a fault, which says SAID. */
static bool is_refused(const char *before, const char *part, unsigned parts,
                       const char *said)
{
    ce_buf *text = cost_text(before, part, parts, "");

    REQUIRE_OK(ce_buf_byte(text, '\0'));
    plan_text(text->ptr);
    cost_drop_text(text);
    if (faults.count)
        EXPECT_ROW(
            said, memmem(faults.text.ptr, faults.text.len, said, strlen(said)));
    return faults.count > 0;
}

static void bounds_are_where_the_documents_say(void)
{
    static const struct {
        const char *before, *part, *said;
        unsigned most;
    } rows[] = {
        { "routes: { r: { from: file:x, to: file:y } }\nx-a:\n", "  - &a%u b\n",
          "more than 1000 anchors", 1000 },
        { ROUTE TO "    set:\n", "      a%u: b\n", "there are 1000 already",
          1000 },
        { ROUTE TO "    wrap:\n      type: t\n      source: /s\n",
          "      a%u: b\n", "there are 1000 already", 998 },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned over = 0; over < 2; over++)
            EXPECT_EQ_ROW(rows[i].said,
                          is_refused(rows[i].before, rows[i].part,
                                     rows[i].most + over, rows[i].said),
                          over);
    forget();
}

static void a_text_has_32_levels_around_it(void)
{
    static const char open[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                      close[] = "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    char text[300];

    for (int lists = 30; lists <= 31; lists++) {
        snprintf(text, sizeof text, ROUTE TO "    filter: %.*s a = 1 %.*s\n",
                 lists, open, lists, close);
        plan_text(text);
        EXPECT_EQ_ROW(text, faults.count, lists == 31);
    }
    EXPECT(ce_slice_starts(ce_buf_slice(&faults.text),
                           CE_SLICE("bridge.yaml:5: more than 32 levels")));
    forget();
}

static void all_faults_of_a_file_are_listed(void)
{
    plan_text(ROUTE "    to: amqp://h/t\n    wrokers: 1\n    order: some\n");
    EXPECT_EQ(faults.count, 3);
    forget();
}

static void statuses_are_a_mapping_or_a_text(void)
{
    static const char *const texts[] = {
        ROUTE TO "    retry: { statuses: { 409: retry, 503: refuse } }\n",
        ROUTE TO "    retry: { statuses: \"409=retry,503=refuse\" }\n",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        const br_retry_plan *r;

        REQUIRE(is_planned(texts[i]));
        r = &plan.routes[0].retry;
        EXPECT_EQ(r->ruling_count, 2);
        EXPECT_EQ(r->rulings[0].code, 409);
        EXPECT_EQ(r->rulings[0].verdict, CE_UNDELIVERED);
        EXPECT_EQ(r->rulings[1].code, 503);
        EXPECT_EQ(r->rulings[1].verdict, CE_NACK);
        EXPECT(!r->given);
        forget();
    }
}

static void a_route_without_options_has_the_presets(void)
{
    const br_route_plan *r;

    REQUIRE(is_planned(ROUTE TO));
    r = &plan.routes[0];
    EXPECT_EQ(plan.count, 1);
    EXPECT_STR(r->name, "r");
    EXPECT_EQ(plan.grace_ms, 30000);
    EXPECT_EQ(plan.log, CE_INFO);
    EXPECT(!plan.admin);
    EXPECT_EQ(r->sinks, 1);
    EXPECT_EQ(r->to[0].content.mode, CE_MODE_NONE);
    EXPECT_EQ(r->workers, 1);
    EXPECT_EQ(r->order, CE_ORDER_KEY);
    EXPECT(!r->inbox);
    EXPECT(!r->retry.given);
    EXPECT_EQ(r->retry.max_attempts, 0);
    EXPECT_EQ(r->retry.base_ms, 100);
    EXPECT_EQ(r->retry.cap_ms, 30000);
    EXPECT(!r->filter && !r->wraps && !r->edits.len && !r->dedup);
    EXPECT(!r->dead_letter.transport);
    forget();
}

static void every_key_finds_its_place(void)
{
    const br_route_plan *r;

    REQUIRE(is_planned(
        "admin: http://127.0.0.1:0\ngrace: 5s\nlog: debug\n" ROUTE
        "    to: [ file:x, { uri: \"custody://h/t\", mode: structured } ]\n"
        "    wrap: { type: t, source: \"/{topic[0]}\" }\n"
        "    filter: [ \"EXISTS subject\", { prefix: { type: com. } } ]\n"
        "    set: { subject: \"{type}\", note: kept }\n"
        "    dedup: 500\n"
        "    retry: { base: 1s, cap: 2s, max_attempts: 3, max_age: 1h }\n"
        "    order: none\n"
        "    dead_letter: { uri: \"custody://h/dead\", mode: structured,\n"
        "                   format: protobuf }\n"
        "    workers: 4\n"));
    r = &plan.routes[0];
    EXPECT_EQ(plan.grace_ms, 5000);
    EXPECT_EQ(plan.log, CE_DEBUG);
    EXPECT_STR(ce_settings_authority(plan.admin), "127.0.0.1:0");
    EXPECT_EQ(r->sinks, 2);
    EXPECT_EQ(r->to[1].content.mode, CE_MODE_STRUCTURED);
    EXPECT(r->wraps);
    EXPECT_EQ(r->wrap.attributes.len, 2);
    EXPECT(r->filter);
    EXPECT_EQ(r->edits.len, 2);
    EXPECT_EQ(r->dedup, 500);
    EXPECT(r->retry.given);
    EXPECT_EQ(r->retry.base_ms, 1000);
    EXPECT_EQ(r->retry.cap_ms, 2000);
    EXPECT_EQ(r->retry.max_attempts, 3);
    EXPECT_EQ(r->retry.max_age_ms, 3600000);
    EXPECT_EQ(r->order, CE_ORDER_NONE);
    EXPECT_EQ(r->workers, 4);
    EXPECT_EQ(r->to[1].content.format, &ce_format_json);
    EXPECT_EQ(r->dead_letter.content.mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(r->dead_letter.content.format,
              ce_format_named(CE_SLICE("protobuf")));
    forget();
}

static void options_of_a_mapping_leave_the_uri_alone(void)
{
    const ce_settings *s;

    REQUIRE(is_planned(ROUTE "    to: foreign://h/a?mode=binary&b=c\n"));
    s = plan.routes[0].to[0].settings;
    EXPECT_STR(ce_settings_target(s), "foreign://h/a?b=c");
    EXPECT_EQ(plan.routes[0].to[0].content.mode, CE_MODE_BINARY);
    REQUIRE(is_planned(ROUTE
                       "    to: { uri: \"foreign://h/a?mode=binary&b=c\" }\n"));
    s = plan.routes[0].to[0].settings;
    EXPECT_STR(ce_settings_target(s), "foreign://h/a?mode=binary&b=c");
    EXPECT_EQ(plan.routes[0].to[0].content.mode, CE_MODE_NONE);
    forget();
}

static void families_may_be_nested(void)
{
    const ce_settings *s;

    REQUIRE(is_planned(ROUTE "    to:\n      uri: custody://h/t\n"
                             "      rdkafka.acks: 1\n"
                             "      rdkafka: { linger.ms: 5 }\n"));
    s = plan.routes[0].to[0].settings;
    EXPECT_STR(ce_settings_text(s, "rdkafka.acks"), "1");
    EXPECT_STR(ce_settings_text(s, "rdkafka.linger.ms"), "5");
    forget();
}

static void variables_are_expanded_and_can_be_escaped(void)
{
    setenv("CE_TEST_NAME", "a", 1);
    REQUIRE(is_planned(ROUTE "    to: \"file:${CE_TEST_NAME}/b"
                             "${CE_TEST_NAME}$${CE_TEST_NAME}$c\"\n"));
    EXPECT_STR(ce_settings_path(plan.routes[0].to[0].settings),
               "a/ba${CE_TEST_NAME}$c");
    forget();
}

static void aliases_stand_for_what_they_name(void)
{
    REQUIRE(is_planned("routes:\n  a:\n    from: foreign://h/a\n    to: &x "
                       "file:x\n    retry: &r { base: 1s }\n  b:\n    from: "
                       "foreign://h/b\n    to: *x\n    retry: *r\n"));
    EXPECT_EQ(plan.count, 2);
    EXPECT_EQ(plan.routes[1].retry.base_ms, 1000);
    forget();
}

static void a_request_waits_as_long_as_its_source(void)
{
    REQUIRE(is_planned("routes:\n  r:\n    from: http://h:1?deadline=7s\n"
                       "    to: http://h:2\n    request: true\n"));
    EXPECT(plan.routes[0].requests);
    EXPECT_EQ(ce_settings_ms(plan.routes[0].to[0].settings, "timeout"), 7000);
    REQUIRE(is_planned("routes:\n  r:\n    from: http://h:1\n"
                       "    to: http://h:2?timeout=3s\n    request: true\n"));
    EXPECT_EQ(ce_settings_ms(plan.routes[0].to[0].settings, "timeout"), 3000);
    REQUIRE(is_planned("routes:\n  r:\n    from: http://h:1\n"
                       "    to: http://h:2\n"));
    EXPECT_EQ(ce_settings_ms(plan.routes[0].to[0].settings, "timeout"), 30000);
    forget();
}

TESTS("config", TEST(every_fault_is_said_with_its_line),
      TEST(all_faults_of_a_file_are_listed),
      TEST(bounds_are_where_the_documents_say),
      TEST(a_text_has_32_levels_around_it),
      TEST(statuses_are_a_mapping_or_a_text),
      TEST(a_route_without_options_has_the_presets),
      TEST(every_key_finds_its_place),
      TEST(options_of_a_mapping_leave_the_uri_alone),
      TEST(families_may_be_nested),
      TEST(variables_are_expanded_and_can_be_escaped),
      TEST(aliases_stand_for_what_they_name),
      TEST(a_request_waits_as_long_as_its_source))
