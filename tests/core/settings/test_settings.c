/* SPDX-License-Identifier: Apache-2.0 */
/* URIs and their options: what is accepted, what is refused, what is shown. */
#include "core/settings/unset.h"
#include "tests/support/ce_test.h"

#include <unistd.h>

static const ce_option table[] = {
    CE_OPTION_MODE,
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_IN_FLIGHT("16"),
    { "client_id", CE_OPT_TEXT, NULL, NULL, 0, 0, "the name" },
    { "clean", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "forget the session" },
    { "timeout", CE_OPT_TIME, "30s", NULL, 0, 0, "how long to wait" },
    { "backoff", CE_OPT_TIME, "100ms", NULL, 10, 60000, "the first pause" },
    { "token", CE_OPT_SECRET, NULL, NULL, 0, 0, "sent as Bearer" },
    { "token_file", CE_OPT_TEXT, NULL, NULL, 0, 0, "holds the token" },
    { "rdkafka.", CE_OPT_FAMILY, NULL, NULL, 0, 0, "any property" },
    CE_OPTION_END,
};

static ce_error err;

static ce_settings *open_with(const char *uri, ce_uri_rule rule)
{
    ce_settings *s = NULL;

    err = (ce_error){ 0 };
    if (ce_settings_open(&s, table, uri, rule, &err) != CE_OK)
        return NULL;
    return s;
}

static ce_settings *opened(const char *uri)
{
    ce_settings *s = open_with(uri, CE_URI_STRICT);

    if (!s)
        fprintf(stderr, "%s: %s\n", uri, err.text);
    REQUIRE(s != NULL);
    return s;
}

static void uris_are_split_into_their_parts(void)
{
    static const struct {
        const char *uri, *scheme, *authority, *host;
        unsigned port; /* 9: none */
        const char *path, *user, *password;
    } rows[] = {
        { "http://h:8080/a/b", "http", "h:8080", "h", 8080, "a/b", 0, 0 },
        { "https://example.com", "https", "example.com", "example.com", 9, "",
          0, 0 },
        { "HTTP://h?clean=true", "http", "h", "h", 9, "", 0, 0 },
        { "http://h:0/", "http", "h:0", "h", 0, "", 0, 0 },
        { "kafka://h1:1,h2:2/topic", "kafka", "h1:1,h2:2", "h1", 1, "topic", 0,
          0 },
        { "kafka://h/^dev.*", "kafka", "h", "h", 9, "^dev.*", 0, 0 },
        { "mqtt://h/devices/+/telemetry#", "mqtt", "h", "h", 9,
          "devices/+/telemetry#", 0, 0 },
        { "mqtt://h/#?clean=true", "mqtt", "h", "h", 9, "#", 0, 0 },
        { "mqtt://h/$share/g/a/+", "mqtt", "h", "h", 9, "$share/g/a/+", 0, 0 },
        { "mqtt://h//a", "mqtt", "h", "h", 9, "/a", 0, 0 },
        { "mqtt://h/a%20b%3Fc", "mqtt", "h", "h", 9, "a b?c", 0, 0 },
        { "mqtt://al%40ice:p%2F%3As@h:1/t", "mqtt", "h:1", "h", 1, "t",
          "al@ice", "p/:s" },
        { "mqtt://alice@h/t", "mqtt", "h", "h", 9, "t", "alice", 0 },
        { "mqtt://alice:p@ss@h/t", "mqtt", "h", "h", 9, "t", "alice", "p@ss" },
        { "http://[::1]:80/x", "http", "[::1]:80", "::1", 80, "x", 0, 0 },
        { "http://[::1]/x", "http", "[::1]", "::1", 9, "x", 0, 0 },
        { "kafka://[::1]:1,[::2]:2/x", "kafka", "[::1]:1,[::2]:2", "::1", 1,
          "x", 0, 0 },
        { "file:a/b.ndjson", "file", "", "", 9, "a/b.ndjson", 0, 0 },
        { "file:/tmp/a%20b", "file", "", "", 9, "/tmp/a b", 0, 0 },
        { "file:///tmp/a#1", "file", "", "", 9, "/tmp/a#1", 0, 0 },
        { "-", "-", "", "", 9, "-", 0, 0 },
        { "-?clean=true", "-", "", "", 9, "-", 0, 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_settings *s = opened(rows[i].uri);
        const char *uri = rows[i].uri;

        EXPECT_STR_ROW(uri, ce_settings_scheme(s), rows[i].scheme);
        EXPECT_STR_ROW(uri, ce_settings_authority(s), rows[i].authority);
        EXPECT_STR_ROW(uri, ce_settings_host(s), rows[i].host);
        EXPECT_EQ_ROW(uri, ce_settings_port(s, 9), rows[i].port);
        EXPECT_STR_ROW(uri, ce_settings_path(s), rows[i].path);
        EXPECT_STR_ROW(uri, ce_settings_user(s), rows[i].user);
        EXPECT_STR_ROW(uri, ce_settings_password(s), rows[i].password);
        ce_settings_close(s);
    }
}

static void faulty_uris_are_refused(void)
{
    static const char *const rows[] = {
        "",
        "nonsense",
        "://h",
        "http:h/a",
        "http://",
        "http:///a",
        "http://:80",
        "http://h:/a",
        "http://h:x",
        "http://h:65536",
        "http://h:-1",
        "http://[::1/a",
        "http://[::1]x/a",
        "kafka://h1,/t",
        "mqtt://h/%zz",
        "mqtt://h/%0",
        "mqtt://h/%00",
        "file:",
        "file:?clean=true",
        "file://host/a",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_settings *s = open_with(rows[i], CE_URI_STRICT);

        EXPECT_EQ_ROW(rows[i], s, NULL);
        EXPECT_ROW(rows[i], err.text[0]);
        ce_settings_close(s);
    }
}

static void an_error_never_shows_a_part_of_a_password(void)
{
    EXPECT(!open_with("mqtt://alice:hid/den@h/t", CE_URI_STRICT));
    EXPECT_LACKS(err.text, "hid");
    EXPECT(!open_with("mqtt://alice:hidden%@h/t", CE_URI_STRICT));
    EXPECT_LACKS(err.text, "hidden");
}

static void options_come_from_the_query(void)
{
    ce_settings *s = opened("mqtt://h/t?mode=structured&client_id=a%20b+c&"
                            "max_event_bytes=64KiB&clean=true&timeout=2m&&"
                            "max_in_flight=7");

    EXPECT_STR(ce_settings_text(s, "mode"), "structured");
    EXPECT_STR(ce_settings_text(s, "client_id"), "a b+c");
    EXPECT_EQ(ce_settings_bytes(s, "max_event_bytes"), 65536);
    EXPECT(ce_settings_boolean(s, "clean"));
    EXPECT_EQ(ce_settings_ms(s, "timeout"), 120000);
    EXPECT_EQ(ce_settings_integer(s, "max_in_flight"), 7);
    EXPECT(ce_settings_has(s, "mode") && !ce_settings_has(s, "backoff"));
    EXPECT_STR(ce_settings_target(s), "mqtt://h/t");
    ce_settings_close(s);
}

static void what_is_not_set_has_its_preset(void)
{
    ce_settings *s = opened("mqtt://h/t");

    EXPECT_STR(ce_settings_text(s, "mode"), "keep");
    EXPECT_EQ(ce_settings_bytes(s, "max_event_bytes"), 1 << 20);
    EXPECT_EQ(ce_settings_integer(s, "max_in_flight"), 16);
    EXPECT_EQ(ce_settings_ms(s, "timeout"), 30000);
    EXPECT(!ce_settings_boolean(s, "clean"));
    EXPECT_EQ(ce_settings_text(s, "client_id"), NULL);
    EXPECT_EQ(ce_settings_text(s, "rdkafka.x"), NULL);
    ce_settings_close(s);
}

static void a_strict_query_names_what_it_does_not_know(void)
{
    static const struct {
        const char *uri, *text;
    } rows[] = {
        { "mqtt://h/t?bachoff=1s",
          "unknown option \"bachoff\", did you mean \"backoff\"?" },
        { "mqtt://h/t?tiemout=1s",
          "unknown option \"tiemout\", did you mean \"timeout\"?" },
        { "mqtt://h/t?something=1", "unknown option \"something\"" },
        { "mqtt://h/t?clean=true&clean=true",
          "option \"clean\" is given twice" },
        { "mqtt://h/t?clean=yes", "clean: \"yes\" is not true or false" },
        { "mqtt://h/t?mode=bin",
          "mode: \"bin\" is not one of keep|binary|structured" },
        { "mqtt://h/t?max_in_flight=0", "max_in_flight: 0 is below 1" },
        { "mqtt://h/t?max_in_flight=65536",
          "max_in_flight: 65536 is above 65535" },
        { "mqtt://h/t?max_in_flight=many",
          "max_in_flight: \"many\" is not a number" },
        { "mqtt://h/t?backoff=1ms", "backoff: 1ms is below 10ms" },
        { "mqtt://h/t?timeout=5", "timeout: \"5\" is not a time with a unit, "
                                  "such as 100ms, 30s or 5m" },
        { "mqtt://h/t?max_event_bytes=5",
          "max_event_bytes: \"5\" is not a size with a unit, such as 64KiB "
          "or 10MB" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_ROW(rows[i].uri, !open_with(rows[i].uri, CE_URI_STRICT));
        EXPECT_STR_ROW(err.text, err.text, rows[i].text);
    }
}

static void a_foreign_query_keeps_what_is_no_option(void)
{
    ce_settings *s = open_with("http://u:p@h/x?a=%20&mode=binary&%zz&b&"
                               "timeout=1s&c=d",
                               CE_URI_FOREIGN);

    REQUIRE(s != NULL);
    EXPECT_STR(ce_settings_target(s), "http://h/x?a=%20&%zz&b&c=d");
    EXPECT_STR(ce_settings_text(s, "mode"), "binary");
    EXPECT_EQ(ce_settings_ms(s, "timeout"), 1000);
    ce_settings_close(s);
    EXPECT(!open_with("http://h/x?timeout=soon", CE_URI_FOREIGN));
}

static void an_opaque_query_is_kept_whole(void)
{
    ce_settings *s = open_with("http://h/x?mode=binary&a=b", CE_URI_OPAQUE);

    REQUIRE(s != NULL);
    EXPECT_STR(ce_settings_target(s), "http://h/x?mode=binary&a=b");
    EXPECT(!ce_settings_has(s, "mode"));
    EXPECT_OK(ce_settings_set(s, "mode", "structured", &err));
    EXPECT_STR(ce_settings_text(s, "mode"), "structured");
    ce_settings_close(s);
}

static void setting_checks_and_replaces(void)
{
    ce_settings *s = opened("mqtt://h/t?mode=binary");

    EXPECT_OK(ce_settings_set(s, "mode", "structured", &err));
    EXPECT_STR(ce_settings_text(s, "mode"), "structured");
    EXPECT_STATUS(ce_settings_set(s, "mode", "x", &err), CE_EINVAL);
    EXPECT_STR(ce_settings_text(s, "mode"), "structured");
    EXPECT_STATUS(ce_settings_set(s, "mood", "x", &err), CE_ENOENT);
    EXPECT_STR(err.text, "unknown option \"mood\", did you mean \"mode\"?");
    ce_settings_close(s);
}

static void what_is_unset_has_its_preset_again(void)
{
    ce_settings *s = opened("mqtt://h/t?clean=true&mode=binary&timeout=2m");

    ce_settings_unset(s, "mode");
    ce_settings_unset(s, "mode");
    EXPECT(!ce_settings_has(s, "mode"));
    EXPECT(ce_settings_boolean(s, "clean"));
    EXPECT_EQ(ce_settings_ms(s, "timeout"), 120000);
    ce_settings_unset(s, "clean");
    EXPECT(!ce_settings_boolean(s, "clean"));
    ce_settings_close(s);
}

typedef struct family {
    unsigned count;
    char text[64];
} family;

static void collect(void *arg, const char *name, const char *text)
{
    family *f = arg;
    size_t len = strlen(f->text);

    f->count++;
    snprintf(f->text + len, sizeof f->text - len, "%s=%s;", name, text);
}

static void a_family_takes_every_name_behind_its_prefix(void)
{
    ce_settings *s = opened("kafka://h/t?rdkafka.a.b=1&rdkafka.c=%20");
    family f = { 0 };

    ce_settings_each(s, "rdkafka.", collect, &f);
    EXPECT_EQ(f.count, 2);
    EXPECT_STR(f.text, "a.b=1;c= ;");
    EXPECT_STR(ce_settings_text(s, "rdkafka.a.b"), "1");
    ce_settings_close(s);
    EXPECT(!open_with("kafka://h/t?rdkafka.=1", CE_URI_STRICT));
}

static void the_label_holds_no_secrets(void)
{
    ce_settings *s = open_with(
        "http://alice:hidden@h:1/x?token=hidden&code=hidden", CE_URI_FOREIGN);

    REQUIRE(s != NULL);
    EXPECT_STR(ce_settings_label(s), "http://h:1/x");
    EXPECT_STR(ce_settings_target(s), "http://h:1/x?code=hidden");
    ce_settings_close(s);
}

static void secrets_come_from_a_file_or_the_option(void)
{
    char path[] = "ce-secret-XXXXXX", *secret;
    int file = mkstemp(path);
    ce_settings *s = opened("http://h/x");

    REQUIRE_CMP(file, >=, 0);
    REQUIRE_EQ(write(file, "from file\n", 10), 10);
    close(file);
    EXPECT_OK(ce_settings_secret(s, "token", "token_file", &secret, &err));
    EXPECT_EQ(secret, NULL);
    REQUIRE_OK(ce_settings_set(s, "token", "given", &err));
    REQUIRE_OK(ce_settings_secret(s, "token", "token_file", &secret, &err));
    EXPECT_STR(secret, "given");
    ce_free(secret);
    REQUIRE_OK(ce_settings_set(s, "token_file", path, &err));
    REQUIRE_OK(ce_settings_secret(s, "token", "token_file", &secret, &err));
    EXPECT_STR(secret, "from file");
    ce_free(secret);
    unlink(path);
    EXPECT_STATUS(ce_settings_secret(s, "token", "token_file", &secret, &err),
                  CE_EIO);
    EXPECT_CONTAINS(err.text, path);
    ce_settings_close(s);
}

static void sizes_and_times_need_their_units(void)
{
    static const struct {
        const char *text;
        uint64_t bytes, ms; /* UINT64_MAX: refused */
    } rows[] = {
        { "500B", 500, UINT64_MAX },
        { "64KiB", 65536, UINT64_MAX },
        { "1MiB", 1 << 20, UINT64_MAX },
        { "10MB", 10000000, UINT64_MAX },
        { "2GiB", (uint64_t)2 << 30, UINT64_MAX },
        { "1kB", 1000, UINT64_MAX },
        { "100ms", UINT64_MAX, 100 },
        { "30s", UINT64_MAX, 30000 },
        { "5m", UINT64_MAX, 300000 },
        { "2h", UINT64_MAX, 7200000 },
        { "7d", UINT64_MAX, 604800000 },
        { "0s", UINT64_MAX, 0 },
        { "", UINT64_MAX, UINT64_MAX },
        { "5", UINT64_MAX, UINT64_MAX },
        { "-5s", UINT64_MAX, UINT64_MAX },
        { " 5s", UINT64_MAX, UINT64_MAX },
        { "5 s", UINT64_MAX, UINT64_MAX },
        { "1.5s", UINT64_MAX, UINT64_MAX },
        { "99999999999999999999s", UINT64_MAX, UINT64_MAX },
        { "9999999999999999999d", UINT64_MAX, UINT64_MAX },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = UINT64_MAX, ms = UINT64_MAX;
        bool is_bytes = ce_parse_bytes(rows[i].text, &bytes) == CE_OK;
        bool is_ms = ce_parse_ms(rows[i].text, &ms) == CE_OK;

        EXPECT_EQ_ROW(rows[i].text, bytes, rows[i].bytes);
        EXPECT_EQ_ROW(rows[i].text, is_bytes, (bytes != UINT64_MAX));
        EXPECT_EQ_ROW(rows[i].text, ms, rows[i].ms);
        EXPECT_EQ_ROW(rows[i].text, is_ms, (ms != UINT64_MAX));
    }
}

static void suggestions_are_close_or_absent(void)
{
    static const struct {
        const char *name, *nearest;
    } rows[] = {
        { "bachoff", "backoff" },
        { "cleint_id", "client_id" },
        { "maxinflight", "max_in_flight" },
        { "mod", "mode" },
        { "flight", "max_in_flight" },
        { "my_mode", "mode" },
        { "a_mode_of_its_own", NULL },
        { "q", NULL },
        { "compression", NULL },
        { "", NULL },
        { "a_name_that_is_so_long_that_nobody_can_have_meant_it", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_STR_ROW(rows[i].name, ce_option_nearest(table, rows[i].name),
                       rows[i].nearest);
}

TESTS("settings", TEST(uris_are_split_into_their_parts),
      TEST(faulty_uris_are_refused),
      TEST(an_error_never_shows_a_part_of_a_password),
      TEST(options_come_from_the_query), TEST(what_is_not_set_has_its_preset),
      TEST(a_strict_query_names_what_it_does_not_know),
      TEST(a_foreign_query_keeps_what_is_no_option),
      TEST(an_opaque_query_is_kept_whole), TEST(setting_checks_and_replaces),
      TEST(what_is_unset_has_its_preset_again),
      TEST(a_family_takes_every_name_behind_its_prefix),
      TEST(the_label_holds_no_secrets),
      TEST(secrets_come_from_a_file_or_the_option),
      TEST(sizes_and_times_need_their_units),
      TEST(suggestions_are_close_or_absent))
