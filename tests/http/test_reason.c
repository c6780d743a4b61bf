/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a body that is for people. */
#include "bindings/http/reason.h"

#include "tests/support/ce_test.h"

static void check(const char *type, const char *body, const char *reason)
{
    ce_arena *arena = ce_arena_new();
    ce_slice out;

    REQUIRE(arena != NULL);
    out = ce_http_reason(arena, 422, ce_slice_of(type), ce_slice_of(body));
    EXPECT_TEXT_ROW(body, out, reason);
    ce_arena_free(arena);
}

static void json_gives_a_sentence_or_nothing(void)
{
    static const char *const rows[][2] = {
        { "{\"title\":\"t\",\"detail\":\" d \"}", "d" },
        { "{\"title\":\"t\",\"status\":422}", "t" },
        { " \n{\"message\":\"m\"}", "m" },
        { "{\"error\":\"e\"}", "e" },
        { "{\"error\":{\"code\":1,\"message\":\"m\"}}", "m" },
        { "{\"error\":\"invalid_token\",\"error_description\":\"d\"}",
          "invalid_token" },
        { "{\"errors\":[{\"message\":\"m\"}]}", "m" },
        { "{\"detail\":1,\"title\":\"t\"}", "t" },
        { "{\"detail\":\"\",\"title\":\"t\"}", "t" },
        { "{\"a\":1}", "HTTP 422" },
        { "{", "HTTP 422" },
        { "[1]", "HTTP 422" },
        { "\"text\"", "HTTP 422" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        check("application/problem+json", rows[i][0], rows[i][1]);
        check("application/JSON; charset=utf-8", rows[i][0], rows[i][1]);
    }
    check("text/plain", "{\"detail\":\"d\"}", "d");
    check(NULL, "{\"detail\":\"d\"}", "d");
}

static void a_page_gives_its_title(void)
{
    static const char *const rows[][2] = {
        { "<html><head><title>Bad Gateway</title></head></html>",
          "HTTP 422: Bad Gateway" },
        { "\n<!DOCTYPE html>\n<HTML><TITLE lang=\"en\">\n No\n</TITLE>",
          "HTTP 422: No" },
        { "<html><body>no title</body></html>", "HTTP 422" },
        { "<html><title>no end", "HTTP 422" },
        { "<html><title", "HTTP 422" },
        { "<", "HTTP 422" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        check("text/html", rows[i][0], rows[i][1]);
        check(NULL, rows[i][0], rows[i][1]);
    }
}

static void text_gives_its_first_line(void)
{
    char line[1000];

    check("text/plain", "no\nmore", "HTTP 422: no");
    check("text/plain; charset=utf-8", "\r\n  no  \r\nmore", "HTTP 422: no");
    check(NULL, "no", "HTTP 422: no");
    check("text/plain", "", "HTTP 422");
    check("text/plain", " \n ", "HTTP 422");
    check("text/plain", "\xff\xfe", "HTTP 422");
    check("image/png", "PNG", "HTTP 422");
    check("application/octet-stream", "abc", "HTTP 422");
    memset(line, 'x', sizeof line);
    memcpy(line + CE_REASON_SIZE - 1, "\xc3\xa9", 2);
    line[CE_REASON_SIZE + 50] = '\0';
    {
        char reason[CE_REASON_SIZE + 20];

        snprintf(reason, sizeof reason, "HTTP 422: %.*s", CE_REASON_SIZE - 1,
                 line);
        check("text/plain", line, reason);
    }
}

TESTS("http reason", TEST(json_gives_a_sentence_or_nothing),
      TEST(a_page_gives_its_title), TEST(text_gives_its_first_line))
