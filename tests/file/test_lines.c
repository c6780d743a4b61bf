/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, whatever blocks they come in. */
#include "tests/support/ce_test.h"

#include "bindings/file/lines.h"

enum { MAX_BYTES = 5 };

static ce_file_lines lines;

static void close_lines(void)
{
    ce_file_lines_free(&lines);
    lines = (ce_file_lines){ .max_bytes = MAX_BYTES };
}

static void give(const char *text, size_t len)
{
    char *room = ce_file_lines_room(&lines, len);

    REQUIRE(room != NULL);
    memcpy(room, text, len);
    ce_file_lines_grow(&lines, len);
}

/* Adds "NUMBER:LINE " for each line that is there, "NUMBER:! " for a long
 * one. */
static void take_all(bool is_end, char *out, size_t size)
{
    ce_slice line;
    ce_file_line kind;

    while ((kind = ce_file_lines_look(&lines, is_end, &line)) !=
           CE_FILE_NO_LINE) {
        size_t len = strlen(out);
        bool is_long = kind == CE_FILE_LONG_LINE;

        snprintf(out + len, size - len, "%d:%.*s ", (int)lines.number + 1,
                 is_long ? 1 : (int)line.len, is_long ? "!" : line.ptr);
        ce_file_lines_take(&lines);
    }
}

/* What comes of TEXT in blocks of so many bytes. */
static const char *cut(const char *text, size_t block)
{
    static char out[200];
    size_t len = strlen(text);

    close_lines();
    out[0] = '\0';
    for (size_t at = 0; at < len; at += block) {
        give(text + at, len - at < block ? len - at : block);
        take_all(false, out, sizeof out);
    }
    take_all(true, out, sizeof out);
    return out;
}

static void cuts_the_same_whatever_the_blocks(void)
{
    static const struct {
        const char *name, *text, *lines;
    } rows[] = {
        { "nothing", "", "" },
        { "two", "a\nb\n", "1:a 2:b " },
        { "without the last break", "a\nb", "1:a 2:b " },
        { "CR LF", "a\r\nb\r\n", "1:a 2:b " },
        { "blank ones count", "\n \t\n\r\na\n\n", "4:a " },
        { "as long as allowed", "12345\n12345\r\n12345",
          "1:12345 2:12345 3:12345 " },
        { "one more", "123456\na\n", "1:! 2:a " },
        { "one more with CR", "123456\r\na\n", "1:! 2:a " },
        { "much longer", "1234567890123456\na\n", "1:! 2:a " },
        { "long to the end", "a\n1234567890", "1:a 2:! " },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t block = 1; block <= 20; block++)
            EXPECT_STR_ROW(rows[i].name, cut(rows[i].text, block),
                           rows[i].lines);
}

static void a_line_stays_until_it_is_taken(void)
{
    ce_slice line;

    close_lines();
    give("a\nb\n", 4);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(ce_file_lines_look(&lines, false, &line), CE_FILE_LINE);
        EXPECT_TEXT(line, "a");
        EXPECT_EQ(lines.number, 0);
    }
    ce_file_lines_take(&lines);
    EXPECT_EQ(lines.number, 1);
    EXPECT_EQ(ce_file_lines_look(&lines, false, &line), CE_FILE_LINE);
    EXPECT_TEXT(line, "b");
}

static void a_restart_begins_with_the_first_line(void)
{
    ce_slice line;

    close_lines();
    give("1234567890", 10);
    EXPECT_EQ(ce_file_lines_look(&lines, false, &line), CE_FILE_LONG_LINE);
    ce_file_lines_take(&lines);
    ce_file_lines_restart(&lines);
    give("a\n", 2);
    EXPECT_EQ(ce_file_lines_look(&lines, false, &line), CE_FILE_LINE);
    EXPECT_TEXT(line, "a");
    EXPECT_EQ(lines.number, 0);
}

/* A long line is forgotten piece by piece. */
static void memory_is_bounded(void)
{
    static const char piece[1000];
    ce_slice line;

    close_lines();
    for (int i = 0; i < 1000; i++) {
        give(piece, sizeof piece);
        if (ce_file_lines_look(&lines, false, &line) == CE_FILE_LONG_LINE)
            ce_file_lines_take(&lines);
        EXPECT_CMP(lines.buf.len, <=, 2 * sizeof piece);
    }
}

TESTS_CLOSED_BY(close_lines, "file lines",
                TEST(cuts_the_same_whatever_the_blocks),
                TEST(a_line_stays_until_it_is_taken),
                TEST(a_restart_begins_with_the_first_line),
                TEST(memory_is_bounded))
