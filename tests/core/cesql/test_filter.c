/* SPDX-License-Identifier: Apache-2.0 */
/* The filter dialects of the Subscriptions API: what passes, and which
 * filters cannot be made. */
#include "tests/support/ce_test.h"

#include "core/cesql/filter.h"

static ce_event *event;
static ce_arena *arena;

static void begin(void)
{
    event = ce_event_blank();
    arena = ce_arena_new();
    REQUIRE(event && arena);
    REQUIRE_OK(ce_event_set(event, "id", "1", NULL));
    REQUIRE_OK(ce_event_set(event, "source", "/s", NULL));
    REQUIRE_OK(ce_event_set(event, "type", "com.example.created", NULL));
    REQUIRE_OK(ce_event_set(event, "time", "2018-04-26T14:48:09+02:00", NULL));
    REQUIRE_OK(ce_event_set_integer(event, "n", 42, NULL));
    REQUIRE_OK(ce_event_set_boolean(event, "b", true, NULL));
}

static void end(void)
{
    ce_event_free(event);
    ce_arena_free(arena);
}

static ce_filter *leaf(ce_filter_kind kind, const char *name, const char *value)
{
    ce_filter *f;

    REQUIRE_OK(ce_filter_attribute(&f, kind, ce_slice_of(name),
                                   ce_slice_of(value), NULL));
    return f;
}

static ce_filter *sql(const char *text)
{
    ce_filter *f;

    REQUIRE_OK(ce_filter_sql(&f, ce_slice_of(text), NULL));
    return f;
}

/* Two filters, one true and one false for the event. */
static ce_filter *yes(void)
{
    return leaf(CE_FILTER_EXACT, "id", "1");
}

static ce_filter *no(void)
{
    return leaf(CE_FILTER_EXACT, "id", "2");
}

static ce_filter *group(ce_filter_kind kind)
{
    ce_filter *f;

    REQUIRE_OK(ce_filter_group(&f, kind, NULL));
    return f;
}

/* Whether the event passes F, which is freed. */
static bool passes(ce_filter *f)
{
    bool result = ce_filter_match(f, event, arena);

    ce_filter_free(f);
    return result;
}

/* SUB-04 SUB-05 SUB-07 */
static void attributes_are_compared_by_their_text(void)
{
    static const struct {
        ce_filter_kind kind;
        const char *name, *value;
        bool passes;
    } rows[] = {
        { CE_FILTER_EXACT, "type", "com.example.created", true },
        { CE_FILTER_EXACT, "type", "com.example.Created", false },
        { CE_FILTER_EXACT, "type", "com.example", false },
        { CE_FILTER_EXACT, "n", "42", true },
        { CE_FILTER_EXACT, "n", "042", false },
        { CE_FILTER_EXACT, "b", "true", true },
        { CE_FILTER_EXACT, "time", "2018-04-26T14:48:09+02:00", true },
        { CE_FILTER_EXACT, "time", "2018-04-26T12:48:09Z", false },
        { CE_FILTER_EXACT, "specversion", "1.0", true },
        { CE_FILTER_PREFIX, "type", "com.", true },
        { CE_FILTER_PREFIX, "type", "Com.", false },
        { CE_FILTER_PREFIX, "type", "com.example.created", true },
        { CE_FILTER_PREFIX, "type", "com.example.created.", false },
        { CE_FILTER_SUFFIX, "type", ".created", true },
        { CE_FILTER_SUFFIX, "type", ".CREATED", false },
        { CE_FILTER_SUFFIX, "type", "com.example.created", true },
        { CE_FILTER_SUFFIX, "type", "a.com.example.created", false },
    };

    begin();
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].value,
                      passes(leaf(rows[i].kind, rows[i].name, rows[i].value)),
                      rows[i].passes);
    end();
}

/* SUB-07 */
static void a_missing_attribute_matches_nothing(void)
{
    begin();
    EXPECT(!passes(leaf(CE_FILTER_EXACT, "subject", "x")));
    EXPECT(!passes(leaf(CE_FILTER_PREFIX, "subject", "x")));
    EXPECT(!passes(leaf(CE_FILTER_SUFFIX, "subject", "x")));
    end();
}

/* SUB-01 SUB-04 */
static void groups_combine_their_parts(void)
{
    static const struct {
        ce_filter_kind kind;
        const char *name, *parts; /* y and n */
        bool passes;
    } rows[] = {
        { CE_FILTER_ALL, "all y", "y", true },
        { CE_FILTER_ALL, "all n", "n", false },
        { CE_FILTER_ALL, "all yyn", "yyn", false },
        { CE_FILTER_ALL, "all nyy", "nyy", false },
        { CE_FILTER_ALL, "all yyy", "yyy", true },
        { CE_FILTER_ANY, "any n", "n", false },
        { CE_FILTER_ANY, "any nny", "nny", true },
        { CE_FILTER_ANY, "any ynn", "ynn", true },
        { CE_FILTER_ANY, "any nnn", "nnn", false },
        { CE_FILTER_NOT, "not y", "y", false },
        { CE_FILTER_NOT, "not n", "n", true },
    };

    begin();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_filter *f = group(rows[i].kind);

        for (const char *p = rows[i].parts; *p; p++)
            EXPECT_OK(ce_filter_add(f, *p == 'y' ? yes() : no(), NULL));
        EXPECT_EQ_ROW(rows[i].name, passes(f), rows[i].passes);
    }
    end();
}

static void groups_hold_groups(void)
{
    ce_filter *any = group(CE_FILTER_ANY), *not = group(CE_FILTER_NOT);
    ce_filter *all = group(CE_FILTER_ALL);

    begin();
    EXPECT_OK(ce_filter_add(any, no(), NULL));
    EXPECT_OK(ce_filter_add(any, sql("n = 42"), NULL));
    EXPECT_OK(ce_filter_add(not, any, NULL));
    EXPECT_OK(ce_filter_add(all, yes(), NULL));
    EXPECT_OK(ce_filter_add(all, not, NULL));
    EXPECT(!passes(all));
    end();
}

/* SUB-04 SUB-09 SQL-57 */
static void only_true_without_an_error_passes(void)
{
    static const struct {
        const char *text;
        bool passes;
    } rows[] = {
        { "type LIKE 'com.example.%' AND NOT EXISTS subject", true },
        { "n = '42'", true },
        { "b", true },
        { "n", false },
        { "'true'", false },
        { "1 = 2", false },
        { "subject <> 'x'", false },
        { "subject = 'x' OR true", false },
        { "true OR subject = 'x'", true },
        { "1 / 0 = 0", false },
        { "nothing()", false },
    };

    begin();
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].text, passes(sql(rows[i].text)), rows[i].passes);
    end();
}

static void expect_why(ce_filter *f, const char *wanted)
{
    ce_buf why = { 0 };

    EXPECT(!ce_filter_match(f, event, arena));
    EXPECT_OK(ce_filter_explain(f, event, arena, &why));
    EXPECT_OK(ce_buf_byte(&why, '\0'));
    EXPECT_STR(why.ptr, wanted);
    ce_buf_free(&why);
    ce_filter_free(f);
}

static void it_says_why_an_event_does_not_pass(void)
{
    ce_filter *all = group(CE_FILTER_ALL), *any = group(CE_FILTER_ANY);

    begin();
    EXPECT_OK(ce_filter_add(any, no(), NULL));
    EXPECT_OK(ce_filter_add(any, sql("n = 41"), NULL));
    EXPECT_OK(ce_filter_add(all, yes(), NULL));
    EXPECT_OK(ce_filter_add(all, any, NULL));
    expect_why(all, "id \"1\" is not \"2\", and n = 41 is false");
    expect_why(leaf(CE_FILTER_SUFFIX, "b", "x"),
               "b \"true\" does not end with \"x\"");
    expect_why(leaf(CE_FILTER_PREFIX, "subject", "x"), "there is no subject");
    expect_why(sql("nothing()"),
               "nothing() calls a function that there is not");
    end();
}

/* SUB-10: as the Subscriptions API has it, what fails is false, and its
 * negation is true. */
static void the_negation_of_an_error_passes(void)
{
    ce_filter *f = group(CE_FILTER_NOT);

    begin();
    EXPECT_OK(ce_filter_add(f, sql("subject = 'x'"), NULL));
    EXPECT(passes(f));
    end();
}

static void scratch_memory_is_given_back(void)
{
    ce_filter *f = sql("CONCAT(LOWER(type), n) = 'x'");
    size_t used;

    begin();
    used = ce_arena_used(arena);
    for (int i = 0; i < 1000; i++)
        EXPECT(!ce_filter_match(f, event, arena));
    EXPECT_EQ(ce_arena_used(arena), used);
    ce_filter_free(f);
    end();
}

static void the_texts_are_copied(void)
{
    char name[] = "id", value[] = "1";
    ce_filter *f = leaf(CE_FILTER_EXACT, name, value);

    begin();
    memset(name, 'x', 2);
    memset(value, 'x', 1);
    EXPECT(passes(f));
    end();
}

/* SUB-06 */
static void faulty_leaves_are_refused(void)
{
    static const struct {
        ce_filter_kind kind;
        const char *name, *value, *said;
    } rows[] = {
        { CE_FILTER_EXACT, "", "x", "name of an attribute" },
        { CE_FILTER_EXACT, "Type", "x", "name of an attribute" },
        { CE_FILTER_PREFIX, "data", "x", "name of an attribute" },
        { CE_FILTER_SUFFIX, "type", "", "may not be empty" },
        { CE_FILTER_ALL, "type", "x", "not a filter of an attribute" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_filter *f = NULL;
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].said,
                          ce_filter_attribute(&f, rows[i].kind,
                                              ce_slice_of(rows[i].name),
                                              ce_slice_of(rows[i].value), &err),
                          CE_EINVAL);
        EXPECT_ROW(rows[i].said, !f);
        EXPECT_CONTAINS_ROW(rows[i].said, err.text, rows[i].said);
    }
}

/* SUB-09 */
static void an_expression_that_does_not_parse_is_refused(void)
{
    ce_filter *f = NULL;
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(ce_filter_sql(&f, CE_SLICE("type ="), &err), CE_ESYNTAX);
    EXPECT(!f);
    EXPECT_CONTAINS(err.text, "column 7");
}

/* SUB-08 */
static void faulty_groups_are_refused(void)
{
    ce_filter *f = NULL;
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(ce_filter_group(&f, CE_FILTER_SQL, &err), CE_EINVAL);
    EXPECT(!f);
    f = group(CE_FILTER_NOT);
    EXPECT_OK(ce_filter_add(f, yes(), &err));
    EXPECT_STATUS(ce_filter_add(f, yes(), &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "exactly one");
    ce_filter_free(f);
    f = yes();
    EXPECT_STATUS(ce_filter_add(f, yes(), &err), CE_EINVAL);
    ce_filter_free(f);
}

/* SUB-01 SUB-08 */
static void only_all_passes_without_parts(void)
{
    begin();
    EXPECT(passes(group(CE_FILTER_ALL)));
    EXPECT(!passes(group(CE_FILTER_ANY)));
    EXPECT(!passes(group(CE_FILTER_NOT)));
    end();
}

static void depth_is_bounded(void)
{
    ce_filter *f = yes();
    ce_status status = CE_OK;
    ce_error err = { CE_OK, "" };
    unsigned depth = 1;

    for (; depth < 1000 && status == CE_OK; depth++) {
        ce_filter *above = group(CE_FILTER_NOT);

        status = ce_filter_add(above, f, &err);
        f = above;
    }
    EXPECT_STATUS(status, CE_EINVAL);
    EXPECT_CONTAINS(err.text, "nested deeper");
    EXPECT_CMP(depth, >, 32);
    ce_filter_free(f);
}

TESTS("filter", TEST(attributes_are_compared_by_their_text),
      TEST(a_missing_attribute_matches_nothing),
      TEST(groups_combine_their_parts), TEST(groups_hold_groups),
      TEST(only_true_without_an_error_passes),
      TEST(it_says_why_an_event_does_not_pass),
      TEST(the_negation_of_an_error_passes), TEST(scratch_memory_is_given_back),
      TEST(the_texts_are_copied), TEST(faulty_leaves_are_refused),
      TEST(an_expression_that_does_not_parse_is_refused),
      TEST(faulty_groups_are_refused), TEST(only_all_passes_without_parts),
      TEST(depth_is_bounded))
