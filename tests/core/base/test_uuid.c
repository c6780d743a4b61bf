/* SPDX-License-Identifier: Apache-2.0 */
/* Ids for new events. */
#include <time.h>

#include "tests/support/ce_test.h"
#include "core/base/uuid.h"

static void it_looks_like_a_uuid_of_version_7(void)
{
    char id[CE_UUID_LEN + 1];

    for (unsigned i = 0; i < 1000; i++) {
        REQUIRE_OK(ce_uuid_new(id));
        EXPECT_EQ(strlen(id), CE_UUID_LEN);
        EXPECT_EQ(strspn(id, "0123456789abcdef-"), CE_UUID_LEN);
        EXPECT_EQ(id[8], '-');
        EXPECT_EQ(id[13], '-');
        EXPECT_EQ(id[18], '-');
        EXPECT_EQ(id[23], '-');
        EXPECT_EQ(id[14], '7');
        EXPECT(strchr("89ab", id[19]) != NULL);
    }
}

static void it_begins_with_the_time_in_milliseconds(void)
{
    char id[CE_UUID_LEN + 1], digits[13];
    long long before = (long long)time(NULL) * 1000, at;

    REQUIRE_OK(ce_uuid_new(id));
    snprintf(digits, sizeof digits, "%.8s%.4s", id, id + 9);
    at = strtoll(digits, NULL, 16);
    EXPECT_CMP(at, >=, before);
    EXPECT_CMP(at, <, before + 60000);
}

static void no_two_are_equal(void)
{
    enum { MANY = 2000 };
    static char ids[MANY][CE_UUID_LEN + 1];

    for (unsigned i = 0; i < MANY; i++) {
        REQUIRE_OK(ce_uuid_new(ids[i]));
        for (unsigned k = 0; k < i; k++)
            REQUIRE(strcmp(ids[i], ids[k]) != 0);
    }
}

static void words_make_the_same_one_each_time(void)
{
    static const uint64_t words[] = { 0x0123456789abcdefu,
                                      0xfedcba9876543210u };
    char id[CE_UUID_LEN + 1];

    ce_uuid_of(words, id);
    EXPECT_STR(id, "01234567-89ab-7def-bedc-ba9876543210");
}

TESTS("uuid", TEST(it_looks_like_a_uuid_of_version_7),
      TEST(it_begins_with_the_time_in_milliseconds), TEST(no_two_are_equal),
      TEST(words_make_the_same_one_each_time))
