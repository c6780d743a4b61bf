/* SPDX-License-Identifier: Apache-2.0 */
/* The pool is the credit: a fixed number of deliveries and of bytes. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

#include "core/pipeline/share.h"

typedef struct own {
    ce_delivery d;
    unsigned number;
    void *pointer;
} own;

enum { COUNT_OF_POOL = 4, BYTES = 1000 };

static ce_pool *pool;
static unsigned refilled, idle;

static void on_refilled(void *arg)
{
    ++*(unsigned *)arg;
}

static void open_pool(unsigned count)
{
    ce_memory_watch();
    refilled = idle = 0;
    REQUIRE_OK(ce_pool_open(&pool, count, sizeof(own), BYTES));
    ce_pool_on_refilled(pool, on_refilled, &refilled);
    ce_pool_on_idle(pool, on_refilled, &idle);
}

static void close_pool(void)
{
    ce_pool_close(pool);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void take_all(ce_delivery **out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        REQUIRE((out[i] = ce_pool_take(pool)) != NULL);
}

static void gives_out_so_many_and_no_more(void)
{
    ce_delivery *d[COUNT_OF_POOL];

    open_pool(COUNT_OF_POOL);
    take_all(d, COUNT_OF_POOL);
    EXPECT_EQ(ce_pool_out(pool), COUNT_OF_POOL);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    for (unsigned i = 0; i < COUNT_OF_POOL; i++)
        ce_pool_give(d[i]);
    EXPECT_EQ(ce_pool_out(pool), 0);
    close_pool();
}

static void a_pool_that_refused_calls_once_when_one_comes_back(void)
{
    ce_delivery *d[COUNT_OF_POOL];

    open_pool(COUNT_OF_POOL);
    take_all(d, COUNT_OF_POOL);
    EXPECT(!ce_pool_is_starved(pool));
    EXPECT_EQ(ce_pool_take(pool), NULL);
    EXPECT(ce_pool_is_starved(pool));
    ce_pool_give(d[0]);
    EXPECT(!ce_pool_is_starved(pool));
    EXPECT_EQ(refilled, 1);
    ce_pool_give(d[1]);
    EXPECT_EQ(refilled, 1);
    take_all(d, 2);
    for (unsigned i = 0; i < COUNT_OF_POOL; i++)
        ce_pool_give(d[i]);
    EXPECT_EQ(refilled, 1);
    close_pool();
}

static void a_pool_that_never_refused_does_not_call(void)
{
    ce_delivery *d[COUNT_OF_POOL];

    open_pool(COUNT_OF_POOL);
    take_all(d, COUNT_OF_POOL);
    for (unsigned i = 0; i < COUNT_OF_POOL; i++)
        ce_pool_give(d[i]);
    EXPECT_EQ(refilled, 0);
    EXPECT_EQ(idle, 1);
    close_pool();
}

static void a_pool_of_one_refills(void)
{
    ce_delivery *d;

    open_pool(1);
    for (unsigned i = 1; i <= 3; i++) {
        take_all(&d, 1);
        EXPECT_EQ(ce_pool_take(pool), NULL);
        ce_pool_give(d);
        EXPECT_EQ(refilled, i);
        EXPECT_EQ(idle, i);
    }
    close_pool();
}

static void bytes_are_credit_too(void)
{
    ce_delivery *d[2];

    open_pool(COUNT_OF_POOL);
    take_all(d, 2);
    ce_pool_charge(pool, d[0], BYTES - 1);
    ce_pool_charge(pool, d[1], BYTES);
    EXPECT_EQ(ce_pool_bytes(pool), 2 * BYTES - 1);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    ce_pool_give(d[0]);
    EXPECT_EQ(ce_pool_bytes(pool), BYTES);
    EXPECT_EQ(refilled, 0);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    ce_pool_give(d[1]);
    EXPECT_EQ(ce_pool_bytes(pool), 0);
    EXPECT_EQ(refilled, 1);
    take_all(d, 1);
    EXPECT_EQ(d[0]->charged, 0);
    ce_pool_give(d[0]);
    close_pool();
}

static void one_message_may_overshoot_the_limit(void)
{
    ce_delivery *d;

    open_pool(COUNT_OF_POOL);
    take_all(&d, 1);
    ce_pool_charge(pool, d, 10 * BYTES);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    ce_pool_give(d);
    take_all(&d, 1);
    ce_pool_give(d);
    close_pool();
}

static void every_take_is_clean(void)
{
    open_pool(1);
    for (unsigned turn = 0; turn < 3; turn++) {
        ce_delivery *d;
        own *o;

        take_all(&d, 1);
        o = (own *)d;
        EXPECT_EQ(o->number, 0);
        EXPECT_EQ(o->pointer, NULL);
        EXPECT_EQ(d->depth, 0);
        EXPECT_EQ(d->parent, NULL);
        EXPECT_EQ(d->link.next, NULL);
        EXPECT_EQ(d->event, NULL);
        EXPECT_EQ(d->defect.reason, NULL);
        EXPECT(!d->defect.plain);
        EXPECT_EQ(d->defect.code, 0);
        EXPECT(!d->interactive);
        EXPECT_EQ(d->charged, 0);
        EXPECT_EQ(d->message.body.ptr, NULL);
        EXPECT_EQ(d->message.key.ptr, NULL);
        EXPECT_EQ(d->message.mode, CE_MODE_NONE);
        EXPECT_EQ(d->message.attrs.len, 0);
        EXPECT_EQ(d->origin.partition, -1);
        EXPECT_EQ(d->origin.offset, -1);
        EXPECT_EQ(d->origin.topic.ptr, NULL);
        EXPECT_EQ(d->origin.metadata.len, 0);
        EXPECT_EQ(d->pool, pool);
        REQUIRE(d->arena);
        EXPECT_EQ(ce_arena_used(d->arena), 0);
        REQUIRE(ce_arena_alloc(d->arena, 100) != NULL);
        memset(&d->message, 0x55, sizeof d->message);
        memset(&d->origin, 0x55, sizeof d->origin);
        d->defect.reason = "x";
        d->defect.code = 1;
        d->defect.plain = d->interactive = true;
        d->event = (const ce_event *)o;
        d->parent = d;
        d->link.next = &d->link;
        ce_pool_charge(pool, d, 5);
        o->number = 7;
        o->pointer = o;
        ce_pool_give(d);
    }
    close_pool();
}

static void a_warm_pool_does_not_allocate(void)
{
    ce_delivery *d[COUNT_OF_POOL];
    long calls = 0;

    open_pool(COUNT_OF_POOL);
    EXPECT_EQ(ce_memory_calls(), 1);
    for (unsigned turn = 0; turn < 10; turn++) {
        take_all(d, COUNT_OF_POOL);
        for (unsigned i = 0; i < COUNT_OF_POOL; i++)
            REQUIRE(ce_arena_alloc(d[i]->arena, 500) != NULL);
        for (unsigned i = 0; i < COUNT_OF_POOL; i++)
            ce_pool_give(d[i]);
        if (turn == 0)
            calls = ce_memory_calls();
    }
    EXPECT_EQ(ce_memory_calls(), calls);
    close_pool();
}

static void without_memory_there_is_no_credit(void)
{
    ce_delivery *d[COUNT_OF_POOL];

    open_pool(COUNT_OF_POOL);
    /* The delivery, then its arena. */
    for (long n = 0; n < 2; n++) {
        ce_memory_fail_at(n);
        EXPECT_EQ(ce_pool_take(pool), NULL);
        EXPECT_EQ(ce_memory_live(), 1);
    }
    take_all(d, 1);
    ce_memory_fail_from(0);
    EXPECT_EQ(ce_pool_take(pool), NULL);
    ce_memory_heal();
    ce_pool_give(d[0]);
    EXPECT_EQ(refilled, 1);
    take_all(d, COUNT_OF_POOL);
    for (unsigned i = 0; i < COUNT_OF_POOL; i++)
        ce_pool_give(d[i]);
    close_pool();
}

static void opening_without_memory_fails(void)
{
    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_pool_open(&pool, 1, sizeof(own), 1), CE_ENOMEM);
    ce_memory_unwatch();
    ce_pool_close(NULL);
}

static void push(ce_stage *s, ce_delivery *d)
{
    s->next = (ce_stage *)(void *)d;
}

static void pushing_calls_the_stage(void)
{
    static const ce_stage_ops ops = { .name = "end", .push = push };
    ce_stage end = { &ops, NULL };
    ce_delivery d;

    ce_push(&end, &d);
    EXPECT((void *)end.next == (void *)&d);
}

static bool allows(size_t count, size_t bytes, size_t more_bytes)
{
    return ce_pool_allows(pool, (ce_pool_part){ count, bytes },
                          (ce_pool_part){ 1, more_bytes });
}

/* Of 32 deliveries and 1000 bytes the last two, and the last 62, are for those
 * that have fewer. */
static void the_last_sixteenth_is_for_those_with_less(void)
{
    ce_delivery *all[30];

    open_pool(32);
    EXPECT_EQ(ce_pool_all(pool).count, 32);
    EXPECT_EQ(ce_pool_all(pool).bytes, BYTES);
    take_all(all, 29);
    EXPECT(allows(29, 0, 0));
    all[29] = ce_pool_take(pool);
    EXPECT(!allows(30, 0, 0));
    EXPECT(!allows(2, 0, 0));
    EXPECT(allows(1, 0, 0));
    ce_pool_give(all[29]);
    ce_pool_charge(pool, all[0], 900);
    EXPECT(allows(29, 900, 38));
    EXPECT(!allows(29, 900, 39));
    EXPECT(!allows(1, 62, 39));
    EXPECT(allows(1, 61, 39));
    for (unsigned i = 0; i < 29; i++)
        ce_pool_give(all[i]);
    close_pool();
}

static void of_a_small_pool_one_is_for_others(void)
{
    ce_delivery *d;

    open_pool(1);
    EXPECT(allows(0, 0, 0));
    d = ce_pool_take(pool);
    EXPECT(!allows(1, 0, 0));
    ce_pool_give(d);
    close_pool();
}

TESTS("pool", TEST(the_last_sixteenth_is_for_those_with_less),
      TEST(of_a_small_pool_one_is_for_others),
      TEST(gives_out_so_many_and_no_more),
      TEST(a_pool_that_refused_calls_once_when_one_comes_back),
      TEST(a_pool_that_never_refused_does_not_call),
      TEST(a_pool_of_one_refills), TEST(bytes_are_credit_too),
      TEST(one_message_may_overshoot_the_limit), TEST(every_take_is_clean),
      TEST(a_warm_pool_does_not_allocate),
      TEST(without_memory_there_is_no_credit),
      TEST(opening_without_memory_fails), TEST(pushing_calls_the_stage))
