/* SPDX-License-Identifier: Apache-2.0 */
/* Targets made of events: what the list allows, and nothing else. */
#include "tests/support/ce_test.h"

#include "core/template/target.h"

static const char *broken(const char *target)
{
    return *target == '!' ? "it begins with '!'" : NULL;
}

static const ce_target_rules rules = {
    .noun = "place",
    .option = "places",
    .place = CE_IN_TEXT,
    .broken = broken,
    .broken_item = broken,
    .allows = ce_target_glob,
};

static void what_can_never_work_is_refused(void)
{
    static const struct {
        const char *text, *allowed, *said;
    } rows[] = {
        { "a/{key}", NULL, "needs \"places\"" },
        { "a/{key", "a/*", "not closed" },
        { "a/{Key}", "a/*", "unknown placeholder" },
        { "!a", NULL, "begins with '!'" },
        { "a/{key}", "", "empty item" },
        { "a/{key}", "a/*,,b", "empty item" },
        { "a/{key}", "a/*,!b", "\"!b\"" },
        { "a/b", "b,c", "does not allow it" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(
            rows[i].text,
            ce_target_check(&rules, rows[i].text, rows[i].allowed, &err),
            CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].text, err.text, rows[i].said);
    }
}

static void a_text_without_placeholders_is_fixed(void)
{
    ce_target *t;

    REQUIRE_OK(ce_target_open(&t, &rules, "a/{{b}}", NULL, NULL));
    EXPECT_STR(ce_target_fixed(t), "a/{b}");
    ce_target_close(t);
}

static void an_event_chooses_among_what_is_allowed(void)
{
    static const struct {
        ce_slice key;
        const char *target, *said; /* TARGET is NULL: there is none */
    } rows[] = {
        { CE_SLICE("a/1"), "a/1", NULL },
        { CE_SLICE("b"), "b", NULL },
        { CE_SLICE("c"), NULL, "\"c\": \"places\" does not allow it" },
        { CE_SLICE("bb"), NULL, "does not allow it" },
        { CE_SLICE(""), NULL, "does not allow it" },
        { CE_SLICE("!"), NULL, "begins with '!'" },
        { CE_SLICE("a/1\0"), NULL, "NUL" },
        { { NULL, 0 }, NULL, "no value for {key}" },
    };
    ce_delivery d = { .arena = ce_arena_new() };
    ce_target *t;

    REQUIRE_OK(ce_target_open(&t, &rules, "{key}", "a/*,b", NULL));
    EXPECT(!ce_target_fixed(t));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *out;
        ce_error err = { CE_OK, "" };
        ce_status status;

        d.message.key = rows[i].key;
        status = ce_target_of(t, &d, &out, &err);
        EXPECT_STATUS(status, rows[i].target ? CE_OK : CE_ENOENT);
        if (rows[i].target)
            EXPECT_STR(out, rows[i].target);
        else
            EXPECT_CONTAINS(err.text, rows[i].said);
    }
    ce_target_close(t);
    ce_arena_free(d.arena);
}

static void a_star_stands_for_any_characters(void)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
        { "", "", true },
        { "", "a", false },
        { "a", "a", true },
        { "*", "", true },
        { "*", "a/b", true },
        { "a*", "b", false },
        { "*.dlq", "x.dlq", true },
        { "*.dlq", "x.dlq.dlq", true },
        { "*.dlq", "x.dlqs", false },
        { "a*b*c", "a1b2b3c", true },
        { "a*b*c", "a1b2b3", false },
        { "**", "x", true },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].pattern,
                      ce_target_glob(rows[i].pattern, rows[i].text),
                      rows[i].matches);
}

TESTS("target", TEST(what_can_never_work_is_refused),
      TEST(a_text_without_placeholders_is_fixed),
      TEST(an_event_chooses_among_what_is_allowed),
      TEST(a_star_stands_for_any_characters))
