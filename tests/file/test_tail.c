/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are rotated and rewritten while their lines wait for the sink. */
#include "tests/file/file_rig.h"

#include <dirent.h>
#include <stdio.h>

static rig now;

/* Descriptors of this process in the rig's folder. */
static unsigned open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;
    struct dirent *e;

    REQUIRE(dir != NULL);
    while ((e = readdir(dir))) {
        char at[300], to[300];
        ssize_t len;

        snprintf(at, sizeof at, "/proc/self/fd/%s", e->d_name);
        len = readlink(at, to, sizeof to - 1);
        to[len > 0 ? len : 0] = '\0';
        count += strncmp(to, now.dir, strlen(now.dir)) == 0;
    }
    closedir(dir);
    return count;
}

/* As logrotate does without copytruncate. */
static void rotate(void)
{
    char to[260], older[260];

    snprintf(to, sizeof to, "%s.1", now.path);
    snprintf(older, sizeof older, "%s.2", now.path);
    rename(to, older);
    REQUIRE(rename(now.path, to) == 0);
}

static void rotations_behind_a_sink_that_is_away(void)
{
    rig_open(&now);
    ce_mem_always(now.sink, ce_mem_hold);
    rig_append(&now, RIG_EVENT("1") "\n" RIG_EVENT("2") "\n");
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true&max_in_flight=1"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    for (unsigned i = 0; i < 3; i++) {
        char line[200];

        rotate();
        snprintf(line, sizeof line,
                 "{\"specversion\":\"1.0\",\"id\":\"%u\",\"source\":\"/s\","
                 "\"type\":\"t\"}\n",
                 i + 3);
        rig_append(&now, line);
        RIG_UNTIL(&now, open_files() == i + 2);
    }
    ce_mem_always(now.sink, ce_mem_ack);
    ce_mem_release_all(now.sink, ce_mem_ack.result);
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 5);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3 4 5");
    RIG_UNTIL(&now, open_files() == 1);
    rig_close(&now);
}

static void a_line_that_comes_while_others_are_read_is_for_the_next_run(void)
{
    rig_open(&now);
    ce_mem_always(now.sink, ce_mem_hold);
    rig_append(&now, RIG_EVENT("1") "\n\n" RIG_EVENT("2"));
    REQUIRE_OK(rig_start_receiver(&now, "?max_in_flight=1"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    /* The last line was not whole yet. */
    rig_append(&now, "\n\n" RIG_EVENT("3") "\n");
    ce_mem_always(now.sink, ce_mem_ack);
    ce_mem_release_all(now.sink, ce_mem_ack.result);
    RIG_UNTIL(&now, now.ended);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2");
    rig_close(&now);
}

static void a_file_that_was_cut_and_has_grown_again(void)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n" RIG_EVENT("2") "\n");
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 2);
    rig_write(now.path, O_TRUNC,
              RIG_EVENT("3") "\n" RIG_EVENT("4") "\n" RIG_EVENT("5") "\n",
              3 * sizeof RIG_EVENT("3"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 5);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3 4 5");
    rig_close(&now);
}

static void write_line(int fd, const char *line)
{
    REQUIRE_EQ(write(fd, line, strlen(line)), (ssize_t)strlen(line));
}

static void pass_ms(uint64_t ms)
{
    uint64_t end = ce_loop_now_ms(now.loop) + ms;

    RIG_UNTIL(&now, ce_loop_now_ms(now.loop) >= end);
}

/* Returns what a program still has open for writing. */
static int begin_a_rotation(void)
{
    int old;

    rig_open(&now);
    old = open(now.path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    write_line(old, RIG_EVENT("1") "\n");
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true&rotate_wait=1ms"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    rotate();
    return old;
}

/* As after logrotate with "create", until the program has its signal. */
static void a_program_goes_on_in_the_old_file(void)
{
    int old = begin_a_rotation();

    rig_append(&now, "");
    RIG_UNTIL(&now, open_files() == 3);
    pass_ms(1000);
    EXPECT_EQ(open_files(), 3);
    write_line(old, RIG_EVENT("2") "\n{\"specversion\":");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 2);
    pass_ms(1000);
    write_line(old, &RIG_EVENT("3") "\n"[15]);
    close(old);
    rig_append(&now, RIG_EVENT("4") "\n");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 4);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3 4");
    RIG_UNTIL(&now, open_files() == 1);
    rig_close(&now);
}

/* But another one in the new file. */
static void a_program_that_forgets_the_old_file_is_not_waited_for(void)
{
    int old = begin_a_rotation();

    rig_append(&now, RIG_EVENT("2") "\n");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 2);
    close(old);
    rig_close(&now);
}

TESTS("file tail", TEST(a_program_goes_on_in_the_old_file),
      TEST(a_program_that_forgets_the_old_file_is_not_waited_for),
      TEST(rotations_behind_a_sink_that_is_away),
      TEST(a_line_that_comes_while_others_are_read_is_for_the_next_run),
      TEST(a_file_that_was_cut_and_has_grown_again))
