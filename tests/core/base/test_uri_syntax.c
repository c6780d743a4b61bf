/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in an attribute of the types URI and URI-reference. */
#include "tests/support/ce_test.h"

#include "core/base/uri_syntax.h"

static void absolute_uris_and_references_are_told_apart(void)
{
    static const struct {
        const char *text;
        bool absolute, reference;
    } rows[] = {
        { "https://example.com/a?b=c", true, true },
        { "urn:uuid:0-1", true, true },
        { "mailto:a@example.com", true, true },
        { "a+b-c.1:x", true, true },
        { "https://[::1]/#part", true, true },
        { "/a/b", false, true },
        { "a/b:c", false, true },
        { "?a:b", false, true },
        { "#a", false, true },
        { "", false, true },
        { "1a:b", false, false },
        { "a_b:c", false, false },
        { ":a", false, false },
        { "/a b", false, false },
        { "/a\"b", false, false },
        { "/a\\b", false, false },
        { "/gr\xc3\xbc\xc3\x9f", false, false },
        { "/a%2Fb", false, true },
        { "/a%2", false, false },
        { "/a%zz", false, false },
        { "/a#b#c", false, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice text = ce_slice_of(rows[i].text);

        EXPECT_EQ_ROW(rows[i].text, ce_uri_is_absolute(text), rows[i].absolute);
        EXPECT_EQ_ROW(rows[i].text, ce_uri_is_reference(text),
                      rows[i].reference);
    }
}

TESTS("uri_syntax", TEST(absolute_uris_and_references_are_told_apart))
