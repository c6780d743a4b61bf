/* SPDX-License-Identifier: Apache-2.0 */
/* What `cebridge validate` finds unwise in events that are valid. */
#include "bridge/forms/lint.h"
#include "tests/support/ce_test.h"

static char warnings[2048];

static void note(void *arg, const char *text)
{
    size_t len = strlen(warnings);

    (void)arg;
    snprintf(warnings + len, sizeof warnings - len, "%s\n", text);
}

/* An event of structured JSON: the wise one's members, but for those that
 * MEMBERS has. */
static const char *lint(const char *members)
{
    static const char *const wise[] = {
        "\"specversion\":\"1.0\"",
        "\"id\":\"1\"",
        "\"type\":\"com.example.order.created\"",
        "\"source\":\"/orders\"",
        "\"time\":\"2026-01-02T03:04:05Z\"",
    };
    char text[1024] = "{";
    ce_event *e = NULL;

    for (size_t i = 0; i < COUNT(wise); i++) {
        char name[32];

        snprintf(name, sizeof name, "%.*s",
                 (int)(strchr(wise[i], ':') - wise[i] + 1), wise[i]);
        if (!strstr(members, name))
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     text[1] ? "," : "", wise[i]);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s}",
             members[0] ? "," : "", members);
    warnings[0] = '\0';
    REQUIRE_OK(ce_event_from_json(&e, ce_slice_of(text), NULL));
    br_lint(e, note, NULL);
    ce_event_free(e);
    return warnings;
}

static void a_wise_event_has_no_findings(void)
{
    static const char *const rows[] = {
        "",
        "\"source\":\"https://example.com/orders\"",
        "\"source\":\"urn:example:orders\"",
        "\"datacontenttype\":\"application/json\",\"data\":{\"n\":1}",
        "\"datacontenttype\":\"text/plain\",\"data\":\"text\"",
        "\"time\":\"2026-01-02T03:04:05+01:00\"",
        "\"dataschema\":\"https://example.com/schema\"",
        "\"traceparent\":\"x\"",
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_STR_ROW(rows[i], lint(rows[i]), "");
}

static void each_finding_names_the_attribute_and_the_reason(void)
{
    static const struct {
        const char *members, *said;
    } rows[] = {
        { "\"type\":\"created\"",
          "attribute \"type\": does not begin with a reverse DNS name, such as "
          "com.example.order.created: \"created\"\n" },
        { "\"type\":\"com..created\"", "\"type\": does not begin with" },
        { "\"type\":\"com.example.Created\"",
          "attribute \"type\": upper case: types are compared with it: "
          "\"com.example.Created\"\n" },
        { "\"source\":\"web-1.example.com:8080\"",
          "attribute \"source\": the name of a host: it says where, not what, "
          "and changes when that moves: \"web-1.example.com:8080\"\n" },
        { "\"source\":\"localhost\"", "\"source\": the name of a host" },
        { "\"source\":\"http://10.0.0.1:80/orders\"",
          "attribute \"source\": the address of a machine: it changes when "
          "that moves: \"http://10.0.0.1:80/orders\"\n" },
        { "\"source\":\"//user@localhost/x\"",
          "\"source\": the address of a machine" },
        { "\"source\":\"http://[::1]/x\"",
          "\"source\": the address of a machine" },
        { "\"id\":\" 1\"",
          "attribute \"id\": blanks at its ends get lost easily: \" 1\"\n" },
        { "\"time\":\"2026-01-02T03:04:05-00:00\"",
          "attribute \"time\": an unknown offset: "
          "\"2026-01-02T03:04:05-00:00\"\n" },
        { "\"time\":null",
          "attribute \"time\": missing: nobody can tell when it happened\n" },
        { "\"averyveryverylongname\":\"x\"",
          "attribute \"averyveryverylongname\": a name of more than 20 "
          "characters: \"x\"\n" },
        { "\"1st\":\"x\"",
          "attribute \"1st\": a name that begins with a digit: \"x\"\n" },
        { "\"note\":\"\"",
          "attribute \"note\": empty: some readers take it for absent: "
          "\"\"\n" },
        { "\"dataschema\":\"https://example.com/s#v1\"",
          "attribute \"dataschema\": a fragment: strict readers refuse it: "
          "\"https://example.com/s#v1\"\n" },
        { "\"datacontenttype\":\"application/cloudevents+json\",\"data\":{}",
          "attribute \"datacontenttype\": an event in an event: some readers "
          "take it for the outer one: \"application/cloudevents+json\"\n" },
        { "\"datacontenttype\":\"application/"
          "json\",\"data_base64\":\"e29vcHM=\"",
          "attribute \"datacontenttype\": the data is no valid JSON: "
          "\"application/json\"\n" },
        { "\"data_base64\":\"AA==\"",
          "attribute \"datacontenttype\": missing, beside data\n" },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_CONTAINS_ROW(rows[i].members, lint(rows[i].members),
                            rows[i].said);
}

static void all_findings_of_an_event_are_told(void)
{
    lint("\"type\":\"X\",\"id\":\"1 \",\"source\":\"localhost\","
         "\"time\":null");
    EXPECT_CONTAINS(warnings, "reverse DNS");
    EXPECT_CONTAINS(warnings, "upper case");
    EXPECT_CONTAINS(warnings, "the name of a host");
    EXPECT_CONTAINS(warnings, "blanks");
    EXPECT_CONTAINS(warnings, "missing");
}

static void a_long_value_is_cut(void)
{
    char members[300];

    memset(members, 'x', sizeof members);
    memcpy(members, "\"type\":\"", 8);
    strcpy(members + 250, "\"");
    EXPECT_CMP(strlen(lint(members)), <, 220);
    EXPECT_CONTAINS(warnings, "xxx\"\n");
}

TESTS("lint", TEST(a_wise_event_has_no_findings),
      TEST(each_finding_names_the_attribute_and_the_reason),
      TEST(all_findings_of_an_event_are_told), TEST(a_long_value_is_cut))
