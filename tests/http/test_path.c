/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that events choose. */
#include "tests/support/ce_test.h"

#include <cloudevents/transport.h>

#include "bindings/http/path.h"

static ce_settings *settings(const char *uri)
{
    ce_settings *s;

    REQUIRE_OK(ce_settings_open(&s, ce_transport_find(uri)->sender_options, uri,
                                CE_URI_FOREIGN, NULL));
    return s;
}

static void an_event_chooses_an_allowed_path(void)
{
    static const struct {
        const char *key, *topic, *path; /* PATH is NULL: there is none */
    } rows[] = {
        { "d7", "t", "/d/d7/t" },
        { "k\xC3\xBC x", "t", "/d/k%C3%BC%20x/t" },
        { "100%", "a/b", "/d/100%25/a/b" },
        { "a?b#c", "t", "/d/a%3Fb%23c/t" },
        { "a/b", "t", NULL },
        { "a\\b", "t", NULL },
        { "..", "t", NULL },
        { ".", "t", NULL },
        { "%2e%2e", "t", "/d/%252e%252e/t" },
        { "x", "../../admin", NULL },
        { "x", "a/..", NULL },
        { NULL, "t", NULL },
        { "secret", "t", "/d/secret/t" },
        { "x", "other", NULL },
    };
    ce_delivery d = { .arena = ce_arena_new() };
    ce_settings *s =
        settings("http://h/d/{key}/{topic}?paths=/d/*/t,/d/*/a*&q={x}");
    ce_target *t;

    REQUIRE_OK(ce_http_path_open(&t, s, NULL));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path;
        ce_status status;

        d.message.key = ce_slice_of(rows[i].key);
        d.origin.topic = ce_slice_of(rows[i].topic);
        status = ce_target_of(t, &d, &path, NULL);
        EXPECT_STATUS_ROW(rows[i].key, status,
                          (rows[i].path ? CE_OK : CE_ENOENT));
        if (rows[i].path)
            EXPECT_STR(path, rows[i].path);
    }
    ce_target_close(t);
    ce_settings_close(s);
    ce_arena_free(d.arena);
}

static void what_can_never_work_is_said(void)
{
    static const struct {
        const char *uri, *said; /* SAID is NULL: it works */
    } rows[] = {
        { "http://h/a", NULL },
        { "http://h/a/../b", NULL },
        { "http://h?x={y}", NULL },
        { "http://h/%7Bx%7D", NULL },
        { "http://h/{subject}", "a template needs \"paths\"" },
        { "http://h/{subject}?paths=a", "a path begins with '/'" },
        { "http://h/{Subject}?paths=/a", "unknown placeholder" },
        { "http://h/b?paths=/a", "\"paths\" does not allow it" },
        { "http://h/{id}?paths=/*&webhook=true", "a webhook has one URL" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_settings *s = settings(rows[i].uri);
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].uri, ce_http_path_check(s, &err),
                          (rows[i].said ? CE_EINVAL : CE_OK));
        if (rows[i].said)
            EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].said);
        ce_settings_close(s);
    }
}

TESTS("path", TEST(an_event_chooses_an_allowed_path),
      TEST(what_can_never_work_is_said))
