/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of seven bits per byte: Protobuf's varint, and Avro's below
 * zigzag. */
#include "tests/support/ce_test.h"

#include "core/base/varint.h"

static const struct {
    const char *name;
    uint64_t value;
    ce_slice bytes;
} numbers[] = {
    { "zero", 0, CE_SLICE("\x00") },
    { "the largest of one byte", 127, CE_SLICE("\x7f") },
    { "the smallest of two bytes", 128, CE_SLICE("\x80\x01") },
    { "the example of Protobuf's page", 150, CE_SLICE("\x96\x01") },
    { "all 64 bits", UINT64_MAX,
      CE_SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
};

static void numbers_are_written_and_read(void)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        ce_slice bytes = numbers[i].bytes;
        const char *p = bytes.ptr;
        char out[CE_VARINT_MAX];
        uint64_t value = 1;

        EXPECT_EQ_ROW(numbers[i].name, ce_varint_write(numbers[i].value, out),
                      bytes.len);
        EXPECT_ROW(numbers[i].name, !memcmp(out, bytes.ptr, bytes.len));
        EXPECT_ROW(numbers[i].name,
                   ce_varint_read(&p, bytes.ptr + bytes.len, &value));
        EXPECT_EQ_ROW(numbers[i].name, value, numbers[i].value);
        EXPECT_EQ_ROW(numbers[i].name, p, bytes.ptr + bytes.len);
    }
}

static void faulty_numbers_are_refused(void)
{
    static const struct {
        const char *name;
        ce_slice bytes;
    } rows[] = {
        { "nothing", CE_SLICE("") },
        { "no last byte", CE_SLICE("\x80\x80") },
        { "65 bits", CE_SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02") },
        { "eleven bytes",
          CE_SLICE("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01") },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *p = rows[i].bytes.ptr;
        uint64_t value;

        EXPECT_ROW(rows[i].name,
                   !ce_varint_read(&p, p + rows[i].bytes.len, &value));
    }
}

TESTS("varint", TEST(numbers_are_written_and_read),
      TEST(faulty_numbers_are_refused))
