/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer that joins no group and assigns nothing: it connects, logs in, and
 * asks for metadata, which makes no topic. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "bindings/kafka/ask.h"
#include "bindings/kafka/conf.h"
#include "bindings/kafka/configs.h"
#include "bindings/kafka/errors.h"
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/probe.h"

typedef struct question {
    rd_kafka_t *rk;
    const char *topic; /* NULL: events choose theirs */
    bool sends;
    uint64_t end_ms;
    bool all_down;
    char why[CE_KAFKA_REASON_SIZE];
} question;

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    question *q = opaque;

    (void)rk;
    q->all_down = q->all_down || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    ce_kafka_note_cause(q->why, (rd_kafka_resp_err_t)code, text);
}

/* --- a topic that is not there --- */

static void read_entry(void *arg, const char *name, const char *value)
{
    bool *makes = arg;

    if (!strcmp(name, "auto.create.topics.enable"))
        *makes = !strcmp(value, "true");
}

/* Whether the broker makes topics for those who write to them. One that does
 * not let itself be asked does not, as far as anybody knows. */
static bool makes_topics(rd_kafka_t *rk)
{
    int32_t broker = rd_kafka_controllerid(rk, CE_KAFKA_ASK_MS);
    bool makes = false;
    char name[16];

    if (broker < 0)
        return false;
    snprintf(name, sizeof name, "%d", broker);
    ce_kafka_configs_ask(rk, RD_KAFKA_RESOURCE_BROKER, name, read_entry,
                         &makes);
    return makes;
}

/* --- the question --- */

static rd_kafka_resp_err_t ask_once(const question *q)
{
    rd_kafka_topic_partition_list_t *found;
    rd_kafka_resp_err_t code;

    if (!q->topic)
        return ce_kafka_ask_metadata(q->rk, NULL, NULL);
    found = rd_kafka_topic_partition_list_new(1);
    code = ce_kafka_ask_partitions(q->rk, q->topic, found);
    rd_kafka_topic_partition_list_destroy(found);
    return code;
}

static bool may_pass(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           ce_kafka_is_down(code);
}

static rd_kafka_resp_err_t ask(question *q)
{
    rd_kafka_resp_err_t code;

    do {
        code = ask_once(q);
        rd_kafka_poll(q->rk, 0);
    } while (code && may_pass(code) && !(q->all_down && q->why[0]) &&
             now_ms() < q->end_ms);
    if (q->sends && ce_kafka_is_of_topic(code) && makes_topics(q->rk))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    return code;
}

static ce_status tell(const question *q, rd_kafka_resp_err_t code,
                      ce_error *err)
{
    char why[CE_KAFKA_REASON_SIZE];

    if (!code)
        return CE_OK;
    ce_kafka_explain(why, code, NULL);
    if (q->topic && (ce_kafka_is_of_topic(code) || ce_kafka_is_forbidden(code)))
        return ce_fail(err, CE_EIO, "topic \"%.90s\": %s", q->topic, why);
    return ce_fail(err, CE_EIO, "%s", q->why[0] ? q->why : why);
}

ce_status ce_kafka_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                       ce_error *err)
{
    static const ce_kafka_setting own[] = { { NULL, NULL } };
    const char *topic = ce_settings_path(at->settings);
    question q = { .topic = strchr(topic, '{') ? NULL : topic,
                   .sends = role == CE_ROLE_SENDER || role == CE_ROLE_REQUESTER,
                   .end_ms = now_ms() + timeout_ms };
    rd_kafka_conf_t *conf;
    ce_status status = ce_kafka_conf(&conf, at, own, err);

    if (status != CE_OK)
        return status;
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, &q);
    status = ce_kafka_client_new(&q.rk, RD_KAFKA_CONSUMER, conf,
                                 ce_settings_label(at->settings), err);
    if (status != CE_OK)
        return status;
    status = tell(&q, ask(&q), err);
    rd_kafka_destroy(q.rk);
    return status;
}
