/* SPDX-License-Identifier: Apache-2.0 */
/* A source needs the name of a group, and whoever opens one hears so. */
#include "bindings/kafka/group.h"
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/target.h"
#include "core/loop/loop.h"
#include "tests/support/ce_test.h"

static const struct {
    const char *uri, *said; /* NULL: it is right */
} rows[] = {
    { "kafka://a:1/t", NULL },
    { "kafka://a:1/t?group=%20x", NULL },
    { "kafka://a:1/t?group=&rdkafka.group.id=x", NULL },
    { "kafka://a:1/t?group=", "option \"group\" = \"\": a group has a name" },
    { "kafka://a:1/t?group=%20%09", "option \"group\"" },
    { "kafka://a:1/t?rdkafka.group.id=", "option \"rdkafka.group.id\"" },
    { "kafka://a:1/t?clean=true&rdkafka.group.id=",
      "option \"rdkafka.group.id\"" },
};

static void expect(size_t i, ce_status status, const ce_error *err)
{
    EXPECT_STATUS_ROW(rows[i].uri, status, rows[i].said ? CE_EINVAL : CE_OK);
    if (rows[i].said)
        EXPECT_CONTAINS_ROW(rows[i].uri, err->text, rows[i].said);
}

static void open_settings(ce_settings **out, size_t i)
{
    REQUIRE_OK(ce_settings_open(out, ce_kafka_receiver_options, rows[i].uri,
                                CE_URI_STRICT, NULL));
}

static void a_check_names_the_option(void)
{
    static const ce_role roles[] = { CE_ROLE_RECEIVER, CE_ROLE_RESPONDER };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_settings *s;
        ce_error err = { CE_OK, "" };

        open_settings(&s, i);
        for (size_t k = 0; k < COUNT(roles); k++)
            expect(i, ce_kafka_check(roles[k], s, &err), &err);
        ce_settings_close(s);
    }
}

static void a_source_does_not_open_without_it(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_endpoint at = { .name = "route" };
        ce_receiver *r = NULL;
        ce_settings *s;
        ce_error err = { CE_OK, "" };

        REQUIRE_OK(ce_loop_open(&at.loop, NULL, NULL));
        open_settings(&s, i);
        at.settings = s;
        expect(i, ce_kafka_receiver_open(&r, &at, &err), &err);
        if (r)
            r->ops->close(r);
        ce_settings_close(s);
        ce_loop_close(at.loop);
    }
}

TESTS("kafka/group", TEST(a_check_names_the_option),
      TEST(a_source_does_not_open_without_it))
