/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that carry their own link, first in, first out. */
#include "tests/support/ce_test.h"

#include <cloudevents/queue.h>

/* The link is not the first member: the queue has to find the object. */
typedef struct car {
    char name;
    ce_link link;
} car;

static car cars[] = {
    { 'a', { NULL } }, { 'b', { NULL } }, { 'c', { NULL } }, { 'd', { NULL } }
};

static ce_queue of_four(void)
{
    ce_queue q = { NULL, NULL };

    for (size_t i = 0; i < COUNT(cars); i++)
        ce_queue_add(&q, &cars[i].link);
    return q;
}

/* Takes everything out. */
static const char *names(ce_queue *q)
{
    static char text[16];
    size_t len = 0;
    car *c;

    while (len + 1 < sizeof text && (c = CE_QUEUE_TAKE(q, car, link)))
        text[len++] = c->name;
    text[len] = '\0';
    return text;
}

static void gives_in_the_order_added(void)
{
    ce_queue q = of_four();

    EXPECT_STR(names(&q), "abcd");
    EXPECT(ce_queue_is_empty(&q));
    EXPECT_EQ(CE_QUEUE_TAKE(&q, car, link), NULL);
    EXPECT_EQ(CE_QUEUE_FIRST(&q, car, link), NULL);
}

static void is_used_again_when_it_was_empty(void)
{
    ce_queue q = { NULL, NULL };

    EXPECT(ce_queue_is_empty(&q));
    for (int turn = 0; turn < 2; turn++) {
        ce_queue_add(&q, &cars[2].link);
        ce_queue_add(&q, &cars[0].link);
        EXPECT(!ce_queue_is_empty(&q));
        EXPECT_STR(names(&q), "ca");
    }
}

static void what_is_put_back_is_the_next(void)
{
    ce_queue q = of_four();
    car *a = CE_QUEUE_TAKE(&q, car, link);

    ce_queue_put_back(&q, &a->link);
    EXPECT_EQ(CE_QUEUE_FIRST(&q, car, link), a);
    EXPECT_STR(names(&q), "abcd");
    ce_queue_put_back(&q, &cars[1].link);
    ce_queue_add(&q, &cars[3].link);
    EXPECT_STR(names(&q), "bd");
}

static void inserts_behind_any(void)
{
    ce_queue q = { NULL, NULL };

    ce_queue_insert(&q, NULL, &cars[0].link);
    ce_queue_insert(&q, &cars[0].link, &cars[2].link);
    ce_queue_insert(&q, &cars[0].link, &cars[1].link);
    ce_queue_add(&q, &cars[3].link);
    EXPECT_STR(names(&q), "abcd");
}

static void removes_from_anywhere(void)
{
    static const char *const rest[] = { "bcd", "acd", "abd", "abc" };

    for (size_t i = 0; i < COUNT(cars); i++) {
        ce_queue q = of_four();

        EXPECT(ce_queue_remove(&q, &cars[i].link));
        EXPECT(!ce_queue_remove(&q, &cars[i].link));
        EXPECT_STR(names(&q), rest[i]);
    }
}

static void the_last_one_removed_leaves_an_end_to_add_to(void)
{
    ce_queue q = of_four();

    EXPECT(ce_queue_remove(&q, &cars[3].link));
    ce_queue_add(&q, &cars[3].link);
    EXPECT_STR(names(&q), "abcd");
    ce_queue_add(&q, &cars[1].link);
    EXPECT(ce_queue_remove(&q, &cars[1].link));
    EXPECT(ce_queue_is_empty(&q));
    ce_queue_add(&q, &cars[0].link);
    EXPECT_STR(names(&q), "a");
}

static void is_walked_without_being_changed(void)
{
    ce_queue q = of_four();
    char seen[8] = "";
    size_t len = 0;

    for (car *c = CE_QUEUE_FIRST(&q, car, link); c;
         c = CE_QUEUE_NEXT(c, car, link))
        seen[len++] = c->name;
    EXPECT_STR(seen, "abcd");
    EXPECT_STR(names(&q), "abcd");
}

static void all_can_be_taken_while_others_come(void)
{
    ce_queue q = of_four(), all;

    ce_queue_remove(&q, &cars[0].link);
    all = ce_queue_take_all(&q);
    EXPECT(ce_queue_is_empty(&q));
    ce_queue_add(&q, &cars[0].link);
    EXPECT_STR(names(&all), "bcd");
    EXPECT_STR(names(&q), "a");
}

TESTS("queue", TEST(gives_in_the_order_added),
      TEST(is_used_again_when_it_was_empty), TEST(what_is_put_back_is_the_next),
      TEST(inserts_behind_any), TEST(removes_from_anywhere),
      TEST(the_last_one_removed_leaves_an_end_to_add_to),
      TEST(is_walked_without_being_changed),
      TEST(all_can_be_taken_while_others_come))
