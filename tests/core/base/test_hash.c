/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that files and peers keep stay what they are. */
#include "core/base/hash.h"

#include "tests/support/ce_test.h"

/* Values that the authors of FNV give. */
static void it_is_fnv_1a(void)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } rows[] = {
        { "", 0xcbf29ce484222325u },
        { "a", 0xaf63dc4c8601ec8cu },
        { "foobar", 0x85944171f73967e8u },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_ROW(rows[i].text,
                   ce_hash(CE_HASH_START, ce_slice_of(rows[i].text)) ==
                       rows[i].hash);
}

static uint64_t of_two(const char *a, const char *b)
{
    return ce_hash_part(ce_hash_part(CE_HASH_START, ce_slice_of(a)),
                        ce_slice_of(b));
}

static void borders_of_texts_count(void)
{
    EXPECT(of_two("a", "bc") != of_two("ab", "c"));
    EXPECT(of_two("", "a") != of_two("a", ""));
    EXPECT(of_two("a", "b") == of_two("a", "b"));
}

TESTS("core base hash", TEST(it_is_fnv_1a), TEST(borders_of_texts_count))
