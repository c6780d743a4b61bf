/* SPDX-License-Identifier: Apache-2.0 */
/* Options become properties of librdkafka, and mistakes are named. */
#include "bindings/kafka/conf.h"
#include "bindings/kafka/kafka.h"
#include "tests/support/ce_test.h"

static const ce_kafka_setting none[] = { { NULL, NULL } };

static ce_settings *settings;
static rd_kafka_conf_t *conf;

static ce_status open_conf(const char *uri, ce_error *err)
{
    ce_endpoint at = { .name = "route" };
    ce_status status;

    conf = NULL;
    settings = NULL;
    status = ce_settings_open(&settings, ce_kafka_sender_options, uri,
                              CE_URI_STRICT, err);
    at.settings = settings;
    return status == CE_OK ? ce_kafka_conf(&conf, &at, none, err) : status;
}

static void close_conf(void)
{
    if (conf)
        rd_kafka_conf_destroy(conf);
    ce_settings_close(settings);
}

static void expect_property(const char *row, const char *name,
                            const char *value)
{
    char text[300];
    size_t size = sizeof text;

    EXPECT_EQ_ROW(row, rd_kafka_conf_get(conf, name, text, &size),
                  RD_KAFKA_CONF_OK);
    EXPECT_TEXT(ce_slice_of(text), value);
}

static void options_become_properties(void)
{
    static const struct {
        const char *uri, *name, *value;
    } rows[] = {
        { "kafka://a:1,b:2/t", "bootstrap.servers", "a:1,b:2" },
        { "kafka://a:1/t", "security.protocol", "plaintext" },
        { "kafkas://a:1/t", "security.protocol", "ssl" },
        { "kafka://a:1/t?ca=/x/ca.pem", "security.protocol", "ssl" },
        { "kafka://a:1/t?ca=/x/ca.pem", "ssl.ca.location", "/x/ca.pem" },
        { "kafkas://a:1/t", "ssl.endpoint.identification.algorithm", "https" },
        { "kafkas://a:1/t?verify=false", "enable.ssl.certificate.verification",
          "false" },
        { "kafka://alice:pw@a:1/t", "security.protocol", "sasl_plaintext" },
        { "kafka://alice:pw@a:1/t", "bootstrap.servers", "a:1" },
        { "kafka://alice:pw@a:1/t", "sasl.mechanism", "PLAIN" },
        { "kafka://alice:p%40w@a:1/t", "sasl.password", "p@w" },
        { "kafkas://a:1/t?user=alice&password=pw&sasl=SCRAM-SHA-512",
          "security.protocol", "sasl_ssl" },
        { "kafkas://a:1/t?user=alice&password=pw&sasl=SCRAM-SHA-512",
          "sasl.mechanism", "SCRAM-SHA-512" },
        { "kafka://a:1/t?client_id=me", "client.id", "me" },
        { "kafka://a:1/t?rdkafka.compression.type=zstd", "compression.codec",
          "zstd" },
        { "kafka://a:1/t?rdkafka.client.id=users-win", "client.id",
          "users-win" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_OK_ROW(rows[i].uri, open_conf(rows[i].uri, &err));
        if (conf)
            expect_property(rows[i].uri, rows[i].name, rows[i].value);
        close_conf();
    }
}

static void mistakes_name_the_property_and_the_value(void)
{
    static const struct {
        const char *uri, *first, *second;
    } rows[] = {
        { "kafka://a:1/t?rdkafka.no.such=7", "no.such", "7" },
        { "kafka://a:1/t?rdkafka.sasl.mechanism=OAUTHBEARER", "OAUTHBEARER",
          "sasl.oauthbearer.method=oidc" },
        { "kafka://a:1/t?rdkafka.linger.ms=soon", "linger.ms", "soon" },
        { "kafka://a:1/t?rdkafka.enable.auto.offset.store=true",
          "enable.auto.offset.store", "true" },
        { "kafka://a:1/t?rdkafka.enable.auto.commit=true", "enable.auto.commit",
          "it stays false" },
        { "kafka://a:1/t?rdkafka.auto.offset.reset=latest", "auto.offset.reset",
          "it stays earliest" },
        { "kafka://a:1/t?rdkafka.transactional.id=x", "transactional.id",
          "would send nothing" },
        { "kafka://a:1/t?rdkafka.delivery.report.only.error=true",
          "delivery.report.only.error", "it stays false" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].uri, open_conf(rows[i].uri, &err), CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].first);
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].second);
        close_conf();
    }
}

static void a_file_that_cannot_be_read_is_named(void)
{
    static const struct {
        const char *uri, *said;
    } rows[] = {
        { "kafkas://a:1/t?ca=/no/ca.pem",
          "sink: ca: /no/ca.pem: No such file" },
        { "kafkas://a:1/t?cert=/no/it.pem", "cert: /no/it.pem: No such file" },
        { "kafkas://a:1/t?key_file=/no/it.key", "key_file: /no/it.key: No" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        rd_kafka_t *rk;

        REQUIRE_OK(open_conf(rows[i].uri, &err));
        EXPECT_STATUS_ROW(
            rows[i].uri,
            ce_kafka_client_new(&rk, RD_KAFKA_PRODUCER, conf, "sink", &err),
            CE_EIO);
        conf = NULL;
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].said);
        close_conf();
    }
}

static void a_refused_secret_is_not_shown(void)
{
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(
        open_conf("kafka://a:1/t?rdkafka.no.password=hush-hush", &err),
        CE_EINVAL);
    EXPECT_CONTAINS(err.text, "no.password");
    EXPECT_LACKS(err.text, "hush-hush");
    close_conf();
}

static void records_linger_where_order_counts_and_nobody_waits(void)
{
    static const struct {
        const char *name, *uri;
        bool unordered, direct, answers;
        uint64_t ms;
    } rows[] = {
        { "in order", "kafka://a:1/t", false, false, false, 2 },
        { "in any order", "kafka://a:1/t", true, false, false, 0 },
        { "a caller waits", "kafka://a:1/t", false, true, false, 0 },
        { "answers come", "kafka://a:1/t", false, false, true, 0 },
        { "not at all", "kafka://a:1/t?linger=0ms", false, false, false, 0 },
        { "as asked for", "kafka://a:1/t?linger=7ms", true, true, true, 7 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };
        ce_endpoint at = { .unordered = rows[i].unordered,
                           .direct = rows[i].direct };

        EXPECT_OK_ROW(rows[i].name, open_conf(rows[i].uri, &err));
        at.settings = settings;
        EXPECT_EQ_ROW(rows[i].name, ce_kafka_linger_ms(&at, rows[i].answers),
                      rows[i].ms);
        close_conf();
    }
}

TESTS("kafka/conf", TEST(options_become_properties),
      TEST(records_linger_where_order_counts_and_nobody_waits),
      TEST(mistakes_name_the_property_and_the_value),
      TEST(a_file_that_cannot_be_read_is_named),
      TEST(a_refused_secret_is_not_shown))
