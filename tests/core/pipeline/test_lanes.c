/* SPDX-License-Identifier: Apache-2.0 */
/* One lane per key, and the order within a lane. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

#include "core/pipeline/lanes.h"

typedef struct own_lane {
    ce_lane lane;
    int mine;
} own_lane;

typedef struct car {
    ce_place place;
    char name;
} car;

static ce_lanes lanes;

static void open_lanes(void)
{
    ce_memory_watch();
    memset(&lanes, 0, sizeof lanes);
    ce_lanes_init(&lanes, sizeof(own_lane));
}

static void close_lanes(void)
{
    EXPECT_EQ(lanes.first, NULL);
    ce_lanes_free(&lanes);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

/* --- keys --- */

static uint64_t key_of(const char *event, const char *key, const char *topic,
                       int64_t offset)
{
    ce_delivery d = { .arena = ce_arena_new() };
    uint64_t number;

    REQUIRE(d.arena != NULL);
    d.message = (ce_message){ .mode = CE_MODE_STRUCTURED,
                              .format = &ce_format_json,
                              .body = ce_slice_of(event) };
    if (key)
        d.message.key = ce_slice_of(key);
    d.origin.topic = ce_slice_of(topic);
    d.origin.partition = -1;
    d.origin.offset = offset;
    number = ce_lane_key(&d);
    ce_arena_free(d.arena);
    return number;
}

#define EVENT(more)                                                            \
    "{\"specversion\":\"1.0\",\"type\":\"t\",\"id\":\"1\"," more "}"

static void keys_are_looked_for_in_this_order(void)
{
    const char *partition =
        EVENT("\"source\":\"/a\",\"subject\":\"s\",\"partitionkey\":\"p\"");
    const char *plain = EVENT("\"source\":\"/a\",\"subject\":\"s\"");

    /* The attribute, whatever else there is. */
    EXPECT_EQ(key_of(partition, "k", "x", -1), key_of(partition, "l", "y", -1));
    EXPECT_EQ(key_of(partition, NULL, "x", -1), key_of(plain, "p", "x", -1));
    /* The message's key. */
    EXPECT_EQ(key_of(plain, "k", "x", -1), key_of(plain, "k", "y", -1));
    EXPECT_CMP(key_of(plain, "k", "x", -1), !=, key_of(plain, "l", "x", -1));
    /* The topic, unless it has offsets. */
    EXPECT_CMP(key_of(plain, NULL, "x", -1), !=, key_of(plain, NULL, "y", -1));
    EXPECT_EQ(key_of(plain, NULL, "x", 1), key_of(plain, NULL, "y", 2));
    /* Source and subject. */
    EXPECT_CMP(
        key_of(plain, NULL, "x", 1), !=,
        key_of(EVENT("\"source\":\"/a\",\"subject\":\"z\""), NULL, "x", 1));
    EXPECT_CMP(
        key_of(EVENT("\"source\":\"/a\",\"subject\":\"bc\""), NULL, "x", 1), !=,
        key_of(EVENT("\"source\":\"/ab\",\"subject\":\"c\""), NULL, "x", 1));
}

static void what_is_no_event_has_a_key_too(void)
{
    EXPECT_EQ(key_of("no", NULL, "x", 1), key_of("event", NULL, "x", 2));
    EXPECT_CMP(key_of("no", "k", "x", 1), !=, key_of("no", "l", "x", 1));
}

/* --- the table --- */

static void a_key_finds_its_lane_while_it_is_in_use(void)
{
    ce_lane *a, *b;

    open_lanes();
    a = ce_lanes_for_key(&lanes, 5);
    /* In the same bucket. */
    b = ce_lanes_for_key(&lanes, 5 + CE_LANES_BUCKETS);
    REQUIRE(a);
    REQUIRE(b);
    REQUIRE_CMP(a, !=, b);
    EXPECT_EQ(ce_lanes_for_key(&lanes, 5), a);
    EXPECT_EQ(ce_lanes_for_key(&lanes, 5 + CE_LANES_BUCKETS), b);
    ce_lanes_give(&lanes, a);
    EXPECT_EQ(ce_lanes_for_key(&lanes, 5 + CE_LANES_BUCKETS), b);
    ce_lanes_give(&lanes, b);
    close_lanes();
}

static void without_a_key_every_lane_is_new(void)
{
    ce_lane *keyed, *a, *b;

    open_lanes();
    keyed = ce_lanes_for_key(&lanes, 0);
    a = ce_lanes_for_one(&lanes);
    b = ce_lanes_for_one(&lanes);
    EXPECT_CMP(a, !=, b);
    EXPECT_CMP(a, !=, keyed);
    EXPECT_CMP(b, !=, keyed);
    EXPECT_EQ(ce_lanes_for_key(&lanes, 0), keyed);
    ce_lanes_give(&lanes, a);
    ce_lanes_give(&lanes, keyed);
    ce_lanes_give(&lanes, b);
    close_lanes();
}

static void a_lane_used_again_is_clean_and_costs_no_memory(void)
{
    own_lane *a;
    long calls;

    open_lanes();
    a = (own_lane *)ce_lanes_for_key(&lanes, 1);
    REQUIRE(a != NULL);
    a->mine = 7;
    ce_lanes_give(&lanes, &a->lane);
    calls = ce_memory_calls();
    a = (own_lane *)ce_lanes_for_key(&lanes, 2);
    EXPECT_EQ(a->mine, 0);
    EXPECT(ce_lane_is_empty(&a->lane));
    EXPECT_EQ(ce_memory_calls(), calls);
    ce_lanes_give(&lanes, &a->lane);
    close_lanes();
}

static void all_lanes_in_use_can_be_walked(void)
{
    ce_lane *made[5];
    unsigned count = 0;

    open_lanes();
    for (unsigned i = 0; i < COUNT(made); i++)
        made[i] = ce_lanes_for_key(&lanes, i);
    ce_lanes_give(&lanes, made[2]);
    for (ce_lane *at = lanes.first; at; at = at->next) {
        EXPECT_CMP(at, !=, made[2]);
        count++;
    }
    EXPECT_EQ(count, 4);
    while (lanes.first)
        ce_lanes_give(&lanes, lanes.first);
    close_lanes();
}

static void without_memory_there_is_no_lane(void)
{
    open_lanes();
    ce_memory_fail_from(0);
    EXPECT_EQ(ce_lanes_for_key(&lanes, 1), NULL);
    EXPECT_EQ(ce_lanes_for_one(&lanes), NULL);
    ce_memory_heal();
    close_lanes();
}

/* --- order --- */

static const char *names(ce_lane *l)
{
    static char text[16];
    size_t len = 0;
    ce_place *p;

    while (len + 1 < sizeof text && (p = ce_lane_take(l)))
        text[len++] = ((car *)p)->name;
    text[len] = '\0';
    return text;
}

static void what_comes_back_goes_before_what_waits_and_in_its_order(void)
{
    car cars[] = { { .name = 'a' },
                   { .name = 'b' },
                   { .name = 'c' },
                   { .name = 'd' },
                   { .name = 'e' } };
    ce_lane *l;

    open_lanes();
    l = ce_lanes_for_key(&lanes, 1);
    REQUIRE(l != NULL);
    EXPECT(ce_lane_is_empty(l));
    for (size_t i = 0; i < COUNT(cars); i++)
        ce_lane_add(&lanes, l, &cars[i].place);
    for (size_t i = 0; i < 4; i++)
        EXPECT_EQ(ce_lane_take(l), &cars[i].place);
    ce_lane_add_again(l, &cars[1].place);
    ce_lane_add_again(l, &cars[3].place);
    ce_lane_add_again(l, &cars[0].place);
    ce_lane_add_again(l, &cars[2].place);
    EXPECT(!ce_lane_is_empty(l));
    EXPECT_STR(names(l), "abcde");
    EXPECT(ce_lane_is_empty(l));
    ce_lanes_give(&lanes, l);
    close_lanes();
}

static void fill(ce_lane *l, car *cars, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cars[i].name = (char)('a' + i);
        ce_lane_add(&lanes, l, &cars[i].place);
    }
}

static const char *names_of_cut(ce_lane *l)
{
    ce_lane rest = { .waiting = ce_lane_cut(l) };

    return names(&rest);
}

static void all_but_the_oldest_can_be_cut(void)
{
    car cars[4];
    ce_lane *l;

    open_lanes();
    l = ce_lanes_for_key(&lanes, 1);
    REQUIRE(l != NULL);
    EXPECT_STR(names_of_cut(l), "");
    fill(l, cars, 4);
    EXPECT_STR(names_of_cut(l), "bcd");
    EXPECT_STR(names_of_cut(l), "");
    EXPECT_STR(names(l), "a");
    ce_lanes_give(&lanes, l);
    close_lanes();
}

/* Others that are in flight may come back between them. */
static void what_was_sent_is_not_cut_while_others_are_in_flight(void)
{
    car cars[5];
    ce_lane *l;

    open_lanes();
    l = ce_lanes_for_key(&lanes, 1);
    REQUIRE(l != NULL);
    fill(l, cars, 5);
    for (l->in_flight = 0; l->in_flight < 3; l->in_flight++)
        ce_lane_take(l);
    ce_lane_add_again(l, &cars[0].place);
    ce_lane_add_again(l, &cars[1].place);
    l->in_flight = 1;
    EXPECT_STR(names_of_cut(l), "de");
    ce_lane_add_again(l, &cars[2].place);
    l->in_flight = 0;
    EXPECT_STR(names_of_cut(l), "bc");
    EXPECT_STR(names(l), "a");
    ce_lanes_give(&lanes, l);
    close_lanes();
}

TESTS("lanes", TEST(keys_are_looked_for_in_this_order),
      TEST(what_is_no_event_has_a_key_too),
      TEST(a_key_finds_its_lane_while_it_is_in_use),
      TEST(without_a_key_every_lane_is_new),
      TEST(a_lane_used_again_is_clean_and_costs_no_memory),
      TEST(all_lanes_in_use_can_be_walked),
      TEST(without_memory_there_is_no_lane),
      TEST(what_comes_back_goes_before_what_waits_and_in_its_order),
      TEST(all_but_the_oldest_can_be_cut),
      TEST(what_was_sent_is_not_cut_while_others_are_in_flight))
