/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of a message, and of what was made of it. */
#include "core/pipeline/headers.h"
#include "tests/support/ce_test.h"

static unsigned asked;
static ce_status answer;

static ce_status give(ce_delivery *d, ce_attrs *out)
{
    const ce_attr a = { CE_SLICE("name"), CE_SLICE("value"), CE_STRING };

    asked++;
    if (answer != CE_OK)
        return answer;
    return ce_attrs_add(out, d->arena, a);
}

static ce_delivery message(void)
{
    asked = 0;
    answer = CE_OK;
    return (ce_delivery){ .headers = give, .arena = ce_arena_new() };
}

static void a_delivery_has_those_of_its_message(void)
{
    ce_delivery d = message();
    ce_attrs all;

    EXPECT_OK(ce_headers_of(&d, &all));
    EXPECT_EQ(all.len, 1);
    EXPECT_TEXT(all.at[0].text, "value");
    EXPECT(!d.shared_headers);
    ce_arena_free(d.arena);
}

static void without_any_it_has_what_was_kept(void)
{
    ce_attr kept = { CE_SLICE("kept"), CE_SLICE("1"), CE_STRING };
    ce_delivery d = { .origin = { .metadata = { &kept, 1, 1 } } };
    ce_attrs all;

    EXPECT_OK(ce_headers_of(&d, &all));
    EXPECT_EQ(all.len, 1);
    EXPECT(all.at == &kept);
}

/* Thousands of events times hundreds of headers would be gigabytes. */
static void all_events_of_a_batch_share_one_copy(void)
{
    ce_delivery d = message();
    const ce_attr *first = NULL;

    for (unsigned i = 0; i < 1000; i++) {
        ce_delivery child = { .parent = &d };
        ce_delivery copy = { .parent = &child };
        ce_attrs all;

        REQUIRE_OK(ce_headers_of(i % 2 ? &copy : &child, &all));
        REQUIRE_EQ(all.len, 1);
        first = first ? first : all.at;
        EXPECT(all.at == first);
    }
    EXPECT_EQ(asked, 1);
    ce_arena_free(d.arena);
}

static void what_cannot_be_given_now_is_asked_for_again(void)
{
    ce_delivery d = message(), child = { .parent = &d };
    ce_attrs all;

    answer = CE_EAGAIN;
    EXPECT_STATUS(ce_headers_of(&child, &all), CE_EAGAIN);
    answer = CE_OK;
    EXPECT_OK(ce_headers_of(&child, &all));
    EXPECT_EQ(all.len, 1);
    EXPECT_EQ(asked, 2);
    ce_arena_free(d.arena);
}

TESTS("headers", TEST(a_delivery_has_those_of_its_message),
      TEST(without_any_it_has_what_was_kept),
      TEST(all_events_of_a_batch_share_one_copy),
      TEST(what_cannot_be_given_now_is_asked_for_again))
