/* SPDX-License-Identifier: Apache-2.0 */
/* One callback, four levels, from any thread. */
#include "core/base/log.h"

#include "tests/support/ce_test.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct book {
    atomic_uint lines;
    ce_level level;
    char text[600];
} book;

static void note(ce_level level, const char *line, void *arg)
{
    book *b = arg;

    b->level = level;
    snprintf(b->text, sizeof b->text, "%s", line);
    atomic_fetch_add(&b->lines, 1);
}

static void count(ce_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    atomic_fetch_add(&((book *)arg)->lines, 1);
}

static void restore(void)
{
    ce_log_to(NULL, NULL, CE_DEBUG);
}

static void lines_reach_the_callback(void)
{
    book b = { 0 };

    ce_log_to(note, &b, CE_INFO);
    ce_log(CE_WARN, "%s: %d", "peer", 7);
    restore();
    EXPECT_EQ(b.lines, 1);
    EXPECT_EQ(b.level, CE_WARN);
    EXPECT_STR(b.text, "peer: 7");
}

static void lines_above_the_level_are_dropped(void)
{
    static const ce_level levels[] = { CE_ERROR, CE_WARN, CE_INFO, CE_DEBUG };

    for (size_t i = 0; i < COUNT(levels); i++) {
        book b = { 0 };

        ce_log_to(note, &b, levels[i]);
        for (size_t k = 0; k < COUNT(levels); k++)
            ce_log(levels[k], "line");
        restore();
        EXPECT_EQ(b.lines, i + 1);
    }
}

static void a_line_has_no_line_break(void)
{
    book b = { 0 };

    ce_log_to(note, &b, CE_INFO);
    ce_log(CE_INFO, "%s", "a\r\nb\x1b[31mc");
    restore();
    EXPECT_STR(b.text, "a  b [31mc");
}

static void a_long_line_is_cut(void)
{
    static char text[2000];
    book b = { 0 };

    memset(text, 'x', sizeof text - 1);
    ce_log_to(note, &b, CE_INFO);
    ce_log(CE_INFO, "%s", text);
    restore();
    EXPECT_CMP(strlen(b.text), >=, 200);
    EXPECT_CMP(strlen(b.text), <, 600);
}

static void nobody_hears_when_silenced(void)
{
    book b = { 0 };

    ce_log_to(note, &b, CE_DEBUG);
    ce_log_to(NULL, &b, CE_DEBUG);
    ce_log(CE_ERROR, "line");
    EXPECT_EQ(b.lines, 0);
}

static void log_again(ce_level level, const char *line, void *arg)
{
    book *b = arg;

    (void)level;
    (void)line;
    if (atomic_fetch_add(&b->lines, 1) == 0)
        ce_log(CE_WARN, "from the callback");
}

static void the_callback_may_log(void)
{
    book b = { 0 };

    ce_log_to(log_again, &b, CE_INFO);
    ce_log(CE_WARN, "line");
    restore();
    EXPECT_EQ(b.lines, 2);
}

static void log_again_and_note(ce_level level, const char *line, void *arg)
{
    log_again(level, line, arg);
    if (!strcmp(line, "kafka: line"))
        note(level, ce_log_fields_now()->endpoint, arg);
}

static void a_line_within_another_takes_no_fields_from_it(void)
{
    book b = { 0 };

    ce_log_to(log_again_and_note, &b, CE_INFO);
    ce_log_of(CE_WARN, "kafka", "line");
    restore();
    EXPECT_STR(b.text, "kafka");
}

static void *chatter(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 1000; i++)
        ce_log(CE_INFO, "%u", i);
    return NULL;
}

static void threads_may_log_at_once(void)
{
    book b = { 0 };
    pthread_t threads[4];

    ce_log_to(count, &b, CE_INFO);
    for (size_t i = 0; i < COUNT(threads); i++)
        REQUIRE_EQ(pthread_create(&threads[i], NULL, chatter, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    restore();
    EXPECT_EQ(b.lines, 4000);
}

static void levels_have_names(void)
{
    EXPECT_STR(ce_level_name(CE_ERROR), "error");
    EXPECT_STR(ce_level_name(CE_DEBUG), "debug");
    EXPECT(ce_level_name((ce_level)9) != NULL);
}

static ce_log_fields seen;

static void note_fields(ce_level level, const char *line, void *arg)
{
    seen = *ce_log_fields_now();
    note(level, line, arg);
}

static void a_line_has_its_fields_and_begins_with_the_names(void)
{
    const ce_log_fields fields = { .route = "r",
                                   .endpoint = "http://h/",
                                   .event = "1",
                                   .error = "refused",
                                   .repeated = 3 };
    book b = { 0 };

    ce_log_to(note_fields, &b, CE_INFO);
    ce_log_with(CE_WARN, &fields, "%s again", "refused");
    EXPECT_STR(b.text, "r: http://h/: refused again");
    EXPECT_STR(seen.event, "1");
    EXPECT_STR(seen.error, "refused");
    EXPECT_EQ(seen.repeated, 3);
    ce_log_of(CE_WARN, "mqtt://h/", "%s", "gone");
    EXPECT_STR(b.text, "mqtt://h/: gone");
    EXPECT_STR(seen.endpoint, "mqtt://h/");
    EXPECT(!seen.route && !seen.event);
    ce_log(CE_WARN, "another");
    restore();
    EXPECT_STR(b.text, "another");
    EXPECT(!seen.endpoint && !seen.event && !seen.repeated);
    EXPECT(!ce_log_fields_now()->endpoint);
}

static void names_that_are_long_are_cut(void)
{
    char name[700];
    book b = { 0 };

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ce_log_to(note, &b, CE_INFO);
    ce_log_with(CE_WARN, &(ce_log_fields){ .route = name, .endpoint = name },
                "%s", name);
    restore();
    EXPECT_EQ(strlen(b.text), 511);
}

static void what_peers_cause_is_told_now_and_then(void)
{
    uint64_t next_ms = 0;

    EXPECT(ce_log_may_repeat(&next_ms, 5));
    EXPECT(!ce_log_may_repeat(&next_ms, 5));
    EXPECT(!ce_log_may_repeat(&next_ms, 10004));
    EXPECT(ce_log_may_repeat(&next_ms, 10005));
    EXPECT(!ce_log_may_repeat(&next_ms, 20004));
}

TESTS("log", TEST(a_line_has_its_fields_and_begins_with_the_names),
      TEST(names_that_are_long_are_cut), TEST(lines_reach_the_callback),
      TEST(lines_above_the_level_are_dropped), TEST(a_line_has_no_line_break),
      TEST(a_long_line_is_cut), TEST(nobody_hears_when_silenced),
      TEST(the_callback_may_log),
      TEST(a_line_within_another_takes_no_fields_from_it),
      TEST(threads_may_log_at_once), TEST(levels_have_names),
      TEST(what_peers_cause_is_told_now_and_then))
