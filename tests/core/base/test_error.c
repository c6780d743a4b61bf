/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and the sentence that explains one. */
#include "tests/support/ce_test.h"

static ce_status fail_with(ce_error *err, const char *text)
{
    return ce_fail(err, CE_EINVAL, "value \"%s\" is wrong", text);
}

static void records_status_and_sentence(void)
{
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(fail_with(&err, "x"), CE_EINVAL);
    EXPECT_STATUS(err.status, CE_EINVAL);
    EXPECT_STR(err.text, "value \"x\" is wrong");
}

static void nobody_has_to_listen(void)
{
    EXPECT_STATUS(fail_with(NULL, "x"), CE_EINVAL);
}

static void the_sentence_is_one_line(void)
{
    ce_error err;

    EXPECT_STATUS(fail_with(&err, "a\r\nb\tc\x7f"), CE_EINVAL);
    EXPECT_STR(err.text, "value \"a  b c \" is wrong");
}

static void a_long_sentence_is_cut(void)
{
    char text[1000];
    ce_error err;

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    EXPECT_STATUS(fail_with(&err, text), CE_EINVAL);
    EXPECT_EQ(strlen(err.text), sizeof err.text - 1);
}

static void a_sentence_is_cut_between_characters(void)
{
    char text[1000] = "";
    ce_error err;
    size_t len;

    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        text[shift] = '\0';
        for (unsigned i = 0; i < 100; i++)
            strcat(text, "\xe2\x82\xac");
        EXPECT_STATUS(fail_with(&err, text), CE_EINVAL);
        len = strlen(err.text);
        EXPECT_CMP(len, >, sizeof err.text - 5);
        EXPECT_EQ(memcmp(err.text + len - 3, "\xe2\x82\xac", 3), 0);
    }
}

static void a_sentence_may_quote_the_one_before(void)
{
    ce_error err;

    EXPECT_STATUS(fail_with(&err, "x"), CE_EINVAL);
    EXPECT_STATUS(ce_fail(&err, CE_EIO, "line 3: %s", err.text), CE_EIO);
    EXPECT_STR(err.text, "line 3: value \"x\" is wrong");
}

static void every_status_has_a_name_of_its_own(void)
{
    for (int a = CE_OK; a <= CE_EIO; a++) {
        EXPECT_EQ(strncmp(ce_status_name((ce_status)a), "CE_", 3), 0);
        for (int b = CE_OK; b < a; b++)
            EXPECT(strcmp(ce_status_name((ce_status)a),
                          ce_status_name((ce_status)b)) != 0);
    }
    EXPECT_STR(ce_status_name(CE_EAGAIN), "CE_EAGAIN");
    EXPECT(ce_status_name((ce_status)77) != NULL);
    EXPECT(ce_status_name((ce_status)-1) != NULL);
}

TESTS("error", TEST(records_status_and_sentence), TEST(nobody_has_to_listen),
      TEST(the_sentence_is_one_line), TEST(a_long_sentence_is_cut),
      TEST(a_sentence_is_cut_between_characters),
      TEST(a_sentence_may_quote_the_one_before),
      TEST(every_status_has_a_name_of_its_own))
