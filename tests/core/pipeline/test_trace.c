/* SPDX-License-Identifier: Apache-2.0 */
/* With the level debug the log tells the way of each delivery. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

#include <cloudevents/cesql.h>

static ce_rig rig;
static char book[8192];

static void note(ce_level level, const char *line, void *arg)
{
    size_t len = strlen(book);

    (void)arg;
    if (level == CE_DEBUG)
        snprintf(book + len, sizeof book - len, "%s\n", line);
}

static ce_filter *filter;

static void open_route(ce_level level)
{
    ce_stage *s;

    book[0] = '\0';
    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_filter_sql(&filter, CE_SLICE("id <> 'unwanted'"), NULL));
    REQUIRE_OK(ce_filter_stage(&s, rig.top, filter));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_check_stage(&s, rig.top, NULL));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    ce_log_to(note, NULL, level);
}

static void close_route(void)
{
    ce_log_to(NULL, NULL, CE_WARN);
    ce_filter_free(filter);
    ce_rig_close(&rig, NULL);
}

/* The number of the last delivery that was introduced. */
static unsigned long long number(void)
{
    const char *at = book, *last = NULL;

    while ((at = strstr(at, " is new"))) {
        last = at;
        at++;
    }
    REQUIRE(last != NULL);
    while (last > book && last[-1] != '#')
        last--;
    return strtoull(last, NULL, 10);
}

/* Whether the book says exactly LINES of one delivery, "#" for its number. */
static bool says(const char *lines)
{
    char expected[2048] = "", prefix[32];
    bool same;

    snprintf(prefix, sizeof prefix, "#%llu", number());
    for (; *lines; lines++) {
        char one[2] = { *lines, '\0' };

        strncat(expected, *lines == '#' ? prefix : one,
                sizeof expected - strlen(expected) - 1);
    }
    same = strcmp(book, expected) == 0;
    if (!same)
        fprintf(stderr, "the log is\n%sinstead of\n%s", book, expected);
    return same;
}

static void arrive(const char *id)
{
    REQUIRE_CMP(ce_mem_arrive_event(rig.source, id, "key"), >=, 0);
}

static void an_event_is_followed_from_its_source_to_its_settlement(void)
{
    open_route(CE_DEBUG);
    arrive("1");
    EXPECT(says("# is new\n"
                "# check: passes\n"
                "# filter: passes\n"
                "# mem: ack\n"
                "# settled: ack\n"));
    close_route();
}

static void a_refusal_says_its_code_and_reason(void)
{
    open_route(CE_DEBUG);
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no such device"),
                                             false, 0 });
    arrive("1");
    EXPECT(says("# is new\n"
                "# check: passes\n"
                "# filter: passes\n"
                "# mem: nack 422 no such device\n"
                "# settled: nack 422 no such device\n"));
    close_route();
}

static void a_stage_that_settles_is_named(void)
{
    open_route(CE_DEBUG);
    arrive("unwanted");
    EXPECT(says("# is new\n"
                "# check: passes\n"
                "# filter: ack, filtered\n"
                "# settled: ack, filtered\n"));
    close_route();
}

static void each_delivery_has_a_number_of_its_own(void)
{
    unsigned long long first;

    open_route(CE_DEBUG);
    arrive("1");
    first = number();
    arrive("2"); /* in the memory of the first one */
    EXPECT_CMP(number(), >, first);
    close_route();
}

static void without_the_level_nothing_is_said(void)
{
    open_route(CE_INFO);
    arrive("1");
    ce_log_to(note, NULL, CE_DEBUG);
    EXPECT_EQ(book[0], '\0');
    close_route();
}

TESTS("trace", TEST(an_event_is_followed_from_its_source_to_its_settlement),
      TEST(a_refusal_says_its_code_and_reason),
      TEST(a_stage_that_settles_is_named),
      TEST(each_delivery_has_a_number_of_its_own),
      TEST(without_the_level_nothing_is_said))
