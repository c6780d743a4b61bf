/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks from any thread, and the life of one loop. */
#include "tests/core/loop/loop_rig.h"
#include "tests/support/memory.h"

#include <limits.h>
#include <pthread.h>
#include <uv.h>

/* --- the mailbox --- */

typedef struct letter {
    ce_task task;
    unsigned number;
    struct letter *other;
} letter;

static void read_letter(ce_task *t)
{
    note(CE_OWNER(t, letter, task)->number);
}

static void tasks_run_in_the_order_posted(void)
{
    letter letters[20];

    open_loop();
    ran = 0;
    for (unsigned i = 0; i < COUNT(letters); i++) {
        letters[i] = (letter){ .task.run = read_letter, .number = i };
        ce_loop_post(loop, &letters[i].task);
    }
    ce_loop_post(loop, &letters[3].task);
    EXPECT_EQ(ran, 0);
    ce_loop_poll(loop);
    EXPECT_EQ(ran, COUNT(letters));
    for (unsigned i = 0; i < COUNT(letters); i++)
        EXPECT_EQ(order[i], i);
    ce_loop_close(loop);
}

static void read_and_post_again(ce_task *t)
{
    letter *l = CE_OWNER(t, letter, task);

    note(l->number);
    if (l->number-- > 0)
        ce_loop_post(loop, t);
}

static void a_task_may_post_itself_again(void)
{
    letter l = { .task.run = read_and_post_again, .number = 5 };

    open_loop();
    ran = 0;
    ce_loop_post(loop, &l.task);
    ce_loop_poll(loop);
    EXPECT_EQ(ran, 6);
    ce_loop_close(loop);
}

static void read_and_take_back(ce_task *t)
{
    letter *l = CE_OWNER(t, letter, task);

    note(l->number);
    ce_loop_unpost(loop, &l->other->task);
}

static void a_task_that_was_taken_back_does_not_run(void)
{
    letter a = { .task.run = read_and_take_back, .number = 1 };
    letter b = { .task.run = read_letter, .number = 2 };
    letter c = { .task.run = read_letter, .number = 3 };

    open_loop();
    ran = 0;
    /* From outside, from the end of the list. */
    ce_loop_post(loop, &b.task);
    ce_loop_post(loop, &c.task);
    ce_loop_unpost(loop, &c.task);
    ce_loop_poll(loop);
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(order[0], 2);
    /* From a task of the same burst, from the middle. */
    a.other = &b;
    ran = 0;
    ce_loop_post(loop, &a.task);
    ce_loop_post(loop, &b.task);
    ce_loop_post(loop, &c.task);
    ce_loop_poll(loop);
    EXPECT_EQ(ran, 2);
    EXPECT_EQ(order[0], 1);
    EXPECT_EQ(order[1], 3);
    /* It may be posted again. */
    ran = 0;
    ce_loop_post(loop, &b.task);
    ce_loop_unpost(loop, &a.task);
    ce_loop_poll(loop);
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(order[0], 2);
    ce_loop_close(loop);
}

typedef struct errand {
    ce_task task;
} errand;

static void free_self(ce_task *t)
{
    note(0);
    free(CE_OWNER(t, errand, task));
}

static void a_task_may_free_itself(void)
{
    open_loop();
    ran = 0;
    for (unsigned i = 0; i < 10; i++) {
        errand *s = calloc(1, sizeof *s);

        s->task.run = free_self;
        ce_loop_post(loop, &s->task);
    }
    ce_loop_poll(loop);
    EXPECT_EQ(ran, 10);
    ce_loop_close(loop);
}

enum { THREADS = 4, EACH = 20000 };

typedef struct postman {
    pthread_t thread;
    struct parcel {
        ce_task task;
        struct postman *from;
        unsigned number;
    } * parcels;
    unsigned next;
    bool disorder;
} postman;

static unsigned arrived;

static void unpack(ce_task *t)
{
    struct parcel *p = CE_OWNER(t, struct parcel, task);

    if (p->number != p->from->next++)
        p->from->disorder = true;
    if (++arrived == THREADS * EACH)
        ce_loop_stop(loop);
}

static void *deliver(void *arg)
{
    postman *p = arg;

    for (unsigned i = 0; i < EACH; i++)
        ce_loop_post(loop, &p->parcels[i].task);
    return NULL;
}

static void threads_post_under_load(void)
{
    static postman men[THREADS];

    open_loop();
    arrived = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        men[i] = (postman){ .parcels = calloc(EACH, sizeof(struct parcel)) };
        REQUIRE(men[i].parcels != NULL);
        for (unsigned k = 0; k < EACH; k++)
            men[i].parcels[k] =
                (struct parcel){ { .run = unpack }, &men[i], k };
        REQUIRE(!pthread_create(&men[i].thread, NULL, deliver, &men[i]));
    }
    ce_loop_run(loop);
    EXPECT_EQ(arrived, THREADS * EACH);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(men[i].thread, NULL);
        EXPECT(!men[i].disorder);
        free(men[i].parcels);
    }
    ce_loop_close(loop);
}

/* One task for all threads: it runs at least once after the last post. */
typedef struct flag {
    ce_task task;
    unsigned posted; /* atomically */
    unsigned seen;
} flag;

static flag shared;

static void see(ce_task *t)
{
    flag *f = CE_OWNER(t, flag, task);

    f->seen = __atomic_load_n(&f->posted, __ATOMIC_SEQ_CST);
    if (f->seen == THREADS * EACH)
        ce_loop_stop(loop);
}

static void *wave(void *arg)
{
    flag *f = arg;

    for (unsigned i = 0; i < EACH; i++) {
        __atomic_fetch_add(&f->posted, 1, __ATOMIC_SEQ_CST);
        ce_loop_post(loop, &f->task);
    }
    return NULL;
}

static void no_wake_up_is_lost(void)
{
    pthread_t threads[THREADS];

    open_loop();
    shared = (flag){ .task.run = see };
    for (unsigned i = 0; i < THREADS; i++)
        REQUIRE_EQ(pthread_create(&threads[i], NULL, wave, &shared), 0);
    ce_loop_run(loop);
    EXPECT_EQ(shared.seen, THREADS * EACH);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ce_loop_close(loop);
}

static void poll_runs_what_other_threads_post(void)
{
    pthread_t thread;

    open_loop();
    shared = (flag){ .task.run = see };
    REQUIRE_EQ(pthread_create(&thread, NULL, wave, &shared), 0);
    while (shared.seen < EACH)
        ce_loop_poll(loop);
    pthread_join(thread, NULL);
    ce_loop_close(loop);
}

static letter from_callback;

static void post_letter(uv_async_t *h)
{
    (void)h;
    ce_loop_post(loop, &from_callback.task);
    EXPECT_EQ(ran, 0);
}

static void what_a_callback_posts_needs_no_other_turn(void)
{
    uv_async_t bell;

    open_loop();
    ran = 0;
    from_callback = (letter){ .task.run = read_letter, .number = 7 };
    uv_async_init(ce_loop_uv(loop), &bell, post_letter);
    uv_async_send(&bell);
    uv_run(ce_loop_uv(loop), UV_RUN_ONCE);
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(order[0], 7);
    uv_close((uv_handle_t *)&bell, NULL);
    ce_loop_close(loop);
}

enum { ROUNDS = 50 };

/* Two loops on one of libuv's, whose tasks post each other. */
typedef struct player {
    ce_task task;
    ce_loop *on;
    struct player *other;
    unsigned left;
} player;

static void play(ce_task *t)
{
    player *p = CE_OWNER(t, player, task);

    if (p->left-- > 0)
        ce_loop_post(p->other->on, &p->other->task);
    else
        uv_stop(ce_loop_uv(p->on));
}

static void serve(uv_timer_t *t)
{
    player *p = t->data;

    ce_loop_post(p->on, &p->task);
}

static void loops_that_share_a_thread_hear_each_other(void)
{
    player a = { .task.run = play, .left = ROUNDS };
    player b = { .task.run = play, .left = ROUNDS, .other = &a };
    uv_timer_t start;
    uv_loop_t uv;
    ce_error err;

    a.other = &b;
    REQUIRE_EQ(uv_loop_init(&uv), 0);
    REQUIRE_OK(ce_loop_open(&a.on, &uv, &err));
    REQUIRE_OK(ce_loop_open(&b.on, &uv, &err));
    uv_timer_init(&uv, &start);
    start.data = &a;
    uv_timer_start(&start, serve, 0, 0);
    uv_run(&uv, UV_RUN_DEFAULT);
    EXPECT_EQ(a.left, UINT_MAX);
    EXPECT_EQ(b.left, 0);
    uv_close((uv_handle_t *)&start, NULL);
    ce_loop_close(a.on);
    ce_loop_close(b.on);
    uv_run(&uv, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&uv), 0);
}

/* --- life --- */

static void *stop_from_afar(void *arg)
{
    ce_loop_stop(arg);
    return NULL;
}

static void any_thread_may_stop_it(void)
{
    pthread_t thread;

    open_loop();
    REQUIRE_EQ(pthread_create(&thread, NULL, stop_from_afar, loop), 0);
    ce_loop_run(loop);
    pthread_join(thread, NULL);
    ce_loop_close(loop);
}

static void a_stop_before_the_run_counts(void)
{
    open_loop();
    ce_loop_stop(loop);
    ce_loop_run(loop);
    ce_loop_stop(loop);
    ce_loop_run(loop);
    ce_loop_close(loop);
}

static void closes_with_tasks_that_wait(void)
{
    letter l = { .task.run = read_letter };

    ce_memory_watch();
    open_loop();
    ran = 0;
    ce_loop_post(loop, &l.task);
    ce_loop_close(loop);
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
    ce_loop_close(NULL);
}

static void lives_on_the_application_s_loop(void)
{
    ticker a = { .timer.fire = ring, .number = 2 };
    letter l = { .task.run = read_letter, .number = 1 };
    uv_loop_t uv;
    ce_error err;

    ce_memory_watch();
    REQUIRE_EQ(uv_loop_init(&uv), 0);
    REQUIRE_OK(ce_loop_open(&loop, &uv, &err));
    EXPECT_EQ(ce_loop_uv(loop), &uv);
    ran = 0;
    ce_timer_start(loop, &a.timer, 1);
    ce_loop_post(loop, &l.task);
    while (ran < 2)
        uv_run(&uv, UV_RUN_ONCE);
    /* In any order: the timer may be due before the loop first turns. */
    EXPECT_EQ(order[0] + order[1], 3);
    ce_loop_close(loop);
    EXPECT_EQ(uv_run(&uv, UV_RUN_DEFAULT), 0);
    EXPECT_EQ(uv_loop_close(&uv), 0);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void out_of_memory_is_an_answer(void)
{
    ce_error err;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_loop_open(&loop, NULL, &err), CE_ENOMEM);
    EXPECT_STATUS(err.status, CE_ENOMEM);
    EXPECT(err.text[0]);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

TESTS("loop", TEST(tasks_run_in_the_order_posted),
      TEST(a_task_may_post_itself_again),
      TEST(a_task_that_was_taken_back_does_not_run),
      TEST(a_task_may_free_itself), TEST(threads_post_under_load),
      TEST(no_wake_up_is_lost), TEST(what_a_callback_posts_needs_no_other_turn),
      TEST(loops_that_share_a_thread_hear_each_other),
      TEST(poll_runs_what_other_threads_post), TEST(any_thread_may_stop_it),
      TEST(a_stop_before_the_run_counts), TEST(closes_with_tasks_that_wait),
      TEST(lives_on_the_application_s_loop), TEST(out_of_memory_is_an_answer))
