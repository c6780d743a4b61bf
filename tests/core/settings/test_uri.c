/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an endpoint's URI. How settings show them: test_settings.c. */
#include "tests/support/ce_test.h"

#include "core/settings/uri.h"

static void the_base_is_as_written_and_names_nobody(void)
{
    static const struct {
        const char *text, *base, *query; /* NULL: absent */
    } rows[] = {
        { "http://h/a%20b?c=d", "http://h/a%20b", "c=d" },
        { "HTTP://h", "http://h", NULL },
        { "http://u:p@h:1/a", "http://h:1/a", NULL },
        { "http://h?a?b", "http://h", "a?b" },
        { "mqtt://h/a/+/#?qos=1", "mqtt://h/a/+/#", "qos=1" },
        { "kafka://h1:1,h2:2/t", "kafka://h1:1,h2:2/t", NULL },
        { "file:///tmp/a?b=c", "file:/tmp/a", "b=c" },
        { "unix:/run/a.sock?b=c", "unix:/run/a.sock", "b=c" },
        { "-?a=b", "-", "a=b" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { 0 };
        ce_uri u;

        EXPECT_EQ_ROW(rows[i].text, ce_uri_parse(&u, rows[i].text, &err),
                      CE_OK);
        EXPECT_TEXT(ce_slice_of(u.base), rows[i].base);
        EXPECT_EQ_ROW(rows[i].text, !u.query.ptr, !rows[i].query);
        if (rows[i].query)
            EXPECT_TEXT(u.query, rows[i].query);
        ce_uri_free(&u);
    }
}

static void the_port_is_that_of_the_first_host(void)
{
    ce_error err;
    ce_uri u;

    REQUIRE_OK(ce_uri_parse(&u, "kafka://a,b:9092/t", &err));
    EXPECT(!u.has_port);
    EXPECT_TEXT(ce_slice_of(u.host), "a");
    ce_uri_free(&u);
    REQUIRE_OK(ce_uri_parse(&u, "http://[::1]:0/t", &err));
    EXPECT(u.has_port);
    EXPECT_EQ(u.port, 0u);
    EXPECT_TEXT(ce_slice_of(u.host), "::1");
    ce_uri_free(&u);
}

static void a_failure_says_which_part_and_can_be_freed(void)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        { "h/a", "does not begin with a scheme" },
        { "http:/h", "no \"//\" behind \"http:\"" },
        { "http:///a", "has no host" },
        { "http://h:65536/", "the port \"65536\" in the URI" },
        { "kafka://a:1,b:no,c:2/t", "the port \"no\" in the URI" },
        { "mqtt://user:hush/hush@h/t", "the port in the URI" },
        { "http://[::1]x/", "text behind ']'" },
        { "file:", "names no file" },
        { "file://h/a", "a file has no host" },
        { "unix://h/a", "a file has no host: write unix:PATH" },
        { "http://h/%4", "two hexadecimal digits" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { 0 };
        ce_uri u;

        EXPECT_EQ_ROW(rows[i].text, ce_uri_parse(&u, rows[i].text, &err),
                      CE_ESYNTAX);
        EXPECT_CONTAINS_ROW(rows[i].text, err.text, rows[i].said);
        ce_uri_free(&u);
    }
}

static void percent_signs_are_decoded_once_and_never_to_nul(void)
{
    ce_error err;
    char *text;

    REQUIRE_OK(ce_uri_decode(CE_SLICE("a%2520%2f+"), &text, &err));
    EXPECT_TEXT(ce_slice_of(text), "a%20/+");
    ce_wipe(text);
    EXPECT_EQ(ce_uri_decode(CE_SLICE("%00"), &text, &err), CE_ESYNTAX);
    EXPECT_EQ(ce_uri_decode(CE_SLICE("%g0"), &text, &err), CE_ESYNTAX);
    EXPECT_EQ(ce_uri_decode(CE_SLICE("%"), &text, &err), CE_ESYNTAX);
}

TESTS("uri", TEST(the_base_is_as_written_and_names_nobody),
      TEST(the_port_is_that_of_the_first_host),
      TEST(a_failure_says_which_part_and_can_be_freed),
      TEST(percent_signs_are_decoded_once_and_never_to_nul))
