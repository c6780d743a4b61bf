/* SPDX-License-Identifier: Apache-2.0 */
/* A file that others move, delete, lock or append to while a sink has it. */
#include "tests/file/file_rig.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "bindings/file/target.h"
#include "tests/support/flushes.h"

static rig now;

static ce_result outcome(int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(now.app, number);

    RIG_UNTIL(&now, o->settlements > 0);
    return o->result;
}

static int send_event(const char *json)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = ce_slice_of(json) };

    return ce_mem_arrive_message(now.app, &m);
}

static void another_file_is_opened(int (*away)(const char *path))
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("1"))), CE_ACK);
    REQUIRE(away(now.path) == 0);
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("2"))), CE_ACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)), RIG_EVENT("2") "\n");
    rig_close(&now);
}

static int rotate(const char *path)
{
    char to[260];

    snprintf(to, sizeof to, "%s.1", path);
    return rename(path, to) ? -1 : unlink(to);
}

static void a_rotated_file_is_left(void)
{
    another_file_is_opened(rotate);
}

static void a_deleted_file_is_left(void)
{
    another_file_is_opened(unlink);
}

static void a_sync_sink_leaves_it_too(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, "?sync=true"));
    for (int i = 0; i < 20; i++) {
        int sent = send_event(RIG_EVENT("1"));

        REQUIRE(i % 2 || unlink(now.path) == 0 || i == 0);
        EXPECT_VERDICT(outcome(sent), CE_ACK);
        EXPECT_CONTAINS(rig_content(&now), "\"id\":\"1\"");
    }
    rig_close(&now);
}

/* What a power loss leaves of a file without its name is nothing. */
static void a_sync_sink_flushes_the_name_of_a_new_file(void)
{
    static const struct {
        const char *query;
        unsigned flushes;
    } rows[] = { { "?sync=true", 2 }, { "", 0 } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        rig_open(&now);
        ce_test_flushes_begin();
        REQUIRE_OK(rig_start_sender(&now, rows[i].query));
        EXPECT_VERDICT(outcome(send_event(RIG_EVENT("1"))), CE_ACK);
        EXPECT_VERDICT(outcome(send_event(RIG_EVENT("2"))), CE_ACK);
        REQUIRE(unlink(now.path) == 0);
        EXPECT_VERDICT(outcome(send_event(RIG_EVENT("3"))), CE_ACK);
        EXPECT_EQ_ROW(rows[i].query, ce_test_flushes_of(now.dir),
                      rows[i].flushes);
        rig_close(&now);
    }
}

static void a_name_that_cannot_be_flushed_confirms_nothing(void)
{
    ce_result r;

    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, "?sync=true"));
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("1"))), CE_ACK);
    REQUIRE(unlink(now.path) == 0);
    ce_test_flushes_fail(EIO);
    r = outcome(send_event(RIG_EVENT("2")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(access(now.path, F_OK) != 0);
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("3"))), CE_ACK);
    rig_close(&now);
}

static unsigned mode_with(const char *query)
{
    struct stat st;

    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, query));
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("1"))), CE_ACK);
    REQUIRE(stat(now.path, &st) == 0);
    rig_close(&now);
    return st.st_mode & 0777;
}

static void files_are_private_unless_told(void)
{
    EXPECT(mode_with("") == 0600);
    EXPECT(mode_with("?file_mode=0664") == 0664);
}

static void a_line_that_another_tore_is_ended(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("1"))), CE_ACK);
    rig_append(&now, "{\"torn");
    EXPECT_VERDICT(outcome(send_event(RIG_EVENT("2"))), CE_ACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)),
                RIG_EVENT("1") "\n{\"torn\n" RIG_EVENT("2") "\n");
    rig_close(&now);
}

static void a_locked_file_is_waited_for(void)
{
    const ce_mem_outcome *o;
    int fd;

    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    fd = open(now.path, O_WRONLY | O_APPEND);
    REQUIRE(fd >= 0 && flock(fd, LOCK_EX) == 0);
    o = ce_mem_outcome_of(now.app, send_event(RIG_EVENT("1")));
    RIG_UNTIL(&now, !now.sender->health.up);
    EXPECT(o->settlements == 0);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)), "");
    REQUIRE(flock(fd, LOCK_UN) == 0);
    RIG_UNTIL(&now, o->settlements > 0);
    EXPECT_VERDICT(o->result, CE_ACK);
    close(fd);
    rig_close(&now);
}

static void what_went_into_a_deleted_file_is_known(void)
{
    ce_file_target t = { .mode = 0600, .fd = -1 };

    rig_open(&now);
    t.path = now.path;
    REQUIRE(ce_file_target_begin(&t));
    EXPECT(!ce_file_target_is_deleted(&t));
    REQUIRE(unlink(now.path) == 0);
    EXPECT(ce_file_target_is_deleted(&t) && ce_file_target_is_moved(&t));
    ce_file_target_close(&t);
    rig_close(&now);
}

static int open_reader(void)
{
    int fd = open(now.path, O_RDONLY | O_NONBLOCK);

    REQUIRE_CMP(fd, >=, 0);
    return fd;
}

static void reads_event(int fd, const char *id)
{
    char text[1000];
    ssize_t n = read(fd, text, sizeof text - 1);

    REQUIRE_CMP(n, >, 0);
    text[n] = '\0';
    EXPECT_CONTAINS(text, id);
}

static void a_named_pipe_waits_for_its_readers(void)
{
    int fd;
    ce_result r;

    signal(SIGPIPE, SIG_IGN);
    rig_open(&now);
    REQUIRE_EQ(mkfifo(now.path, 0600), 0);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT(!now.sender->health.up);
    r = outcome(send_event(RIG_EVENT("1")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(!r.exhausted);
    for (unsigned i = 0; i < 2; i++) {
        fd = open_reader();
        RIG_UNTIL(&now, now.sender->health.up);
        EXPECT_VERDICT(outcome(send_event(RIG_EVENT("2"))), CE_ACK);
        reads_event(fd, "\"2\"");
        close(fd);
        /* Although nothing is written. */
        RIG_UNTIL(&now, !now.sender->health.up);
        EXPECT_VERDICT(outcome(send_event(RIG_EVENT("3"))), CE_UNDELIVERED);
    }
    rig_close(&now);
}

TESTS("file target", TEST(a_named_pipe_waits_for_its_readers),
      TEST(a_rotated_file_is_left), TEST(a_deleted_file_is_left),
      TEST(a_sync_sink_leaves_it_too),
      TEST(a_sync_sink_flushes_the_name_of_a_new_file),
      TEST(a_name_that_cannot_be_flushed_confirms_nothing),
      TEST(files_are_private_unless_told),
      TEST(a_line_that_another_tore_is_ended),
      TEST(a_locked_file_is_waited_for),
      TEST(what_went_into_a_deleted_file_is_known))
