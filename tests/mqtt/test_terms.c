/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint promises, and what is refused, for every combination of the
 * options that decide it. */
#include "bindings/mqtt/mqtt.h"
#include "tests/support/ce_test.h"

static ce_settings *settings;

static void forget(void)
{
    ce_settings_close(settings);
    settings = NULL;
}

static const ce_settings *of(bool is_sink, const char *uri)
{
    const ce_transport *t = &ce_transport_mqtt;

    forget();
    REQUIRE_OK(ce_settings_open(
        &settings, is_sink ? t->sender_options : t->receiver_options, uri,
        CE_URI_STRICT, NULL));
    return settings;
}

/* What is to be expected of a source. */
typedef enum terms { REFUSED, LOSES, KEEPS } terms;

static terms terms_of(const char *uri)
{
    const ce_settings *s = of(false, uri);
    ce_error err = { CE_OK, "" };
    ce_promise p;

    if (ce_transport_mqtt.check(CE_ROLE_RECEIVER, s, &err) != CE_OK) {
        EXPECT_STATUS_ROW(uri, err.status, CE_EINVAL);
        return REFUSED;
    }
    p = ce_transport_mqtt.promise(CE_ROLE_RECEIVER, s);
    EXPECT_ROW(uri, p.level != CE_AT_MOST_ONCE || p.text);
    EXPECT_ROW(uri, p.level != CE_AT_LEAST_ONCE);
    return p.level == CE_UNLESS_KEPT ? KEEPS : LOSES;
}

static void a_source_promises_what_its_options_permit(void)
{
    static const char *const inboxes[] = { "on", "sync", "off" };
    static const char *const ids[] = { "", "&client_id=me" };
    static const struct {
        const char *version, *qos, *clean;
        terms terms[3]; /* for each of the inboxes */
    } rows[] = {
        { "5", "0", "false", { LOSES, LOSES, LOSES } },
        { "5", "1", "false", { KEEPS, KEEPS, LOSES } },
        { "5", "2", "false", { KEEPS, KEEPS, LOSES } },
        { "5", "0", "true", { LOSES, LOSES, LOSES } },
        { "5", "1", "true", { LOSES, LOSES, LOSES } },
        { "5", "2", "true", { LOSES, LOSES, LOSES } },
        { "3.1.1", "0", "false", { LOSES, LOSES, LOSES } },
        { "3.1.1", "1", "false", { KEEPS, KEEPS, LOSES } },
        { "3.1.1", "2", "false", { REFUSED, REFUSED, REFUSED } },
        { "3.1.1", "0", "true", { LOSES, LOSES, LOSES } },
        { "3.1.1", "1", "true", { LOSES, LOSES, LOSES } },
        { "3.1.1", "2", "true", { REFUSED, REFUSED, REFUSED } },
    };
    char uri[200];

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t n = 0; n < COUNT(inboxes); n++)
            for (size_t k = 0; k < COUNT(ids); k++) {
                snprintf(uri, sizeof uri,
                         "mqtt://h/t?version=%s&qos=%s&clean=%s&inbox=%s%s",
                         rows[i].version, rows[i].qos, rows[i].clean,
                         inboxes[n], ids[k]);
                EXPECT_EQ_ROW(uri, terms_of(uri), rows[i].terms[n]);
            }
    forget();
}

static void the_reason_names_the_option(void)
{
    static const struct {
        const char *uri, *word;
    } rows[] = {
        { "mqtt://h/t?qos=0", "qos=0" },
        { "mqtt://h/t?clean=true", "clean=true" },
        { "mqtt://h/t?session_expiry=0ms", "session_expiry=0" },
        { "mqtt://h/t?inbox=off", "inbox=off" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_promise p =
            ce_transport_mqtt.promise(CE_ROLE_RECEIVER, of(false, rows[i].uri));

        EXPECT_EQ_ROW(rows[i].uri, p.level, CE_AT_MOST_ONCE);
        REQUIRE(p.text != NULL);
        EXPECT_CONTAINS(p.text, rows[i].word);
    }
    /* Version 3.1.1 has no such option: its sessions have no end. */
    EXPECT_EQ(terms_of("mqtt://h/t?version=3.1.1&session_expiry=0ms"), KEEPS);
    forget();
}

static void a_sink_promises_what_its_broker_confirms(void)
{
    static const struct {
        const char *uri;
        ce_promise_level level;
    } rows[] = {
        { "mqtt://h/t?qos=0", CE_AT_MOST_ONCE },
        { "mqtt://h/t?qos=1", CE_AT_LEAST_ONCE },
        { "mqtt://h/t?qos=2", CE_AT_LEAST_ONCE },
        { "mqtt://h/t?qos=0&version=3.1.1", CE_AT_MOST_ONCE },
        { "mqtt://h/t?qos=1&version=3.1.1", CE_AT_LEAST_ONCE },
        { "mqtt://h/t?qos=2&version=3.1.1", CE_AT_LEAST_ONCE },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_settings *s = of(true, rows[i].uri);

        EXPECT_OK(ce_transport_mqtt.check(CE_ROLE_SENDER, s, NULL));
        EXPECT_EQ_ROW(rows[i].uri,
                      ce_transport_mqtt.promise(CE_ROLE_SENDER, s).level,
                      rows[i].level);
    }
    forget();
}

static void what_cannot_work_is_said_without_a_broker(void)
{
    static const struct {
        bool is_sink;
        const char *uri, *said;
    } rows[] = {
        { false, "mqtt://h/t?version=3.1.1&qos=2",
          "qos: a source with version=3.1.1 would lose confirmed messages in a "
          "crash with qos=2; take qos=1, or version=5" },
        { false, "mqtt://h/a/#/b", "mqtt://h/a/#/b: " },
        { true, "mqtt://h/a/+", "topic \"a/+\": nothing can be published" },
        { true, "mqtt://h/", "topic \"\": no topic" },
        { true, "mqtt://h/a/{subject}", "a template needs \"topics\"" },
        { true, "mqtt://h/{subject}?topics=a/%23/b", "topics: \"a/#/b\": " },
        { true, "mqtt://h/{Subject}?topics=a", "unknown placeholder" },
        { true, "mqtt://h/b?topics=a", "\"topics\" does not allow it" },
        { true, "mqtt://h/t?mode=structured&format=xml&version=3.1.1",
          "format: \"xml\" cannot be told with version=3.1.1" },
        { false, "mqtt://h/t?topics=a/#/b", "topics: \"#\" has to be" },
        { true, "mqtt://h/t?websocket=mqtt", "websocket: a path" },
        { false, "mqtt://h/t?websocket=/a%20b", "websocket: a path" },
        { false, "mqtt://h/t?websocket=/a%0d%0ab", "websocket: a path" },
        { true, "mqtt://h/t?alpn=mqtt", "alpn: needs TLS" },
        { true, "mqtt://h/t?ca=a", "ca: needs TLS (mqtts://)" },
        { true, "mqtt://h/t?cert=a", "cert: needs TLS" },
        { false, "mqtt://h/t?key_file=a", "key_file: needs TLS" },
        { true, "mqtts://h/t?alpn=", "alpn: names of protocols" },
        { true, "mqtts://h/t?alpn=a,,b", "alpn: names of protocols" },
        { true, "mqtt://h/t?will_payload=x", "will_payload: there is no" },
        { false, "mqtt://h/t?will_qos=1", "will_qos: there is no" },
        { true, "mqtt://h/t?will_topic=a/%23", "will_topic: nothing can be" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_role role = rows[i].is_sink ? CE_ROLE_SENDER : CE_ROLE_RECEIVER;
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].uri,
                          ce_transport_mqtt.check(
                              role, of(rows[i].is_sink, rows[i].uri), &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].said);
    }
    forget();
}

/* Workers may share the work only if all of it can be shared. */
static void a_source_stays_alone_unless_all_is_shared(void)
{
    static const struct {
        const char *uri;
        bool alone;
    } rows[] = {
        { "mqtt://h/t", true },
        { "mqtt://h/$share/g/t", false },
        { "mqtt://h/$share/g/t?topics=u", true },
        { "mqtt://h/?topics=$share/g/t,$share/g/u", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].uri,
                      ce_transport_mqtt.alone(CE_ROLE_RECEIVER,
                                              of(false, rows[i].uri)) != NULL,
                      rows[i].alone);
    forget();
}

TESTS_CLOSED_BY(forget, "mqtt terms",
                TEST(a_source_promises_what_its_options_permit),
                TEST(the_reason_names_the_option),
                TEST(a_sink_promises_what_its_broker_confirms),
                TEST(what_cannot_work_is_said_without_a_broker),
                TEST(a_source_stays_alone_unless_all_is_shared))
