/* SPDX-License-Identifier: Apache-2.0 */
/* What people read about events that did not arrive, and what is counted. */
#include "bridge/run/report.h"
#include "core/loop/loop.h"
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;
static br_tally tally;
static char lines[8192];
static unsigned line_count;

static void note_line(ce_level level, const char *line, void *arg)
{
    size_t len = strlen(lines);

    (void)level;
    (void)arg;
    line_count++;
    snprintf(lines + len, sizeof lines - len, "%s\n", line);
}

static void open_with(br_report_config c)
{
    ce_stage *s;

    tally = (br_tally){ 0 };
    lines[0] = '\0';
    line_count = 0;
    ce_rig_open(&rig, NULL);
    ce_log_to(note_line, NULL, CE_WARN);
    c.route = "orders";
    c.tally = &tally;
    c.loop = rig.loop;
    REQUIRE_OK(br_report_stage(&s, rig.top, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void open_stage(bool silent)
{
    open_with((br_report_config){ .silent = silent });
}

static void close_stage(void)
{
    ce_rig_close(&rig, NULL);
    ce_log_to(NULL, NULL, CE_DEBUG);
}

static void answer(ce_result r)
{
    ce_mem_script(rig.sink, (ce_mem_answer){ .result = r });
}

static void arrive_from(const char *topic, int32_t partition, int64_t offset)
{
    const ce_delivery like = {
        .message = { .mode = CE_MODE_STRUCTURED, .body = CE_SLICE("{}") },
        .origin = { .topic = ce_slice_of(topic),
                    .partition = partition,
                    .offset = offset },
    };

    REQUIRE_CMP(ce_mem_arrive(rig.source, &like), >=, 0);
}

static void a_line_names_the_event_by_its_origin(void)
{
    static const struct {
        const char *topic;
        int32_t partition;
        int64_t offset;
        const char *line;
    } rows[] = {
        { "in.ndjson", -1, 7, "orders: in.ndjson:7: refused (422): too old\n" },
        { "events", 3, 4711,
          "orders: topic events, partition 3, offset 4711: refused (422): too "
          "old\n" },
        { "a/b", -1, -1, "orders: a/b: refused (422): too old\n" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_stage(false);
        answer(ce_rig_nack(422, "too old"));
        arrive_from(rows[i].topic, rows[i].partition, rows[i].offset);
        EXPECT_STR_ROW(rows[i].line, lines, rows[i].line);
        close_stage();
    }
}

static void a_line_says_whether_it_was_refused_or_given_up(void)
{
    open_stage(false);
    answer(ce_rig_undelivered(503, 0));
    arrive_from("a", -1, -1);
    answer(ce_rig_nack(0, NULL));
    arrive_from("b", -1, -1);
    EXPECT_STR(lines, "orders: a: not delivered (503): not now\n"
                      "orders: b: refused: no reason was given\n");
    close_stage();
}

static ce_result given_up(void)
{
    ce_result r = ce_rig_undelivered(503, 0);

    r.exhausted = true;
    return r;
}

/* Its receiver pushes it again: no final outcome yet. */
static void what_will_be_repeated_is_not_counted(void)
{
    open_stage(true);
    answer(ce_rig_undelivered(503, 0));
    arrive_from("a", -1, -1);
    EXPECT_EQ(tally.undelivered, 0);
    close_stage();
}

static void outcomes_are_counted_and_passed_on(void)
{
    open_stage(true);
    arrive_from("a", -1, -1);
    answer(ce_rig_nack(400, "no"));
    arrive_from("a", -1, -1);
    answer(given_up());
    arrive_from("a", -1, -1);
    EXPECT_EQ(tally.refused, 1);
    EXPECT_EQ(tally.undelivered, 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, 0)->result, CE_ACK);
    EXPECT_VERDICT(ce_rig_outcome(&rig, 1)->result, CE_NACK);
    EXPECT_VERDICT(ce_rig_outcome(&rig, 2)->result, CE_UNDELIVERED);
    EXPECT_STR(lines, "");
    close_stage();
}

/* An event that goes back at the end was not given up: its source has it. */
static void at_the_end_what_goes_back_is_no_failure(void)
{
    open_stage(false);
    tally.stopping = true;
    answer(ce_rig_undelivered(0, 0));
    arrive_from("a", -1, -1);
    arrive_from("a", -1, -1);
    EXPECT_EQ(tally.returned, 1);
    EXPECT_EQ(tally.undelivered, 0);
    EXPECT_STR(lines, "");
    close_stage();
}

static void what_an_inbox_keeps_does_not_go_back_to_the_source(void)
{
    open_with((br_report_config){ .is_kept = true });
    tally.stopping = true;
    answer(ce_rig_undelivered(0, 0));
    arrive_from("a", -1, -1);
    EXPECT_EQ(tally.returned, 0);
    EXPECT_EQ(tally.undelivered, 0);
    EXPECT_STR(lines, "");
    close_stage();
}

static void a_burst_is_damped_and_counted(void)
{
    open_stage(false);
    for (int i = 0; i < 60; i++) {
        answer(ce_rig_nack(400, "no"));
        arrive_from("t", 0, i);
    }
    EXPECT_EQ(line_count, 50);
    ce_loop_advance(rig.loop, 1000);
    answer(ce_rig_nack(400, "no"));
    arrive_from("t", 0, 60);
    EXPECT_CONTAINS(lines, "orders: 10 more events had the same fate\n");
    EXPECT_CONTAINS(lines, "offset 60: refused");
    EXPECT_EQ(tally.refused, 61);
    close_stage();
}

static void hidden_lines_are_told_of_at_the_end(void)
{
    open_stage(false);
    for (int i = 0; i < 51; i++) {
        answer(ce_rig_nack(400, "no"));
        arrive_from("t", 0, i);
    }
    EXPECT_LACKS(lines, "same fate");
    ce_rig_close(&rig, NULL);
    EXPECT_CONTAINS(lines, "orders: 1 more events had the same fate\n");
    ce_log_to(NULL, NULL, CE_DEBUG);
}

static void no_line_of_a_file_is_left_out(void)
{
    open_stage(false);
    for (int i = 1; i <= 60; i++) {
        answer(ce_rig_nack(400, "no"));
        arrive_from("f", -1, i);
    }
    EXPECT_CONTAINS(lines, "orders: f:60: refused (400): no\n");
    close_stage();
}

TESTS("report", TEST(a_line_names_the_event_by_its_origin),
      TEST(a_line_says_whether_it_was_refused_or_given_up),
      TEST(what_will_be_repeated_is_not_counted),
      TEST(outcomes_are_counted_and_passed_on),
      TEST(at_the_end_what_goes_back_is_no_failure),
      TEST(what_an_inbox_keeps_does_not_go_back_to_the_source),
      TEST(a_burst_is_damped_and_counted),
      TEST(hidden_lines_are_told_of_at_the_end),
      TEST(no_line_of_a_file_is_left_out))
