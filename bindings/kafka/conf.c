/* SPDX-License-Identifier: Apache-2.0 */
/* The options of both ends, and librdkafka's properties made of them. */
#include "bindings/kafka/conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/kafka/credit.h"
#include "bindings/kafka/errors.h"
#include "bindings/kafka/group.h"
#include "bindings/kafka/kafka.h"

#define OPTIONS_SHARED                                                         \
    { "user", CE_OPT_TEXT, NULL, NULL, 0, 0, "name to log in with" },          \
        { "password", CE_OPT_SECRET, NULL, NULL, 0, 0, "password of user" },   \
        { "password_file",                                                     \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "file that holds the password" },                                    \
        { "sasl",                                                              \
          CE_OPT_CHOICE,                                                       \
          "PLAIN",                                                             \
          "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512",                                 \
          0,                                                                   \
          0,                                                                   \
          "mechanism of the login" },                                          \
        { "ca",                                                                \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "file with the certificates to trust; implies TLS" },                \
        { "cert",                                                              \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "file with our certificate; implies TLS" },                          \
        { "key_file",                                                          \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "file with the certificate's private key" },                         \
        { "verify",                                                            \
          CE_OPT_BOOLEAN,                                                      \
          "true",                                                              \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "check the broker's certificate and name" },                         \
        { "client_id",                                                         \
          CE_OPT_TEXT,                                                         \
          "cloudevents",                                                       \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "name that the broker logs" },                                       \
    {                                                                          \
        "rdkafka.", CE_OPT_FAMILY, NULL, NULL, 0, 0,                           \
            "any property of librdkafka"                                       \
    }

const ce_option ce_kafka_receiver_options[] = {
    { "group", CE_OPT_TEXT, "cebridge", NULL, 0, 0, "consumer group" },
    { "offset", CE_OPT_CHOICE, "earliest", "earliest|latest", 0, 0,
      "where a group begins that has no offset yet" },
    { "clean", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "read all partitions without a group; nothing is committed" },
    { "from", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "where clean=true begins: beginning, end (which is the default), or so "
      "far before the end: -10 records of each partition, -15m" },
    { "until_end", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "end where the topic ended at the start; with clean=true begin at the "
      "beginning" },
    { "key_as", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "attribute that takes the record's key, unless it is there" },
    { "assume", CE_OPT_CHOICE, "plain", "plain|structured", 0, 0,
      "what a record is taken for that has neither content-type nor ce_ "
      "headers" },
    { "prefixed", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "take headers ce-NAME for ce_NAME" },
    CE_OPTION_QUOTED,
    CE_OPTION_NAMES,
    CE_OPTION_TRACE,
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_ATTRIBUTES,
    CE_OPTION_MAX_IN_FLIGHT("1000"),
    OPTIONS_SHARED,
    CE_OPTION_END,
};

const ce_option ce_kafka_sender_options[] = {
    CE_OPTION_MODE,
    CE_OPTION_FORMAT,
    { "topics", CE_OPT_LIST, NULL, NULL, 0, 0,
      "what a topic with placeholders may become; * stands for any "
      "characters" },
    { "key", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "template of the record's key, such as {partitionkey}" },
    { "linger", CE_OPT_TIME, NULL, NULL, 0, 60000,
      "how long a record waits for others to share its request; without it "
      "2ms where order counts and nobody waits for an answer, else 0ms" },
    { "timeout", CE_OPT_TIME, "30s", NULL, 1000, 86400000,
      "how long a record may wait for its confirmation, and a request for its "
      "reply" },
    { "reply_topic", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "topic of the replies to requests; without it that of the requests with "
      "-replies at its end" },
    { "reply_partition", CE_OPT_INTEGER, NULL, NULL, 0, INT32_MAX,
      "partition of the reply topic to read; without it any one" },
    CE_OPTION_TRACE,
    OPTIONS_SHARED,
    CE_OPTION_END,
};

/* --- properties --- */

static bool is_secret(const char *name)
{
    return strstr(name, "password") || strstr(name, "oauthbearer") ||
           strstr(name, "ssl.key.pem") || strstr(name, "secret");
}

/* Sets one property after the other, up to the first that is refused. */
typedef struct setter {
    rd_kafka_conf_t *conf;
    ce_status status;
    ce_error *err;
} setter;

static void set(setter *to, const char *name, const char *value)
{
    char why[200] = "";

    if (to->status != CE_OK || !value)
        return;
    if (rd_kafka_conf_set(to->conf, name, value, why, sizeof why) ==
        RD_KAFKA_CONF_OK)
        return;
    if (is_secret(name))
        to->status = ce_fail(to->err, CE_EINVAL,
                             "property \"%s\": the value is refused", name);
    else
        to->status = ce_fail(to->err, CE_EINVAL, "property \"%s\" = \"%s\": %s",
                             name, value, why);
}

static void set_users(void *arg, const char *name, const char *value)
{
    setter *to = arg;

    /* What would let events be lost, or never be sent. */
    static const struct {
        const char *name, *why;
    } refused[] = {
        { "enable.auto.offset.store",
          "it stays false, or records would be lost" },
        { "enable.auto.commit", "it stays false, or records would be lost" },
        { "auto.offset.reset", "it stays earliest, or records would be lost" },
        { "delivery.report.only.error",
          "it stays false, or no event would be confirmed" },
        { "transactional.id",
          "a sink has no transactions, and would send nothing" },
    };
    size_t i = 0;

    while (i < sizeof refused / sizeof *refused &&
           strcmp(name, refused[i].name) != 0)
        i++;
    if (i == sizeof refused / sizeof *refused)
        set(to, name, value);
    else if (to->status == CE_OK)
        to->status = ce_fail(to->err, CE_EINVAL, "property \"%s\" = \"%s\": %s",
                             name, value, refused[i].why);
}

static bool has_tls(const ce_settings *s)
{
    return !strcmp(ce_settings_scheme(s), "kafkas") ||
           ce_settings_has(s, "ca") || ce_settings_has(s, "cert");
}

/* The option goes before the name in the URI. */
static const char *user_of(const ce_settings *s)
{
    const char *user = ce_settings_text(s, "user");

    return user ? user : ce_settings_user(s);
}

static const char *protocol_of(const ce_settings *s)
{
    if (user_of(s))
        return has_tls(s) ? "sasl_ssl" : "sasl_plaintext";
    return has_tls(s) ? "ssl" : "plaintext";
}

static void set_password(setter *to, const ce_settings *s)
{
    char *password = NULL;

    to->status =
        ce_settings_secret(s, "password", "password_file", &password, to->err);
    set(to, "sasl.password", password ? password : ce_settings_password(s));
    if (!password)
        return;
    memset(password, 0, strlen(password));
    ce_free(password);
}

static void set_login(setter *to, const ce_settings *s)
{
    set(to, "security.protocol", protocol_of(s));
    if (!user_of(s))
        return;
    set(to, "sasl.mechanism", ce_settings_text(s, "sasl"));
    set(to, "sasl.username", user_of(s));
    if (to->status == CE_OK)
        set_password(to, s);
}

static void set_tls(setter *to, const ce_settings *s)
{
    if (!has_tls(s))
        return;
    set(to, "ssl.ca.location", ce_settings_text(s, "ca"));
    set(to, "ssl.certificate.location", ce_settings_text(s, "cert"));
    set(to, "ssl.key.location", ce_settings_text(s, "key_file"));
    if (ce_settings_boolean(s, "verify")) {
        set(to, "ssl.endpoint.identification.algorithm", "https");
        return;
    }
    set(to, "enable.ssl.certificate.verification", "false");
    set(to, "ssl.endpoint.identification.algorithm", "none");
}

/* Failing connections are the business of the endpoint's health, which says the
 * same once and not every second. What is fatal for a client is told by its
 * owner, who also knows about the property that it sets itself. */
static bool is_quiet(const char *facility, const char *text)
{
    return !strcmp(facility, "FAIL") || !strcmp(facility, "ERROR") ||
           !strcmp(facility, "FATAL") ||
           (!strcmp(facility, "CONFWARN") && strstr(text, CE_KAFKA_GAPLESS));
}

/* LEVEL is one of syslog: 4 warning, 6 info. */
static ce_level level_of(int level, const char *facility, const char *text)
{
    if (is_quiet(facility, text))
        return CE_DEBUG;
    if (level <= 4)
        return CE_WARN;
    return level <= 6 ? CE_INFO : CE_DEBUG;
}

static void log_line(const rd_kafka_t *rk, int level, const char *facility,
                     const char *text)
{
    ce_log(level_of(level, facility, text), "%s: %s: %s",
           rk ? rd_kafka_name(rk) : "kafka", facility, text);
}

static bool is_set(const rd_kafka_conf_t *conf, const char *name,
                   const char *value)
{
    char text[64];
    size_t size = sizeof text;

    return rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK &&
           !strcmp(text, value);
}

/* Nobody would make a token, and librdkafka would wait for it in silence. */
static void check_token(setter *to)
{
    if (to->status != CE_OK ||
        !is_set(to->conf, "sasl.mechanisms", "OAUTHBEARER") ||
        is_set(to->conf, "sasl.oauthbearer.method", "oidc") ||
        is_set(to->conf, "enable.sasl.oauthbearer.unsecure.jwt", "true"))
        return;
    to->status =
        ce_fail(to->err, CE_EINVAL,
                "property \"sasl.mechanism\" = \"OAUTHBEARER\": its tokens "
                "need rdkafka.sasl.oauthbearer.method=oidc");
}

ce_status ce_kafka_conf(rd_kafka_conf_t **out, const ce_endpoint *at,
                        const ce_kafka_setting *own, ce_error *err)
{
    static const ce_kafka_setting common[] = {
        /* A broker that is back is found within two seconds, not ten. */
        { "reconnect.backoff.ms", "100" },
        { "reconnect.backoff.max.ms", "2000" },
        { "socket.keepalive.enable", "true" },
        /* Without it a connection that ends has no cause; that an idle one
         * does is no news, and log_line keeps it quiet. */
        { "log.connection.close", "true" },
        { NULL, NULL },
    };
    const ce_settings *s = at->settings;
    setter to = { .conf = rd_kafka_conf_new(), .err = err };

    set(&to, "bootstrap.servers", ce_settings_authority(s));
    set(&to, "client.id", ce_settings_text(s, "client_id"));
    for (const ce_kafka_setting *c = common; c->name; c++)
        set(&to, c->name, c->value);
    for (; own->name; own++)
        set(&to, own->name, own->value);
    set_login(&to, s);
    set_tls(&to, s);
    if (to.status == CE_OK)
        ce_settings_each(s, "rdkafka.", set_users, &to);
    check_token(&to);
    if (to.status != CE_OK) {
        rd_kafka_conf_destroy(to.conf);
        return to.status;
    }
    rd_kafka_conf_set_log_cb(to.conf, log_line);
    *out = to.conf;
    return CE_OK;
}

/* The strategy of assignment is not here: librdkafka's own default is an eager
 * one ("range,roundrobin") and stays. Its 2.0 can hang or read twice when a
 * cooperative assignment is answered late, and draining answers late. */
ce_status ce_kafka_consumer_conf(rd_kafka_conf_t **out, const ce_endpoint *at,
                                 ce_error *err)
{
    const ce_settings *s = at->settings;
    char ahead_kb[16], ahead_count[16];
    bool has_end = ce_settings_boolean(s, "until_end");
    const ce_kafka_setting own[] = {
        { "group.id", ce_kafka_group_of(s) },
        /* Where a partition begins is ours to say (placing.c). This is for one
         * whose records go while it is read: nothing that is left is lost. */
        { "auto.offset.reset", "earliest" },
        /* We commit, when records are done (commit.c). */
        { "enable.auto.offset.store", "false" },
        { "enable.auto.commit", "false" },
        { "enable.partition.eof", has_end ? "true" : "false" },
        /* How long the partitions of a crashed member stand still; by default
         * it is 45 s. The heartbeat, every 3 s, may be late twice. */
        { "session.timeout.ms", "10000" },
        { "check.crcs", "true" },
        /* How soon a topic that is made later, or matches a pattern, is seen;
         * by default it is five minutes. */
        { "topic.metadata.refresh.interval.ms", "5000" },
        /* How soon the broker is asked what has become of a partition that
         * cannot be fetched; each further time takes twice as long. A topic
         * that is made again before that is taken for the old one: 2.0 knows
         * no ids of topics. By default it is 250 ms. */
        { "topic.metadata.refresh.fast.interval.ms", "5" },
        /* Memory: see credit.h. No answer is larger than all that may be held,
         * and four partitions share one. */
        { "queued.max.messages.kbytes", ahead_kb },
        { "queued.min.messages", ahead_count },
        { "fetch.message.max.bytes", "1048576" },
        { "fetch.max.bytes", "4194304" },
        { NULL, NULL },
    };

    snprintf(ahead_kb, sizeof ahead_kb, "%d", CE_KAFKA_AHEAD_KB);
    snprintf(ahead_count, sizeof ahead_count, "%d", CE_KAFKA_AHEAD_COUNT);
    return ce_kafka_conf(out, at, own, err);
}

/* --- the client --- */

/* librdkafka does not say which file. */
static ce_status check_file(const rd_kafka_conf_t *conf, const char *property,
                            const char *option, const char *label,
                            ce_error *err)
{
    char path[1024] = "";
    size_t size = sizeof path;

    if (rd_kafka_conf_get(conf, property, path, &size) != RD_KAFKA_CONF_OK ||
        !path[0] || !access(path, R_OK))
        return CE_OK;
    return ce_fail(err, CE_EIO, "%s: %s: %s: %s", label, option, path,
                   strerror(errno));
}

static ce_status check_files(const rd_kafka_conf_t *conf, const char *label,
                             ce_error *err)
{
    static const struct {
        const char *property, *option;
    } rows[] = { { "ssl.ca.location", "ca" },
                 { "ssl.certificate.location", "cert" },
                 { "ssl.key.location", "key_file" } };
    ce_status status = CE_OK;

    for (size_t i = 0; i < sizeof rows / sizeof *rows && status == CE_OK; i++)
        status = check_file(conf, rows[i].property, rows[i].option, label, err);
    return status;
}

bool ce_kafka_is_cooperative(const rd_kafka_conf_t *conf)
{
    char strategy[256] = "";
    size_t size = sizeof strategy;

    rd_kafka_conf_get(conf, "partition.assignment.strategy", strategy, &size);
    return strstr(strategy, "cooperative");
}

/* A client that could not be made has freed the interceptors of CONF already
 * (librdkafka up to 2.8), and freeing CONF would do so again: what is left of
 * it stays. */
static void free_conf(rd_kafka_conf_t *conf, bool was_tried)
{
    if (!was_tried || !ce_kafka_is_cooperative(conf))
        rd_kafka_conf_destroy(conf);
}

ce_status ce_kafka_client_new(rd_kafka_t **out, rd_kafka_type_t type,
                              rd_kafka_conf_t *conf, const char *label,
                              ce_error *err)
{
    char text[512] = "", why[CE_KAFKA_REASON_SIZE];
    ce_status status = check_files(conf, label, err);

    *out = NULL;
    if (status == CE_OK)
        *out = rd_kafka_new(type, conf, text, sizeof text);
    if (*out)
        return CE_OK;
    free_conf(conf, status == CE_OK);
    if (status != CE_OK)
        return status;
    ce_kafka_explain(why, RD_KAFKA_RESP_ERR_NO_ERROR, text);
    return ce_fail(err, CE_EINVAL, "%s: %s", label, why);
}

static ce_status try_client(rd_kafka_type_t type, const rd_kafka_conf_t *conf,
                            const char *label, ce_error *err)
{
    rd_kafka_conf_t *copy = rd_kafka_conf_dup(conf);
    rd_kafka_t *rk;
    ce_status status;

    rd_kafka_conf_set_log_cb(copy, NULL);
    rd_kafka_conf_set(copy, "bootstrap.servers", "", NULL, 0);
    status = ce_kafka_client_new(&rk, type, copy, label, err);
    if (status == CE_OK)
        rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return status;
}

ce_status ce_kafka_client_try(const ce_endpoint *at, rd_kafka_type_t type,
                              const rd_kafka_conf_t *conf, const char *label,
                              ce_error *err)
{
    /* OIDC would ask for a token at once. */
    if (!at->is_trial || is_set(conf, "sasl.oauthbearer.method", "oidc"))
        return CE_OK;
    return try_client(type, conf, label, err);
}

ce_status ce_kafka_need_broker(const ce_settings *s, ce_error *err)
{
    if (!ce_settings_authority(s)[0])
        return ce_fail(err, CE_EINVAL, "%s: the URI names no broker",
                       ce_settings_label(s));
    return CE_OK;
}

/* --- linger --- */

/* A client that keeps order sends a partition nothing more while five of its
 * records are on their way, so that it had better not begin before it has the
 * whole burst: producer.c. README.md has the measurements. */
enum { ORDERED_LINGER_MS = 2 };

uint64_t ce_kafka_linger_ms(const ce_endpoint *at, bool answers)
{
    if (ce_settings_has(at->settings, "linger"))
        return ce_settings_ms(at->settings, "linger");
    return at->unordered || at->direct || answers ? 0 : ORDERED_LINGER_MS;
}
