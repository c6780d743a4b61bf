/* SPDX-License-Identifier: Apache-2.0 */
/* Reading NDJSON: lines, their ends, and files that change. */
#include <cloudevents/log.h>

#include "tests/file/file_rig.h"
#include "tests/support/rig.h"

static rig now;

/* The ids of what a file with this text brings. */
static void reads(const char *text, const char *query, const char *ids)
{
    rig_open(&now);
    rig_append(&now, text);
    REQUIRE_OK(rig_start_receiver(&now, query));
    RIG_UNTIL(&now, now.ended);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), ids);
    rig_close(&now);
}

static void each_line_is_an_event(void)
{
    reads(RIG_EVENT("1") "\n" RIG_EVENT("2") "\n", "", "1 2");
}

static void the_last_line_needs_no_line_break(void)
{
    reads(RIG_EVENT("1") "\n" RIG_EVENT("2"), "", "1 2");
    reads(RIG_EVENT("1"), "", "1");
}

static void empty_lines_are_ignored(void)
{
    reads("\n\n" RIG_EVENT("1") "\n \t\n\r\n" RIG_EVENT("2") "\n\n", "", "1 2");
    reads("", "", "");
}

static void carriage_returns_are_tolerated(void)
{
    reads(RIG_EVENT("1") "\r\n" RIG_EVENT("2") "\r\n", "", "1 2");
}

static ce_origin origins[8];
static char defects[8];
static ce_mode modes[8];
static unsigned pushed;

static void note(ce_stage *s, ce_delivery *d)
{
    (void)s;
    REQUIRE_CMP(pushed, <, COUNT(origins));
    defects[pushed] = d->defect.reason != NULL;
    modes[pushed] = d->message.mode;
    origins[pushed++] = d->origin;
    ce_settle_ack(d, CE_DELIVERED);
}

static void read_into_notes(const char *text, size_t len, const char *query)
{
    static const ce_stage_ops note_ops = { .name = "note", .push = note };
    static ce_stage notes = { .ops = &note_ops };

    pushed = 0;
    rig_open(&now);
    rig_write(now.path, 0, text, len);
    rig_settings(&now, ce_transport_file.receiver_options, query);
    REQUIRE_OK(ce_file_receiver_open(&now.receiver, &now.at, NULL));
    now.receiver->ended = rig_on_ended;
    now.receiver->ended_arg = &now.ended;
    REQUIRE_OK(now.receiver->ops->start(now.receiver, &notes, NULL));
    RIG_UNTIL(&now, now.ended);
}

static void one_document_is_read_as_such(void)
{
    static const char event[] =
        "{\n \"specversion\": \"1.0\",\n \"id\": \"1\",\n"
        " \"source\": \"/s\",\n \"type\": \"t\"\n}\n\n";
    static const char batch[] = "[" RIG_EVENT("1") "," RIG_EVENT("2") "]\n";
    static const char broken[] = "{\"id\n" RIG_EVENT("2") "\n";
    static const struct {
        const char *name, *text, *query;
        unsigned pushed;
        ce_mode mode;
    } rows[] = {
        { "an event", event, "", 1, CE_MODE_STRUCTURED },
        { "a batch", batch, "", 1, CE_MODE_BATCH },
        { "lines", RIG_EVENT("1") "\n" RIG_EVENT("2"), "", 2,
          CE_MODE_STRUCTURED },
        { "a broken line", broken, "", 2, CE_MODE_STRUCTURED },
        { "too long", event, "?max_event_bytes=20B", 6, CE_MODE_STRUCTURED },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_into_notes(rows[i].text, strlen(rows[i].text), rows[i].query);
        EXPECT_EQ_ROW(rows[i].name, pushed, rows[i].pushed);
        EXPECT_EQ_ROW(rows[i].name, modes[0], rows[i].mode);
        EXPECT_EQ_ROW(rows[i].name, origins[0].offset, 1);
        rig_close(&now);
    }
}

static void the_origin_is_file_and_line(void)
{
    const char *text = "\n" RIG_EVENT("1") "\n\n" RIG_EVENT("2");

    read_into_notes(text, strlen(text), "");
    EXPECT_EQ(pushed, 2);
    EXPECT_EQ(origins[0].offset, 2);
    EXPECT_EQ(origins[1].offset, 4);
    EXPECT_TEXT(origins[0].topic, now.path);
    rig_close(&now);
}

static void a_line_that_is_too_long_is_skipped(void)
{
    static char text[600000];
    static const struct {
        const char *name;
        size_t len;
        bool refused;
    } rows[] = {
        { "at the limit", 2048, false },
        { "one more", 2049, true },
        { "more than a block", 500000, true },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = rows[i].len;

        memset(text, 'x', len);
        memcpy(text + len, "\nshort\n", 7);
        read_into_notes(text, len + 7, "?max_event_bytes=2KiB");
        EXPECT_EQ_ROW(rows[i].name, pushed, 2);
        EXPECT_EQ_ROW(rows[i].name, defects[0], rows[i].refused);
        EXPECT_ROW(rows[i].name, !defects[1]);
        EXPECT_EQ_ROW(rows[i].name, origins[1].offset, 2);
        rig_close(&now);
    }
}

static void a_long_last_line_is_refused_once(void)
{
    static char text[300000];

    memset(text, 'x', sizeof text);
    read_into_notes(text, sizeof text, "?max_event_bytes=2KiB");
    EXPECT_EQ(pushed, 1);
    EXPECT(defects[0]);
    rig_close(&now);
}

static void the_pool_is_the_credit(void)
{
    rig_open(&now);
    for (int i = 0; i < 10; i++)
        rig_append(&now, RIG_EVENT("1") "\n");
    ce_mem_always(now.sink, ce_mem_hold);
    REQUIRE_OK(rig_start_receiver(&now, "?max_in_flight=4"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 4);
    EXPECT(!now.ended);
    ce_mem_always(now.sink, ce_mem_ack);
    ce_mem_release_all(now.sink, (ce_result){ .verdict = CE_ACK });
    RIG_UNTIL(&now, now.ended);
    EXPECT_EQ(ce_mem_count(now.sink), 10);
    rig_close(&now);
}

static const char three[] =
    RIG_EVENT("1") "\n" RIG_EVENT("2") "\n" RIG_EVENT("3") "\n";

/* Its neighbours do not come again. */
static void a_line_that_was_not_delivered_comes_again_alone(void)
{
    rig_open(&now);
    rig_append(&now, three);
    ce_mem_script(now.sink, ce_mem_ack);
    ce_mem_script(now.sink, ce_mem_undelivered);
    REQUIRE_OK(rig_start_receiver(&now, ""));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 4 && now.ended);
    EXPECT_STR(ce_mem_ids(now.sink), "1 2 3 2");
    EXPECT_EQ(ce_pool_out(now.receiver->pool), 0);
    rig_close(&now);
}

static void a_line_that_was_given_up_does_not_come_again(void)
{
    ce_mem_answer given_up = ce_mem_undelivered;

    rig_open(&now);
    rig_append(&now, three);
    given_up.result.exhausted = true;
    ce_mem_script(now.sink, given_up);
    REQUIRE_OK(rig_start_receiver(&now, ""));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 3 && now.ended);
    EXPECT_EQ(ce_pool_out(now.receiver->pool), 0);
    rig_close(&now);
}

static void what_cannot_be_read_fails(void)
{
    rig_open(&now);
    EXPECT_STATUS(rig_start_receiver(&now, ""), CE_EIO);
    rig_close_ends(&now);
    REQUIRE_EQ(mkdir(now.path, 0755), 0);
    EXPECT_STATUS(rig_start_receiver(&now, ""), CE_EIO);
    rig_close(&now);
}

static void following_sees_what_is_appended(void)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n" RIG_EVENT("2"));
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    rig_append(&now, "\n" RIG_EVENT("3") "\n");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 3);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3");
    EXPECT(!now.ended);
    rig_close(&now);
}

static void following_survives_truncation(void)
{
    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n" RIG_EVENT("2") "\n");
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 2);
    REQUIRE_EQ(truncate(now.path, 0), 0);
    rig_append(&now, RIG_EVENT("3") "\n");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 3);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3");
    rig_close(&now);
}

static void following_survives_rotation(void)
{
    char old[240];

    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n");
    REQUIRE_OK(rig_start_receiver(&now, "?follow=true"));
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    snprintf(old, sizeof old, "%s.1", now.path);
    REQUIRE_EQ(rename(now.path, old), 0);
    rig_write(old, O_APPEND, RIG_EVENT("2"), strlen(RIG_EVENT("2")));
    rig_append(&now, RIG_EVENT("3") "\n");
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 3);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2 3");
    rig_close(&now);
}

/* Standard input is this pipe until it is closed. */
static void standard_input_is_read_as_it_comes(void)
{
    int ends[2], saved = dup(STDIN_FILENO);

    REQUIRE_EQ(pipe(ends), 0);
    REQUIRE_EQ(dup2(ends[0], STDIN_FILENO), 0);
    rig_open(&now);
    REQUIRE_OK(rig_start_receiver(&now, "-"));
    REQUIRE_CMP(
        write(ends[1], RIG_EVENT("1") "\n{", 2 + strlen(RIG_EVENT("1"))), >, 0);
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    EXPECT(!now.ended);
    REQUIRE_CMP(write(ends[1], &RIG_EVENT("2")[1], strlen(RIG_EVENT("2")) - 1),
                >, 0);
    close(ends[1]);
    RIG_UNTIL(&now, now.ended);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1 2");
    EXPECT(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
    rig_close(&now);
    close(ends[0]);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void standard_input_may_be_a_file(void)
{
    int fd, saved = dup(STDIN_FILENO);

    rig_open(&now);
    rig_append(&now, RIG_EVENT("1") "\n");
    fd = open(now.path, O_RDONLY);
    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(dup2(fd, STDIN_FILENO), 0);
    close(fd);
    REQUIRE_OK(rig_start_receiver(&now, "-"));
    RIG_UNTIL(&now, now.ended);
    EXPECT_TEXT(ce_slice_of(ce_mem_ids(now.sink)), "1");
    rig_close(&now);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void add_lost(ce_receiver *r, uint64_t count, void *arg)
{
    (void)r;
    *(uint64_t *)arg += count;
}

/* Stops a receiver of FD as standard input, with one of its lines in flight.
 * Returns how many lines it says are lost. */
static uint64_t lost_by_a_stop(int fd)
{
    int saved = dup(STDIN_FILENO);
    uint64_t lost = 0;

    REQUIRE_EQ(dup2(fd, STDIN_FILENO), 0);
    ce_mem_script(now.sink, (ce_mem_answer){ .delay_ms = 10 });
    REQUIRE_OK(rig_start_receiver(&now, "-?max_in_flight=1"));
    now.receiver->lost = add_lost;
    now.receiver->lost_arg = &lost;
    RIG_UNTIL(&now, ce_mem_count(now.sink) == 1);
    now.receiver->ops->stop(now.receiver);
    RIG_UNTIL(&now, ce_pool_out(now.receiver->pool) == 0);
    dup2(saved, STDIN_FILENO);
    close(saved);
    return lost;
}

static const char read_ahead[] =
    RIG_EVENT("1") "\n\n" RIG_EVENT("2") "\n" RIG_EVENT("3");

static void what_was_read_ahead_of_a_pipe_is_lost(void)
{
    int ends[2];

    rig_open(&now);
    REQUIRE_EQ(pipe(ends), 0);
    REQUIRE_CMP(write(ends[1], read_ahead, sizeof read_ahead - 1), >, 0);
    EXPECT_EQ(lost_by_a_stop(ends[0]), 2);
    rig_close(&now);
    close(ends[0]);
    close(ends[1]);
}

static void a_file_as_standard_input_goes_on_behind_what_was_pushed(void)
{
    int fd;

    rig_open(&now);
    rig_append(&now, read_ahead);
    fd = open(now.path, O_RDONLY);
    EXPECT_EQ(lost_by_a_stop(fd), 0);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), strlen(RIG_EVENT("1") "\n\n"));
    rig_close(&now);
    close(fd);
}

static char told[200];

static void note_loss(ce_level level, const char *line, void *arg)
{
    const ce_log_fields *f = ce_log_fields_now();

    (void)level;
    (void)arg;
    EXPECT_CONTAINS(line, ":2: refused: no such thing");
    snprintf(told, sizeof told, "%s: %s", f->event, f->error);
}

static void a_refusal_is_told_with_its_event_and_reason(void)
{
    told[0] = '\0';
    rig_open(&now);
    rig_append(&now, "\n" RIG_EVENT("7") "\n");
    ce_mem_script(now.sink,
                  (ce_mem_answer){ ce_rig_nack(422, "no such thing"), 0, 0 });
    ce_log_to(note_loss, NULL, CE_WARN);
    REQUIRE_OK(rig_start_receiver(&now, ""));
    RIG_UNTIL(&now, now.ended);
    ce_log_to(NULL, NULL, CE_WARN);
    EXPECT_STR(told, "7: no such thing");
    rig_close(&now);
}

TESTS("file receiver", TEST(each_line_is_an_event),
      TEST(the_last_line_needs_no_line_break), TEST(empty_lines_are_ignored),
      TEST(carriage_returns_are_tolerated), TEST(one_document_is_read_as_such),
      TEST(the_origin_is_file_and_line),
      TEST(a_line_that_is_too_long_is_skipped),
      TEST(a_long_last_line_is_refused_once), TEST(the_pool_is_the_credit),
      TEST(a_line_that_was_not_delivered_comes_again_alone),
      TEST(a_line_that_was_given_up_does_not_come_again),
      TEST(what_cannot_be_read_fails), TEST(following_sees_what_is_appended),
      TEST(following_survives_truncation), TEST(following_survives_rotation),
      TEST(standard_input_is_read_as_it_comes),
      TEST(standard_input_may_be_a_file),
      TEST(what_was_read_ahead_of_a_pipe_is_lost),
      TEST(a_file_as_standard_input_goes_on_behind_what_was_pushed),
      TEST(a_refusal_is_told_with_its_event_and_reason))
