/* SPDX-License-Identifier: Apache-2.0 */
/* A file is read on where an earlier run has left off. */
#include <stdio.h>
#include <sys/stat.h>

#include <cloudevents/log.h>

#include "bindings/file/place.h"
#include "tests/file/file_rig.h"

static rig now;
static char query[300];

/* Its file ends with the text. */
static void read_on(const char *options, unsigned count)
{
    snprintf(query, sizeof query, "?position=%s/place%s", now.dir, options);
    REQUIRE_OK(rig_start_receiver(&now, query));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == count);
}

static void begin(void)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n" RIG_EVENT("2") "\r\n");
    read_on("&follow=true", 2);
    rig_close_ends(&now);
}

static void came(const char *ids)
{
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), ids);
    rig_close(&now);
}

static void goes_on_behind_what_is_settled(void)
{
    begin();
    rig_append(&now, "\n" RIG_EVENT("3") "\n");
    read_on("&follow=true", 3);
    came("1 2 3");
}

static void a_file_with_an_end_too(void)
{
    begin();
    read_on("", 2);
    RIG_UNTIL(&now, now.ended);
    rig_close_ends(&now);
    rig_append(&now, RIG_EVENT("3") "\n");
    read_on("", 3);
    came("1 2 3");
}

static void what_is_not_settled_comes_again(void)
{
    rig_open(&now);
    rig_append(&now,
               RIG_EVENT("1") "\n" RIG_EVENT("2") "\n" RIG_EVENT("3") "\n");
    ce_mem_script(now.sink, ce_mem_ack);
    ce_mem_script(now.sink, ce_mem_hold);
    read_on("&follow=true", 3);
    now.receiver->ops->stop(now.receiver);
    ce_mem_release_all(now.sink, ce_mem_undelivered.result);
    rig_close_ends(&now);
    read_on("&follow=true", 5);
    came("1 2 3 2 3");
}

static void the_rest_of_a_long_line_is_no_line(void)
{
    char part[2000];

    memset(part, 'x', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    begin();
    rig_append(&now, part);
    read_on("&follow=true&max_event_bytes=1KiB", 3);
    rig_close_ends(&now);
    rig_append(&now, "rest\n" RIG_EVENT("3") "\n");
    read_on("&follow=true&max_event_bytes=1KiB", 5);
    EXPECT_EQ(ce_mem_sent_at(now.sink, 3)->message.body.len, 0);
    EXPECT_STR(ce_mem_sent_attribute(now.sink, 4, "id"), "3");
    rig_close(&now);
}

static void comes_whole(const char *options, const char *part, const char *rest,
                        unsigned count)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n");
    rig_append(&now, part);
    read_on(options, 1);
    RIG_UNTIL(&now, now.ended);
    EXPECT_EQ(ce_mem_count(now.sink), 1);
    rig_close_ends(&now);
    now.ended = false;
    rig_append(&now, rest);
    read_on(options, count);
    RIG_UNTIL(&now, now.ended);
}

static void a_last_line_that_is_half_written_waits_for_its_end(void)
{
    comes_whole("", "{\"specversion\":\"1.0\",\"id\":\"2\",",
                "\"source\":\"/s\",\"type\":\"t\"}\n" RIG_EVENT("3"), 3);
    came("1 2 3");
    comes_whole("&lines=text", "half of ", "a line\n", 2);
    EXPECT_TEXT(ce_mem_sent_at(now.sink, 1)->message.body, "half of a line");
    rig_close(&now);
}

static void rename_to(unsigned number)
{
    char to[260];

    snprintf(to, sizeof to, "%s.%u", now.path, number);
    REQUIRE(rename(now.path, to) == 0);
}

static void files_that_were_rotated_meanwhile_follow(void)
{
    begin();
    rig_append(&now, RIG_EVENT("3") "\n");
    rename_to(2);
    rig_append(&now, RIG_EVENT("4") "\n");
    rename_to(1);
    rig_append(&now, RIG_EVENT("5") "\n");
    read_on("&follow=true", 5);
    came("1 2 3 4 5");
}

static void many_files_follow(void)
{
    enum { MANY = 99 };
    char path[260];

    begin();
    rename_to(MANY);
    for (unsigned n = MANY - 1; n > 0; n--) {
        snprintf(path, sizeof path, "%s.%u", now.path, n);
        rig_write(path, 0, RIG_EVENT("x") "\n", sizeof RIG_EVENT("x"));
    }
    rig_append(&now, RIG_EVENT("last") "\n");
    read_on("", 2 + MANY);
    EXPECT_STR(ce_mem_sent_attribute(now.sink, 1 + MANY, "id"), "last");
    rig_close(&now);
}

static void files_with_an_end_follow_too(void)
{
    begin();
    rig_append(&now, RIG_EVENT("3") "\n");
    rename_to(2);
    rig_append(&now, RIG_EVENT("4"));
    rename_to(1);
    rig_append(&now, RIG_EVENT("5") "\n");
    read_on("", 5);
    RIG_UNTIL(&now, now.ended);
    came("1 2 3 4 5");
}

static void note_gone(ce_level level, const char *line, void *arg)
{
    *(unsigned *)arg += level == CE_WARN && strstr(line, " is gone: ") != NULL;
}

static void a_file_that_was_written_anew_is_read_from_its_start(void)
{
    static const char text[] =
        RIG_EVENT("5") "\n" RIG_EVENT("6") "\n" RIG_EVENT("7") "\n";
    unsigned warnings = 0;

    begin();
    rig_write(now.path, O_TRUNC, text, sizeof text - 1);
    ce_log_to(note_gone, &warnings, CE_WARN);
    read_on("&follow=true", 5);
    ce_log_to(NULL, NULL, CE_WARN);
    EXPECT_EQ(warnings, 1);
    came("1 2 5 6 7");
}

/* Also before the first line is settled. */
static void a_file_that_was_rotated_unread_follows(void)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n");
    ce_mem_script(now.sink, ce_mem_hold);
    read_on("&follow=true", 1);
    now.receiver->ops->stop(now.receiver);
    ce_mem_release_all(now.sink, ce_mem_undelivered.result);
    rig_close_ends(&now);
    rename_to(1);
    rig_append(&now, RIG_EVENT("2") "\n");
    read_on("&follow=true", 3);
    came("1 1 2");
}

static void a_file_that_is_cut_after_the_start_is_noticed(void)
{
    begin();
    rig_append(&now, RIG_EVENT("3") "\n");
    read_on("&follow=true", 3);
    rig_close_ends(&now);
    read_on("&follow=true", 3);
    rig_write(now.path, O_TRUNC, RIG_EVENT("4") "\n", sizeof RIG_EVENT("4"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 4);
    came("1 2 3 4");
}

static void a_place_that_cannot_be_read_is_none(void)
{
    char path[260];

    begin();
    snprintf(path, sizeof path, "%s/place", now.dir);
    rig_write(path, O_TRUNC, "cebridge position 1 7 -3", 24);
    read_on("&follow=true", 4);
    came("1 2 1 2");
}

static void another_file_is_not_overwritten(void)
{
    ce_file_place p = { .path = NULL };
    ce_error err = { CE_OK, "" };

    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n");
    EXPECT_STATUS(ce_file_place_open(&p, now.path, &err), CE_EIO);
    EXPECT(strstr(err.text, "holds something else") != NULL);
    ce_file_place_close(&p);
    EXPECT_STR(rig_content(&now), RIG_EVENT("1") "\n");
    rig_close(&now);
}

static void a_place_belongs_to_one(void)
{
    const ce_file_mark m = { .inode = 1, .end = 7 };
    ce_file_place a = { .path = NULL }, b = { .path = NULL };
    char path[260];

    rig_open(&now);
    snprintf(path, sizeof path, "%s/place", now.dir);
    REQUIRE_OK(ce_file_place_open(&a, path, NULL));
    REQUIRE(ce_file_place_has_room(&a));
    ce_file_place_done(&a, ce_file_place_add(&a, &m));
    ce_file_place_save(&a);
    EXPECT_STATUS(ce_file_place_open(&b, path, NULL), CE_EIO);
    ce_file_place_close(&b);
    ce_file_place_close(&a);
    REQUIRE_OK(ce_file_place_open(&b, path, NULL));
    EXPECT(b.is_known);
    EXPECT_EQ(b.mark.end, 7);
    ce_file_place_close(&b);
    rig_close(&now);
}

/* What they would miss would look as if it had been dealt with. */
static void a_pipe_and_standard_input_have_none(void)
{
    ce_error err = { CE_OK, "" };

    rig_open(&now);
    REQUIRE_EQ(mkfifo(now.path, 0600), 0);
    snprintf(query, sizeof query, "?position=%s/place", now.dir);
    EXPECT_STATUS(rig_start_receiver(&now, query), CE_EINVAL);
    EXPECT_STATUS(
        ce_transport_file.check(CE_ROLE_RECEIVER, now.at.settings, &err),
        CE_EINVAL);
    rig_close_ends(&now);
    snprintf(query, sizeof query, "-?position=%s/place", now.dir);
    EXPECT_STATUS(rig_start_receiver(&now, query), CE_EINVAL);
    EXPECT_STATUS(
        ce_transport_file.check(CE_ROLE_RECEIVER, now.at.settings, &err),
        CE_EINVAL);
    EXPECT(strstr(err.text, "cannot be read again") != NULL);
    rig_close(&now);
}

static void count_line(ce_level level, const char *line, void *arg)
{
    (void)level;
    EXPECT_STR(line, "position: cannot write /dev/full: "
                     "No space left on device");
    ++*(unsigned *)arg;
}

static void a_place_that_cannot_be_written_is_told_once(void)
{
    const ce_file_mark m = { .inode = 1, .end = 7 };
    ce_file_place p = { .path = NULL };
    unsigned told = 0;

    ce_log_to(count_line, &told, CE_WARN);
    REQUIRE_OK(ce_file_place_open(&p, "/dev/full", NULL));
    for (unsigned i = 0; i < 3; i++) {
        REQUIRE(ce_file_place_has_room(&p));
        ce_file_place_done(&p, ce_file_place_add(&p, &m));
        ce_file_place_save(&p);
    }
    ce_file_place_close(&p);
    ce_log_to(NULL, NULL, CE_WARN);
    EXPECT_EQ(told, 1);
}

/* Lines behind one that waits are many, and then no more. */
static void lines_are_done_in_any_order(void)
{
    enum { MANY = 65536 };
    ce_file_place p = { .path = NULL };
    ce_file_mark m = { .inode = 1 };
    char path[260];

    rig_open(&now);
    snprintf(path, sizeof path, "%s/place", now.dir);
    REQUIRE_OK(ce_file_place_open(&p, path, NULL));
    for (m.line = 0; m.line < MANY; m.line++) {
        REQUIRE(ce_file_place_has_room(&p));
        EXPECT_EQ(ce_file_place_add(&p, &m), (uint64_t)m.line);
    }
    EXPECT(!ce_file_place_has_room(&p));
    for (uint64_t i = MANY - 1; i > 0; i--)
        ce_file_place_done(&p, i);
    EXPECT_EQ(p.mark.line, 0);
    EXPECT(!p.is_known && !ce_file_place_has_room(&p));
    ce_file_place_done(&p, 0);
    EXPECT_EQ(p.mark.line, MANY - 1);
    EXPECT_EQ(p.lines.len, 0);
    REQUIRE(ce_file_place_has_room(&p));
    EXPECT_EQ(ce_file_place_add(&p, &m), MANY);
    ce_file_place_close(&p);
    rig_close(&now);
}

TESTS("file place", TEST(goes_on_behind_what_is_settled),
      TEST(a_file_with_an_end_too), TEST(what_is_not_settled_comes_again),
      TEST(the_rest_of_a_long_line_is_no_line),
      TEST(a_last_line_that_is_half_written_waits_for_its_end),
      TEST(files_that_were_rotated_meanwhile_follow), TEST(many_files_follow),
      TEST(files_with_an_end_follow_too),
      TEST(a_file_that_was_written_anew_is_read_from_its_start),
      TEST(a_file_that_was_rotated_unread_follows),
      TEST(a_file_that_is_cut_after_the_start_is_noticed),
      TEST(a_place_that_cannot_be_read_is_none), TEST(a_place_belongs_to_one),
      TEST(another_file_is_not_overwritten),
      TEST(a_pipe_and_standard_input_have_none),
      TEST(a_place_that_cannot_be_written_is_told_once),
      TEST(lines_are_done_in_any_order))
