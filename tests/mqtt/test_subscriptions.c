/* SPDX-License-Identifier: Apache-2.0 */
/* What a session is subscribed to is known to the next process. */
#include "bindings/mqtt/subscriptions.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/ce_test.h"

static char folder[200];
static ce_mqtt_subscriptions subscriptions;

static void forget(void)
{
    ce_mqtt_subscriptions_close(&subscriptions);
    if (folder[0])
        ce_test_remove(folder);
    folder[0] = '\0';
}

/* As the next process does. */
static void reopen(void)
{
    if (!folder[0])
        ce_test_make_folder(folder, sizeof folder);
    ce_mqtt_subscriptions_close(&subscriptions);
    REQUIRE_OK(
        ce_mqtt_subscriptions_open(&subscriptions, folder, "session", NULL));
}

/* The filters in TEXT, between spaces. */
static ce_mqtt_filters filters(const char *text)
{
    ce_mqtt_filters f = { { NULL, 0, 0 } };

    while (*text) {
        size_t len = strcspn(text, " ");

        REQUIRE_OK(ce_mqtt_filters_add(&f, (ce_slice){ text, len }, NULL));
        text += len + (text[len] == ' ');
    }
    return f;
}

static void begin(const char *wanted, bool resumed)
{
    ce_mqtt_filters f = filters(wanted);

    REQUIRE_OK(ce_mqtt_subscriptions_begin(&subscriptions, &f, resumed, NULL));
    ce_mqtt_filters_free(&f);
}

/* The others beside WANTED, one after the other as they are ended. */
static void end_others(const char *wanted, const char *expected)
{
    ce_mqtt_filters f = filters(wanted);
    char all[200] = "";
    const char *other;

    while ((other = ce_mqtt_subscriptions_other(&subscriptions, &f))) {
        strcat(strcat(all, other), " ");
        REQUIRE_OK(ce_mqtt_subscriptions_end(&subscriptions, other, NULL));
    }
    EXPECT_STR(all, expected);
    ce_mqtt_filters_free(&f);
}

static void a_filter_is_remembered_until_it_is_ended(void)
{
    reopen();
    begin("a/#", false);
    reopen();
    begin("b", true);
    reopen();
    begin("c/+", true);
    begin("c/+", true);
    reopen();
    end_others("b", "a/# c/+ ");
    reopen();
    end_others("x", "b ");
    reopen();
    end_others("x", "");
}

static void several_filters_are_remembered(void)
{
    reopen();
    begin("a b c", false);
    reopen();
    begin("b d", true);
    reopen();
    end_others("b d", "a c ");
    reopen();
    end_others("", "b d ");
}

static void a_new_session_has_no_past(void)
{
    reopen();
    begin("a", false);
    begin("b", true);
    reopen();
    begin("b", false);
    reopen();
    end_others("x", "b ");
}

static void without_a_file_nothing_is_remembered(void)
{
    const ce_mqtt_subscriptions none = { .path = { NULL, 0, 0 } };

    subscriptions = none;
    begin("a", true);
    end_others("x", "");
}

static void a_filter_cut_short_is_none(void)
{
    char path[300];
    FILE *f;

    reopen();
    begin("a", false);
    snprintf(path, sizeof path, "%s/session.subscriptions", folder);
    f = fopen(path, "a");
    REQUIRE(f != NULL);
    fputs("b/c", f);
    fclose(f);
    reopen();
    end_others("x", "a ");
}

static void a_folder_that_takes_nothing_is_named(void)
{
    ce_mqtt_filters wanted = filters("a");
    ce_error err = { CE_OK, "" };

    reopen();
    ce_test_remove(folder);
    EXPECT_STATUS(
        ce_mqtt_subscriptions_begin(&subscriptions, &wanted, false, &err),
        CE_EIO);
    ce_mqtt_filters_free(&wanted);
    EXPECT_CONTAINS(err.text, folder);
    folder[0] = '\0';
}

TESTS_CLOSED_BY(forget, "mqtt subscriptions",
                TEST(a_filter_is_remembered_until_it_is_ended),
                TEST(several_filters_are_remembered),
                TEST(a_new_session_has_no_past),
                TEST(without_a_file_nothing_is_remembered),
                TEST(a_filter_cut_short_is_none),
                TEST(a_folder_that_takes_nothing_is_named))
