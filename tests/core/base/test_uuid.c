/* SPDX-License-Identifier: Apache-2.0 */
/* Ids for new events. */
#include <time.h>

#include "tests/support/ce_test.h"
#include "core/base/uuid.h"

static void it_looks_like_a_uuid_of_version_7(void)
{
    char id[CE_UUID_LEN + 1];

    for (unsigned i = 0; i < 1000; i++) {
        REQUIRE(ce_uuid_new(id) == CE_OK);
        EXPECT(strlen(id) == CE_UUID_LEN);
        EXPECT(strspn(id, "0123456789abcdef-") == CE_UUID_LEN);
        EXPECT(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
        EXPECT(id[14] == '7');
        EXPECT(strchr("89ab", id[19]) != NULL);
    }
}

static void it_begins_with_the_time_in_milliseconds(void)
{
    char id[CE_UUID_LEN + 1], digits[13];
    long long before = (long long)time(NULL) * 1000, at;

    REQUIRE(ce_uuid_new(id) == CE_OK);
    snprintf(digits, sizeof digits, "%.8s%.4s", id, id + 9);
    at = strtoll(digits, NULL, 16);
    EXPECT(at >= before && at < before + 60000);
}

static void no_two_are_equal(void)
{
    enum { MANY = 2000 };
    static char ids[MANY][CE_UUID_LEN + 1];

    for (unsigned i = 0; i < MANY; i++) {
        REQUIRE(ce_uuid_new(ids[i]) == CE_OK);
        for (unsigned k = 0; k < i; k++)
            REQUIRE(strcmp(ids[i], ids[k]) != 0);
    }
}

TESTS("uuid", TEST(it_looks_like_a_uuid_of_version_7),
      TEST(it_begins_with_the_time_in_milliseconds), TEST(no_two_are_equal))
