/* SPDX-License-Identifier: Apache-2.0 */
/* The durable queue: what it has accepted it gives back, whatever happens. */
#include "tests/core/inbox/inbox_rig.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* --- byte for byte --- */

typedef struct whole {
    const char *name;
    ce_message message;
    ce_origin origin;
    const char *defect;
} whole;

static ce_attr strange[] = {
    { CE_SLICE("id"), CE_SLICE("\xe2\x82\xac \"q\" %41"), CE_STRING },
    { CE_SLICE("empty"), CE_SLICE(""), CE_STRING },
    { CE_SLICE("n"), CE_SLICE("7"), CE_INTEGER },
    { CE_SLICE("b"), CE_SLICE("true"), CE_BOOLEAN },
};
static ce_attr headers[] = {
    { CE_SLICE("x"), CE_SLICE("\x01\xff"), CE_STRING },
    { CE_SLICE("null"), { NULL, 0 }, CE_STRING },
};

static const whole wholes[] = {
    { "nothing at all", { 0 }, { .partition = -1, .offset = -1 }, NULL },
    { "everything empty",
      { .mode = CE_MODE_BINARY,
        .content_type = CE_SLICE(""),
        .body = CE_SLICE(""),
        .key = CE_SLICE("") },
      { .topic = CE_SLICE(""), .partition = 0, .offset = 0 },
      NULL },
    { "empty defect",
      { .mode = CE_MODE_NONE, .body = CE_SLICE("x") },
      { .partition = -1, .offset = -1 },
      "" },
    { "strange attributes",
      { .mode = CE_MODE_BINARY,
        .content_type = CE_SLICE("text/plain; charset=\"x\""),
        .body = CE_SLICE("a\0b\xff"),
        .key = CE_SLICE("\0k"),
        .attrs = { strange, 4, 4 } },
      { .topic = CE_SLICE("a/b/c"),
        .partition = 2147483647,
        .offset = 9223372036854775807,
        .metadata = { headers, 2, 2 } },
      NULL },
    { "structured",
      { .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json"),
        .body = CE_SLICE("{ \"n\": 1.50 }") },
      { .topic = CE_SLICE("t"), .partition = -1, .offset = -1 },
      NULL },
    { "batch",
      { .mode = CE_MODE_BATCH,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents-batch+json"),
        .body = CE_SLICE("[]") },
      { .topic = CE_SLICE("t"), .partition = -1, .offset = -1 },
      NULL },
    { "malformed",
      { .mode = CE_MODE_NONE, .body = CE_SLICE("{") },
      { .topic = CE_SLICE("t"), .partition = 3, .offset = 4 },
      "attribute \"id\" is missing" },
    { "unknown format",
      { .mode = CE_MODE_STRUCTURED,
        .content_type = CE_SLICE("application/cloudevents+cbor"),
        .body = CE_SLICE("\xa0") },
      { .partition = -1, .offset = -1 },
      NULL },
};

static unsigned looked_at;

static bool same(ce_slice a, ce_slice b)
{
    return !a.ptr == !b.ptr && ce_slice_eq(a, b);
}

static bool same_attrs(const ce_attrs *a, const ce_attrs *b)
{
    for (unsigned i = 0; i < a->len && a->len == b->len; i++)
        if (!same(a->at[i].name, b->at[i].name) ||
            !same(a->at[i].text, b->at[i].text) ||
            a->at[i].type != b->at[i].type)
            return false;
    return a->len == b->len;
}

static void compare(ce_stage *s, ce_delivery *d)
{
    const whole *w = &wholes[looked_at % COUNT(wholes)];
    const ce_message *m = &d->message;

    (void)s;
    looked_at++;
    EXPECT_EQ_ROW(w->name, m->mode, w->message.mode);
    EXPECT_EQ_ROW(w->name, m->format, w->message.format);
    EXPECT_TEXT_ROW(w->name, m->content_type, w->message.content_type);
    EXPECT_TEXT_ROW(w->name, m->body, w->message.body);
    EXPECT_TEXT_ROW(w->name, m->key, w->message.key);
    EXPECT_ROW(w->name, same_attrs(&m->attrs, &w->message.attrs));
    EXPECT_TEXT_ROW(w->name, d->origin.topic, w->origin.topic);
    EXPECT_EQ_ROW(w->name, d->origin.partition, w->origin.partition);
    EXPECT_EQ_ROW(w->name, d->origin.offset, w->origin.offset);
    EXPECT_ROW(w->name, same_attrs(&d->origin.metadata, &w->origin.metadata));
    EXPECT_ROW(w->name, !d->defect.reason == !w->defect);
    if (d->defect.reason && w->defect)
        EXPECT_STR_ROW(w->name, d->defect.reason, w->defect);
    EXPECT_EQ_ROW(w->name, d->defect.plain,
                  (w->message.mode == CE_MODE_NONE && !w->defect));
    EXPECT_ROW(w->name, !d->interactive);
    ce_settle_ack(d, CE_DELIVERED);
}

static void everything_survives_byte_for_byte(void)
{
    static const ce_stage_ops ops = { .name = "compare", .push = compare };
    ce_stage end = { &ops, NULL };

    begin();
    for (unsigned i = 0; i < COUNT(wholes); i++)
        REQUIRE_OK(ce_inbox_put(inbox, &wholes[i].message, &wholes[i].origin,
                                wholes[i].defect, NULL));
    reopen();
    looked_at = 0;
    open_sink();
    receive_into(&end, 1000);
    ce_loop_poll(loop);
    EXPECT_EQ(looked_at, COUNT(wholes));
    stop_receiving();
    finish();
}

static void a_large_body_survives(void)
{
    enum { LARGE = 1 << 20 };
    ce_message m = { .mode = CE_MODE_NONE };
    ce_origin o = nowhere();
    char *body = malloc(LARGE);

    REQUIRE(body != NULL);
    for (unsigned i = 0; i < LARGE; i++)
        body[i] = (char)(i * 2654435761u >> 13);
    m.body = (ce_slice){ body, LARGE };
    begin();
    for (unsigned i = 0; i < 5; i++)
        REQUIRE_OK(ce_inbox_put(inbox, &m, &o, NULL, NULL));
    receive(2);
    for (unsigned i = 0; i < 20; i++)
        ce_loop_poll(loop);
    REQUIRE_EQ(ce_mem_count(sink), 5);
    for (unsigned i = 0; i < 5; i++)
        EXPECT_TEXT(ce_mem_sent_at(sink, i)->message.body, m.body);
    stop_receiving();
    finish();
    free(body);
}

/* --- limits --- */

typedef struct bell {
    ce_task task;
    unsigned rung;
} bell;

static void ring(ce_task *t)
{
    CE_OWNER(t, bell, task)->rung++;
}

static void a_full_inbox_says_so_and_when_it_is_low(void)
{
    bell low = { .task.run = ring };
    ce_status status = CE_OK;
    unsigned n = 0;
    ce_error err;

    begin();
    ce_inbox_close(inbox);
    open_inbox_of(64 << 10);
    ce_inbox_on_low(inbox, loop, &low.task);
    EXPECT(!ce_inbox_is_high(inbox));
    while (n < 100000 && !ce_inbox_is_high(inbox) &&
           (status = put(n, &err)) == CE_OK)
        n++;
    EXPECT_CMP(n, >, 100);
    EXPECT(ce_inbox_is_high(inbox));
    /* What cannot be given back is taken all the same. */
    EXPECT_OK(put(n++, &err));
    EXPECT_EQ(ce_inbox_count(inbox), n);
    ce_loop_poll(loop);
    EXPECT_EQ(low.rung, 0);
    receive(64);
    for (unsigned i = 0; i < 1000 && ce_inbox_count(inbox) > 0; i++)
        ce_loop_poll(loop);
    EXPECT(got(0, 0, n));
    EXPECT_EQ(low.rung, 1);
    EXPECT(!ce_inbox_is_high(inbox));
    EXPECT_OK(put(0, &err));
    stop_receiving();
    finish();
}

static void one_opener_at_a_time(void)
{
    ce_inbox_config c = config();
    ce_inbox *second;
    ce_error err = { CE_OK, "" };

    begin();
    EXPECT_STATUS(ce_inbox_open(&second, &c, &err), CE_EAGAIN);
    EXPECT_CONTAINS(err.text, dir);
    REQUIRE_OK(put(0, NULL));
    ce_inbox_close(inbox);
    EXPECT_OK(ce_inbox_open(&inbox, &c, &err));
    EXPECT_EQ(ce_inbox_count(inbox), 1);
    finish();
}

static void makes_its_folder(void)
{
    char base[200];
    struct stat st;

    begin();
    ce_inbox_close(inbox);
    snprintf(base, sizeof base, "%s", dir);
    strcat(dir, "/a/b");
    open_inbox();
    EXPECT_EQ(stat(dir, &st), 0);
    EXPECT(S_ISDIR(st.st_mode));
    EXPECT_EQ((st.st_mode & 077), 0);
    snprintf(dir, sizeof dir, "%s", base);
    finish();
}

static void a_file_is_no_folder(void)
{
    char base[200];
    ce_inbox_config c;
    ce_inbox *i;
    ce_error err = { CE_OK, "" };
    FILE *f;

    begin();
    snprintf(base, sizeof base, "%s", dir);
    strcat(dir, "/file");
    REQUIRE((f = fopen(dir, "w")) != NULL);
    fclose(f);
    c = config();
    EXPECT_STATUS(ce_inbox_open(&i, &c, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, dir);
    snprintf(dir, sizeof dir, "%s", base);
    finish();
}

static void a_flush_for_each_commit_works_too(void)
{
    ce_inbox_config c;

    begin();
    ce_inbox_close(inbox);
    c = config();
    c.sync = true;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    put_all(5);
    receive(10);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 5));
    stop_receiving();
    finish();
}

static void without_memory_it_does_not_open(void)
{
    ce_inbox_config c;
    ce_stage *s;
    ce_inbox *i;
    ce_error err;

    begin();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_inbox_stage(&s, inbox, loop), CE_ENOMEM);
    for (long at = 0; at < 3; at++) {
        ce_memory_fail_at(at);
        EXPECT_STATUS(ce_inbox_receiver(&from, inbox, loop, 0, 1), CE_ENOMEM);
    }
    ce_memory_heal();
    ce_inbox_close(inbox);
    c = config();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_inbox_open(&i, &c, &err), CE_ENOMEM);
    EXPECT_EQ(ce_memory_live(), 1); /* the loop */
    ce_memory_heal();
    open_inbox();
    ce_memory_fail_from(0);
    EXPECT_STATUS(put(0, &err), CE_ENOMEM);
    ce_memory_heal();
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    finish();
}

/* --- from elsewhere --- */

enum { EACH = 500, THREADS = 3 };

static void *put_many(void *arg)
{
    unsigned base = *(unsigned *)arg;

    for (unsigned i = 0; i < EACH; i++)
        if (put(base + i, NULL) != CE_OK)
            return arg;
    return NULL;
}

static void other_threads_put_while_it_is_received(void)
{
    unsigned next[THREADS], bases[THREADS];
    pthread_t threads[THREADS];
    time_t deadline = time(NULL) + 60;

    begin();
    receive(100);
    for (unsigned i = 0; i < THREADS; i++) {
        bases[i] = next[i] = i * EACH;
        REQUIRE(!pthread_create(&threads[i], NULL, put_many, &bases[i]));
    }
    while (ce_mem_count(sink) < THREADS * EACH && time(NULL) < deadline)
        ce_loop_poll(loop);
    for (unsigned i = 0; i < THREADS; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        EXPECT_EQ(failed, NULL);
    }
    ce_loop_poll(loop);
    REQUIRE_EQ(ce_mem_count(sink), THREADS * EACH);
    for (unsigned i = 0; i < THREADS * EACH; i++) {
        unsigned id = (unsigned)atoi(ce_mem_sent_at(sink, i)->id);

        EXPECT_EQ(id, next[id / EACH]++);
    }
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_receiving();
    finish();
}

/* Puts for ever and says each number that is safe. */
static void put_until_killed(int out)
{
    ce_inbox_config c = config();

    if (ce_inbox_open(&inbox, &c, NULL) != CE_OK)
        _exit(1);
    for (unsigned i = 0;; i++)
        if (put(i, NULL) != CE_OK ||
            write(out, &i, sizeof i) != (ssize_t)sizeof i)
            _exit(2);
}

static void a_kill_loses_nothing_that_was_accepted(void)
{
    for (unsigned turn = 1; turn <= 5; turn++) {
        unsigned safe = 0, number;
        uint64_t count;
        int ends[2], status;
        pid_t child;

        begin();
        ce_inbox_close(inbox);
        REQUIRE_EQ(pipe(ends), 0);
        child = fork();
        if (child == 0)
            put_until_killed(ends[1]);
        REQUIRE_CMP(child, >, 0);
        close(ends[1]);
        while (safe < turn * 40 &&
               read(ends[0], &number, sizeof number) == (ssize_t)sizeof number)
            safe = number + 1;
        kill(child, SIGKILL);
        while (read(ends[0], &number, sizeof number) == (ssize_t)sizeof number)
            safe = number + 1;
        close(ends[0]);
        REQUIRE_EQ(waitpid(child, &status, 0), child);
        EXPECT(WIFSIGNALED(status));
        open_inbox();
        count = ce_inbox_count(inbox);
        EXPECT_CMP(safe, >=, turn * 40);
        EXPECT(count == safe || count == safe + 1);
        receive(10000);
        for (unsigned i = 0; i < 10000 && ce_inbox_count(inbox) > 0; i++)
            ce_loop_poll(loop);
        EXPECT(got(0, 0, (unsigned)count));
        stop_receiving();
        finish();
    }
}

TESTS("inbox", TEST(everything_survives_byte_for_byte),
      TEST(a_large_body_survives),
      TEST(a_full_inbox_says_so_and_when_it_is_low), TEST(one_opener_at_a_time),
      TEST(makes_its_folder), TEST(a_file_is_no_folder),
      TEST(a_flush_for_each_commit_works_too),
      TEST(without_memory_it_does_not_open),
      TEST(other_threads_put_while_it_is_received),
      TEST(a_kill_loses_nothing_that_was_accepted))
