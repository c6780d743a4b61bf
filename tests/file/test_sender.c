/* SPDX-License-Identifier: Apache-2.0 */
/* Appending NDJSON: whole lines, confirmed when they are written. */
#include "tests/file/file_rig.h"

#include <signal.h>
#include <sys/resource.h>

static rig now;

static ce_result outcome(int number)
{
    const ce_mem_outcome *o = ce_mem_outcome_of(now.app, number);

    RIG_UNTIL(&now, o->settlements > 0);
    return o->result;
}

static int send_json(const char *json)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = ce_slice_of(json) };

    return ce_mem_arrive_message(now.app, &m);
}

static void an_event_becomes_a_line(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(send_json(RIG_EVENT("1"))), CE_ACK);
    EXPECT_VERDICT(outcome(send_json(RIG_EVENT("2"))), CE_ACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)),
                RIG_EVENT("1") "\n" RIG_EVENT("2") "\n");
    rig_close(&now);
}

static void binary_events_become_structured(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(ce_mem_arrive_event(now.app, "1", NULL)), CE_ACK);
    EXPECT_CONTAINS(rig_content(&now), "\"data\":\"data\"}\n");
    rig_close(&now);
}

static void line_breaks_between_tokens_go(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    outcome(send_json("{\n \"specversion\":\"1.0\",\r\n \"id\":\"a\\nb\",\n"
                      "\"source\":\"/s\",\"type\":\"t\",\"data\":1.50\n}\n"));
    EXPECT_TEXT(ce_slice_of(rig_content(&now)),
                "{ \"specversion\":\"1.0\", \"id\":\"a\\nb\",\"source\":\"/s\","
                "\"type\":\"t\",\"data\":1.50}\n");
    rig_close(&now);
}

/* Of a text; a file of lines has none between them. */
static void a_byte_order_mark_goes(void)
{
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(send_json("\xef\xbb\xbf" RIG_EVENT("1"))), CE_ACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)), RIG_EVENT("1") "\n");
    rig_close(&now);
}

static void a_torn_line_is_ended_first(void)
{
    rig_open(&now);
    rig_append(&now, "{\"specversion\":");
    REQUIRE_OK(rig_start_sender(&now, ""));
    EXPECT_VERDICT(outcome(send_json(RIG_EVENT("1"))), CE_ACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)),
                "{\"specversion\":\n" RIG_EVENT("1") "\n");
    rig_close(&now);
}

static void sync_confirms_what_is_on_the_disk(void)
{
    enum { MANY = 300 };

    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, "?sync=true"));
    for (int i = 0; i < MANY; i++)
        send_json(RIG_EVENT("1"));
    EXPECT_EQ(ce_mem_settled(now.app), 0);
    RIG_UNTIL(&now, ce_mem_settled(now.app) == MANY);
    EXPECT_VERDICT(outcome(MANY - 1), CE_ACK);
    rig_close(&now);
}

static void what_is_no_event_is_refused(void)
{
    ce_message m = { .mode = CE_MODE_NONE, .body = CE_SLICE("x") };
    ce_result r;

    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    r = outcome(ce_mem_arrive_message(now.app, &m));
    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_TEXT(ce_slice_of(rig_content(&now)), "");
    rig_close(&now);
}

static void a_full_disk_is_undelivered_and_heals(void)
{
    struct rlimit old, small = { 100, 100 };
    ce_result r;

    signal(SIGXFSZ, SIG_IGN);
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, ""));
    REQUIRE_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    REQUIRE_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_VERDICT(outcome(send_json(RIG_EVENT("1"))), CE_ACK);
    r = outcome(send_json(RIG_EVENT("2")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(!r.exhausted);
    EXPECT(!now.sender->health.up);
    REQUIRE_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_VERDICT(outcome(send_json(RIG_EVENT("3"))), CE_ACK);
    EXPECT(now.sender->health.up);
    /* Nothing is left of what was begun. */
    EXPECT_TEXT(ce_slice_of(rig_content(&now)),
                RIG_EVENT("1") "\n" RIG_EVENT("3") "\n");
    rig_close(&now);
}

static void what_cannot_be_opened_fails(void)
{
    rig_open(&now);
    REQUIRE_EQ(mkdir(now.path, 0755), 0);
    EXPECT_STATUS(rig_start_sender(&now, ""), CE_EIO);
    rig_close(&now);
}

/* Standard output is a pipe, which is put back by the end. */
static int saved, ends[2];

static void open_pipe(void)
{
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    REQUIRE_EQ(pipe(ends), 0);
    REQUIRE_EQ(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    close(ends[1]);
    rig_open(&now);
    REQUIRE_OK(rig_start_sender(&now, "-"));
}

static void put_back(void)
{
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
}

static size_t drain(void)
{
    static char text[1 << 16];
    ssize_t n = read(ends[0], text, sizeof text);

    return n > 0 ? (size_t)n : 0;
}

static void a_slow_reader_is_waited_for(void)
{
    enum { MANY = 3000 };
    size_t want = MANY * (strlen(RIG_EVENT("1")) + 1), got = 0;

    open_pipe();
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < MANY; i++)
        send_json(RIG_EVENT("1"));
    RIG_UNTIL(&now, ce_mem_settled(now.app) > 0);
    EXPECT_CMP(ce_mem_settled(now.app), <, MANY);
    RIG_UNTIL(&now, (got += drain()) == want);
    RIG_UNTIL(&now, ce_mem_settled(now.app) == MANY);
    EXPECT(!(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK));
    rig_close(&now);
    put_back();
    close(ends[0]);
}

static void a_closed_output_is_final(void)
{
    ce_result r;

    signal(SIGPIPE, SIG_IGN);
    open_pipe();
    close(ends[0]);
    r = outcome(send_json(RIG_EVENT("1")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(r.exhausted);
    r = outcome(send_json(RIG_EVENT("2")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(r.exhausted);
    rig_close(&now);
    put_back();
}

static void note_end(ce_sender *sender, void *arg)
{
    (void)sender;
    ++*(unsigned *)arg;
}

/* Who ends then must not hear that its events were given up. */
static void an_owner_hears_that_nobody_reads(void)
{
    unsigned ends_heard = 0;
    ce_result r;

    signal(SIGPIPE, SIG_IGN);
    open_pipe();
    now.sender->ended = note_end;
    now.sender->ended_arg = &ends_heard;
    close(ends[0]);
    /* Although nothing is written. */
    RIG_UNTIL(&now, ends_heard == 1);
    r = outcome(send_json(RIG_EVENT("1")));
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(!r.exhausted);
    EXPECT_EQ(ends_heard, 1);
    rig_close(&now);
    put_back();
}

static void a_stop_gives_back_what_nobody_reads(void)
{
    open_pipe();
    for (int i = 0; i < 3000; i++)
        send_json(RIG_EVENT("1"));
    RIG_UNTIL(&now, ce_mem_settled(now.app) > 0);
    now.sender->ops->stop(now.sender, 10, rig_on_done, &now.done);
    RIG_UNTIL(&now, now.done);
    EXPECT_EQ(ce_mem_settled(now.app), 3000);
    EXPECT_VERDICT(outcome(2999), CE_UNDELIVERED);
    rig_close(&now);
    put_back();
    close(ends[0]);
}

/* --- two on one pipe --- */

typedef struct second {
    ce_endpoint at;
    ce_sender *sender;
    ce_receiver *app;
    bool done;
} second;

static void open_second(second *o)
{
    *o = (second){ .at = now.at };
    REQUIRE_OK(ce_file_sender_open(&o->sender, &o->at, NULL));
    o->app = ce_mem_receiver(now.loop, "mem://second?max_in_flight=5000");
    REQUIRE_OK(o->app->ops->start(o->app, &o->sender->stage, NULL));
    REQUIRE_OK(o->sender->ops->start(o->sender, NULL));
}

static void close_second(second *o)
{
    o->sender->ops->stop(o->sender, 5000, rig_on_done, &o->done);
    RIG_UNTIL(&now, o->done);
    o->app->ops->stop(o->app);
    o->sender->stage.ops->close(&o->sender->stage);
    ce_mem_close_receiver(o->app);
}

/* LEN letters, all the same. */
static const char *long_event(char letter, size_t len)
{
    static char text[20000];
    int n = snprintf(text, sizeof text,
                     "{\"specversion\":\"1.0\",\"id\":\"%c\",\"source\":\"/s\","
                     "\"type\":\"t\",\"data\":\"",
                     letter);

    memset(text + n, letter, len);
    memcpy(text + n + len, "\"}", 3);
    return text;
}

/* Whether a line has one kind of letter, as it was sent. */
static bool is_whole(const char *line, const char *end)
{
    const char *a = memchr(line, 'A', (size_t)(end - line));
    const char *b = memchr(line, 'B', (size_t)(end - line));

    return end - line > 2 && line[0] == '{' && end[-1] == '}' && !(a && b);
}

static unsigned count_whole(const char *text, size_t len)
{
    unsigned whole = 0;
    const char *line = text, *end;

    while ((end = memchr(line, '\n', len - (size_t)(line - text)))) {
        whole += is_whole(line, end);
        line = end + 1;
    }
    return whole;
}

static size_t read_more(char *out, size_t size)
{
    ssize_t n = read(ends[0], out, size);

    return n > 0 ? (size_t)n : 0;
}

static void two_sinks_of_one_pipe_write_whole_lines(void)
{
    enum { EACH = 40 };
    static char text[1 << 20];
    size_t len = 0;
    second other;

    open_pipe();
    open_second(&other);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (size_t i = 0; i < EACH; i++) {
        ce_message m = { .mode = CE_MODE_STRUCTURED,
                         .format = &ce_format_json,
                         .content_type =
                             CE_SLICE("application/cloudevents+json") };

        send_json(long_event('A', 500 * i % 12000));
        m.body = ce_slice_of(long_event('B', 700 * i % 12000));
        ce_mem_arrive_message(other.app, &m);
    }
    while (ce_mem_settled(now.app) < EACH || ce_mem_settled(other.app) < EACH) {
        uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
        len += read_more(text + len, sizeof text - len);
    }
    len += read_more(text + len, sizeof text - len);
    EXPECT_EQ(count_whole(text, len), 2 * EACH);
    close_second(&other);
    rig_close(&now);
    put_back();
    close(ends[0]);
}

TESTS("file sender", TEST(an_event_becomes_a_line),
      TEST(binary_events_become_structured),
      TEST(line_breaks_between_tokens_go), TEST(a_byte_order_mark_goes),
      TEST(a_torn_line_is_ended_first), TEST(sync_confirms_what_is_on_the_disk),
      TEST(what_is_no_event_is_refused),
      TEST(a_full_disk_is_undelivered_and_heals),
      TEST(what_cannot_be_opened_fails), TEST(a_slow_reader_is_waited_for),
      TEST(a_closed_output_is_final), TEST(an_owner_hears_that_nobody_reads),
      TEST(a_stop_gives_back_what_nobody_reads),
      TEST(two_sinks_of_one_pipe_write_whole_lines))
