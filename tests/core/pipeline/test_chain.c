/* SPDX-License-Identifier: Apache-2.0 */
/* A chain is built from its end, owns its stages, and fails once. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

#include <cloudevents/alloc.h>

#include "core/pipeline/chain.h"

typedef struct probe {
    ce_stage stage;
    char name;
} probe;

static char calls[64]; /* one letter per call, in order */

static void note(char c)
{
    size_t len = strlen(calls);

    REQUIRE_CMP(len + 1, <, sizeof calls);
    calls[len] = c;
    calls[len + 1] = '\0';
}

static void push(ce_stage *s, ce_delivery *d)
{
    note(((probe *)s)->name);
    if (s->next)
        ce_push(s->next, d);
}

static void stop(ce_stage *s)
{
    note(((probe *)s)->name);
}

static void close_probe(ce_stage *s)
{
    note(((probe *)s)->name);
    ce_free(s);
}

static const ce_stage_ops holds_back = { "holder", push, stop, close_probe };
static const ce_stage_ops passes = { "passer", push, NULL, close_probe };

static ce_status open_probe(ce_stage **out, ce_stage *next, char name)
{
    probe *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return CE_ENOMEM;
    p->stage = (ce_stage){ name < 'a' ? &holds_back : &passes, next };
    p->name = name;
    *out = &p->stage;
    return CE_OK;
}

/* Capitals hold something back. */
static ce_status build(ce_chain *c, ce_stage *end, const char *names,
                       ce_stage **top)
{
    ce_chain_begin(c, end);
    for (; *names; names++)
        ce_chain_add(c, open_probe(&c->made, c->top, *names));
    return ce_chain_finish(c, top, NULL);
}

static const char *called(void)
{
    static char text[sizeof calls];

    memcpy(text, calls, sizeof text);
    calls[0] = '\0';
    return text;
}

static void what_is_added_last_comes_first(void)
{
    ce_chain c = { 0 };
    ce_delivery d;
    ce_stage *top;

    ce_memory_watch();
    called();
    REQUIRE_OK(build(&c, NULL, "abc", &top));
    ce_push(top, &d);
    EXPECT_STR(called(), "cba");
    ce_chain_close(&c);
    EXPECT_STR(called(), "cba");
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void one_owner_holds_several_chains(void)
{
    ce_chain c = { 0 };
    ce_delivery d;
    ce_stage *first, *second;

    ce_memory_watch();
    called();
    REQUIRE_OK(build(&c, NULL, "ab", &first));
    REQUIRE_OK(build(&c, first, "xy", &second));
    ce_push(first, &d);
    EXPECT_STR(called(), "ba");
    ce_push(second, &d);
    EXPECT_STR(called(), "yxba");
    ce_chain_close(&c);
    EXPECT_STR(called(), "yxba");
    ce_memory_unwatch();
}

static void only_those_that_hold_back_are_stopped(void)
{
    ce_chain c = { 0 };
    ce_stage *top;

    ce_memory_watch();
    called();
    REQUIRE_OK(build(&c, NULL, "aBcD", &top));
    ce_chain_stop(&c);
    EXPECT_STR(called(), "DB");
    ce_chain_close(&c);
    ce_memory_unwatch();
}

static void an_empty_chain_is_its_end(void)
{
    ce_chain c = { 0 };
    probe end = { .name = 'e' };
    ce_stage *top;

    REQUIRE_OK(build(&c, &end.stage, "", &top));
    EXPECT_EQ(top, &end.stage);
    ce_chain_stop(&c);
    ce_chain_close(&c);
}

static void many_stages_find_room(void)
{
    ce_chain c = { 0 };
    ce_stage *top;

    ce_memory_watch();
    called();
    REQUIRE_OK(build(&c, NULL, "abcdefghijklmnopqrstuvwxyz", &top));
    ce_chain_close(&c);
    EXPECT_STR(called(), "zyxwvutsrqponmlkjihgfedcba");
    ce_memory_unwatch();
}

/* Whatever fails: the chain says so at the end, and all that was made goes. */
static ce_status build_and_close(void)
{
    ce_chain c = { 0 };
    ce_stage *top = NULL;
    ce_status status = build(&c, NULL, "abcdefghijklmnopqrstuvwxyz", &top);

    EXPECT_EQ((status == CE_OK), (top != NULL));
    ce_chain_close(&c);
    called();
    return status;
}

static void a_failure_stays_until_the_end(void)
{
    called();
    ce_memory_torture(build_and_close);
}

static void the_first_failure_is_the_reason(void)
{
    ce_chain c = { 0 };
    ce_stage *top;
    ce_error err;

    ce_chain_begin(&c, NULL);
    ce_chain_add(&c, CE_EIO);
    ce_chain_add(&c, CE_ENOMEM);
    EXPECT_STATUS(ce_chain_finish(&c, &top, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, "CE_EIO");
    ce_chain_close(&c);
    ce_chain_add(&c, CE_ENOMEM);
    EXPECT_STATUS(ce_chain_finish(&c, &top, &err), CE_ENOMEM);
    EXPECT_STR(err.text, "out of memory");
    ce_chain_close(&c);
}

TESTS("chain", TEST(what_is_added_last_comes_first),
      TEST(one_owner_holds_several_chains),
      TEST(only_those_that_hold_back_are_stopped),
      TEST(an_empty_chain_is_its_end), TEST(many_stages_find_room),
      TEST(a_failure_stays_until_the_end),
      TEST(the_first_failure_is_the_reason))
