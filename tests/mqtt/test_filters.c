/* SPDX-License-Identifier: Apache-2.0 */
/* What a source subscribes to, by its URI and its options. */
#include "bindings/mqtt/filters.h"
#include "bindings/mqtt/mqtt.h"
#include "tests/support/ce_test.h"

/* The filters that URI names, with a space behind each; or the error. */
static void read_filters(const char *uri, char out[200])
{
    ce_mqtt_filters filters = { { NULL, 0, 0 } };
    ce_settings *s = NULL;
    ce_error err = { CE_OK, "" };

    REQUIRE_OK(ce_settings_open(&s, ce_transport_mqtt.receiver_options, uri,
                                CE_URI_STRICT, NULL));
    out[0] = '\0';
    if (ce_mqtt_filters_read(&filters, s, &err) != CE_OK)
        snprintf(out, 200, "%.199s", err.text);
    else
        for (const char *f = ce_mqtt_filters_next(&filters, NULL); f;
             f = ce_mqtt_filters_next(&filters, f))
            strcat(strcat(out, f), " ");
    ce_mqtt_filters_free(&filters);
    ce_settings_close(s);
}

static void the_uri_and_topics_make_one_list(void)
{
    static const struct {
        const char *uri, *filters;
    } rows[] = {
        { "mqtt://h/a/#", "a/# " },
        { "mqtt://h/a,b", "a,b " },
        { "mqtt://h/a/#?topics=b/+", "a/# b/+ " },
        { "mqtt://h/a?topics=b/+,c/#,$share/g/d", "a b/+ c/# $share/g/d " },
        { "mqtt://h/?topics=b,c", "b c " },
        { "mqtt://h?topics=b,c", "b c " },
    };
    char filters[200];

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_filters(rows[i].uri, filters);
        EXPECT_STR_ROW(rows[i].uri, filters, rows[i].filters);
    }
}

static void what_is_no_list_is_refused(void)
{
    static const struct {
        const char *uri, *said;
    } rows[] = {
        { "mqtt://h/", "no topic" },
        { "mqtt://h/a?topics=", "topics: no topic" },
        { "mqtt://h/a?topics=b,,c", "topics: no topic" },
        { "mqtt://h/a?topics=b,c,", "topics: no topic" },
        { "mqtt://h/a?topics=b/%23/c", "has to be the last level" },
        { "mqtt://h/a%23", "whole level" },
        { "mqtt://h/a?topics=b,a", "\"a\" is there twice" },
        { "mqtt://h/?topics=b,b", "\"b\" is there twice" },
    };
    char said[200];

    for (size_t i = 0; i < COUNT(rows); i++) {
        read_filters(rows[i].uri, said);
        EXPECT_ROW(rows[i].uri, strstr(said, rows[i].said) != NULL);
    }
}

static void one_of_the_list_can_go(void)
{
    ce_mqtt_filters f = { { NULL, 0, 0 } };
    const char *all = "abc";

    for (size_t i = 0; i < 3; i++)
        REQUIRE_OK(ce_mqtt_filters_add(&f, (ce_slice){ all + i, 1 }, NULL));
    ce_mqtt_filters_remove(&f, "b");
    ce_mqtt_filters_remove(&f, "x");
    EXPECT(ce_mqtt_filters_have(&f, "a") && ce_mqtt_filters_have(&f, "c"));
    EXPECT(!ce_mqtt_filters_have(&f, "b"));
    ce_mqtt_filters_remove(&f, ce_mqtt_filters_next(&f, NULL));
    ce_mqtt_filters_remove(&f, "c");
    EXPECT(ce_mqtt_filters_next(&f, NULL) == NULL);
    ce_mqtt_filters_free(&f);
}

TESTS("mqtt filters", TEST(the_uri_and_topics_make_one_list),
      TEST(what_is_no_list_is_refused), TEST(one_of_the_list_can_go))
