/* SPDX-License-Identifier: Apache-2.0 */
/* What transports are asked before an endpoint is opened. */
#include "core/settings/state.h"
#include "core/transport/terms.h"
#include "tests/support/ce_test.h"

static const ce_option rows[] = {
    CE_OPTION_INBOX,
    { "client_id", CE_OPT_TEXT, NULL, NULL, 0, 0, "name" },
    { "clean", CE_OPT_BOOLEAN, "false", NULL, 0, 0, "no session" },
    CE_OPTION_END,
};
static const ce_option no_rows[] = { CE_OPTION_END };
static const char *const identity[] = { "client_id", NULL };

/* One that says nothing, and one that says what it can. */
static const ce_transport silent = { .receiver_options = no_rows };
static const ce_transport needy = { .receiver_options = rows,
                                    .needs_inbox = true,
                                    .identity = identity,
                                    .clean_option = "clean" };

static ce_settings *settings;

static void forget(void)
{
    ce_settings_close(settings);
    settings = NULL;
}

static ce_settings *of(const ce_transport *t, const char *uri)
{
    forget();
    REQUIRE_OK(ce_settings_open(&settings, t->receiver_options, uri,
                                CE_URI_STRICT, NULL));
    return settings;
}

static void a_transport_that_says_nothing_promises_what_is_usual(void)
{
    ce_settings *s = of(&silent, "x://h/t");
    ce_promise p = ce_promise_of(&silent, CE_ROLE_RECEIVER, s);

    EXPECT_EQ(p.level, CE_AT_LEAST_ONCE);
    EXPECT(!p.text);
    p = ce_promise_of(&silent, CE_ROLE_RESPONDER, s);
    EXPECT_EQ(p.level, CE_AT_LEAST_ONCE);
    EXPECT(p.text);
    EXPECT(!ce_alone_because(&silent, CE_ROLE_RECEIVER, s));
    EXPECT_EQ(ce_custody_of(&silent, s), CE_CUSTODY_NONE);
    EXPECT(!ce_identity_is_given(&silent, s));
    EXPECT_OK(ce_leave_nothing(&silent, s, NULL));
    EXPECT_OK(ce_custody_decline(&silent, s, NULL));
}

static void a_need_of_an_inbox_is_a_promise_with_one_only(void)
{
    ce_settings *s = of(&needy, "x://h/t");

    EXPECT_EQ(ce_promise_of(&needy, CE_ROLE_RECEIVER, s).level, CE_UNLESS_KEPT);
    EXPECT_EQ(ce_promise_of(&needy, CE_ROLE_SENDER, s).level, CE_AT_LEAST_ONCE);
}

static void custody_is_as_the_option_says(void)
{
    static const ce_transport without_row = { .receiver_options = no_rows,
                                              .needs_inbox = true };

    EXPECT_EQ(ce_custody_of(&needy, of(&needy, "x://h/t")), CE_CUSTODY_KEPT);
    EXPECT(!ce_custody_is_asked_for(&needy, settings));
    EXPECT_EQ(ce_custody_of(&needy, of(&needy, "x://h/t?inbox=sync")),
              CE_CUSTODY_FLUSHED);
    EXPECT(ce_custody_is_asked_for(&needy, settings));
    EXPECT_EQ(ce_custody_of(&needy, of(&needy, "x://h/t?inbox=off")),
              CE_CUSTODY_NONE);
    EXPECT(!ce_custody_is_asked_for(&needy, settings));
    EXPECT_EQ(ce_custody_of(&without_row, of(&without_row, "x://h/t")),
              CE_CUSTODY_KEPT);
}

static void who_keeps_nothing_overrides_no_option(void)
{
    ce_settings *s = of(&needy, "x://h/t");

    EXPECT_OK(ce_custody_decline(&needy, s, NULL));
    EXPECT_OK(ce_leave_nothing(&needy, s, NULL));
    EXPECT_EQ(ce_custody_of(&needy, s), CE_CUSTODY_NONE);
    EXPECT(ce_settings_boolean(s, "clean"));
    s = of(&needy, "x://h/t?inbox=sync&clean=false");
    EXPECT_OK(ce_custody_decline(&needy, s, NULL));
    EXPECT_OK(ce_leave_nothing(&needy, s, NULL));
    EXPECT_EQ(ce_custody_of(&needy, s), CE_CUSTODY_FLUSHED);
    EXPECT(!ce_settings_boolean(s, "clean"));
}

static void sources_are_told_apart_by_their_identity(void)
{
    char one[CE_STATE_NAME], other[CE_STATE_NAME], unread[CE_STATE_NAME];
    ce_settings *s = of(&needy, "x://h/t?client_id=a");

    EXPECT(ce_identity_is_given(&needy, s));
    ce_state_name(one, "p", s, identity);
    ce_state_name(unread, "p", s, NULL);
    EXPECT(strcmp(one, unread) != 0);
    s = of(&needy, "x://h/t");
    EXPECT(!ce_identity_is_given(&needy, s));
    EXPECT_OK(ce_settings_set(s, "client_id", "b", NULL));
    ce_state_name(other, "p", s, identity);
    EXPECT(strcmp(one, other) != 0);
    EXPECT_EQ(strncmp(unread, "p-x---h-t", 9), 0);
    /* What one name has left is found again, whatever is asked for now. */
    s = of(&needy, "x://h/elsewhere?client_id=a&inbox=sync");
    ce_state_name(other, "p", s, identity);
    EXPECT_STR(other, one);
    s = of(&needy, "x://i/t?client_id=a");
    ce_state_name(other, "p", s, identity);
    EXPECT(strcmp(one, other) != 0);
}

TESTS_CLOSED_BY(forget, "terms",
                TEST(a_transport_that_says_nothing_promises_what_is_usual),
                TEST(a_need_of_an_inbox_is_a_promise_with_one_only),
                TEST(custody_is_as_the_option_says),
                TEST(who_keeps_nothing_overrides_no_option),
                TEST(sources_are_told_apart_by_their_identity))
