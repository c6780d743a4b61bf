/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka tells some errors of a consumer by its callback and some in the
 * place of a record, and the same one now this way and now that. Here they
 * meet. */
#include "bindings/kafka/trouble.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/log.h>

#include "bindings/kafka/errors.h"
#include "bindings/kafka/receiver.h"

enum {
    /* How long a member waits whose place was taken, for the first time. A
     * restart that took it is over by then, and has it for good. */
    FENCED_MS = 10000,
    /* Without an assignment for so long a source is not "up": a rebalance with
     * a member that drains takes 5 s, one with a member that died 10 s. */
    UNASSIGNED_MS = 20000,
    /* Kafka's names have at most 249 characters. */
    TOPIC_SIZE = 250
};

static void note_down(ce_kafka_receiver *r, const char *reason)
{
    ce_health_down(&r->receiver.health, "%s", reason);
}

/* Two members with one group.instance.id would take the place of each other
 * for ever, so each comes back after ever longer pauses. */
static void note_fenced(ce_kafka_receiver *r, const char *why)
{
    unsigned doublings = r->client.fenced < 6 ? r->client.fenced : 5;

    r->client.fenced++;
    r->client.renew_at_ms =
        ce_loop_now_ms(r->loop) + ((uint64_t)FENCED_MS << doublings);
    ce_health_down(&r->receiver.health,
                   "another member of the group has the same "
                   "group.instance.id and took our place: %s",
                   why);
}

/* Nothing more is read with this client, and its deliveries are abandoned. */
static void on_fatal(ce_kafka_receiver *r, const char *text)
{
    char why[200] = "";
    rd_kafka_resp_err_t code =
        rd_kafka_fatal_error(r->client.rk, why, sizeof why);

    if (!why[0])
        snprintf(why, sizeof why, "%s", text);
    ce_log_with(
        CE_ERROR,
        &(ce_log_fields){ .endpoint = r->receiver.health.label, .error = why },
        "%s", why);
    r->phase = CE_KAFKA_FATAL;
    r->client.renew_at_ms = 0;
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        note_fenced(r, why);
    else
        note_down(r, why);
    ce_kafka_drop_held(r);
    ce_kafka_lose_all(r);
}

/* True: it is known what the error means, and that is done. Errors come by the
 * callback or in the place of a record; which way says nothing about them. */
static bool note_error(ce_kafka_receiver *r, rd_kafka_resp_err_t code,
                       const char *text)
{
    char why[CE_KAFKA_REASON_SIZE];

    if (r->phase == CE_KAFKA_CLOSING || r->phase == CE_KAFKA_FATAL)
        return true;
    switch (code) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        on_fatal(r, text);
        return true;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        r->placing.later = true;
        r->phase = CE_KAFKA_REFUSED;
        ce_kafka_explain(why, code, text);
        note_down(r, why);
        return true;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        r->phase = CE_KAFKA_REFUSED;
        ce_kafka_explain(why, code, text);
        note_down(r, why);
        return true;
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        ce_kafka_explain(why, code, text);
        note_down(r, why);
        return true;
    default:
        if (!ce_kafka_is_down(code))
            return false;
        ce_kafka_explain(why, code, text);
        note_down(r, r->client.why[0] ? r->client.why : why);
        return true;
    }
}

static bool is_missing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

/* The callback has no topic, only a text: "TOPIC [PARTITION]: ...". No topic
 * has a space in its name. */
static void note_gone(ce_kafka_receiver *r, const char *text)
{
    const char *only = r->client.subscription->elems[0].topic;
    char topic[TOPIC_SIZE];
    size_t len = strcspn(text, " ");

    if (only[0] != '^') {
        ce_kafka_topic_is_gone(r, only);
    } else if (len < sizeof topic) {
        snprintf(topic, sizeof topic, "%.*s", (int)len, text);
        ce_kafka_topic_is_gone(r, topic);
    }
}

void ce_kafka_on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    ce_kafka_receiver *r = opaque;

    (void)rk;
    /* "All brokers are down" comes after what says why. */
    ce_kafka_note_cause(r->client.why, (rd_kafka_resp_err_t)code, text);
    if (is_missing((rd_kafka_resp_err_t)code))
        note_gone(r, text);
    /* Others are of a single connection: no news as long as one stands. */
    note_error(r, (rd_kafka_resp_err_t)code, text);
}

void ce_kafka_take_error(ce_kafka_receiver *r, const rd_kafka_message_t *m)
{
    const char *text = rd_kafka_message_errstr(m);

    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ce_kafka_ending_reach(r, m);
        return;
    }
    if (m->rkt && is_missing(m->err))
        ce_kafka_topic_is_gone(r, rd_kafka_topic_name(m->rkt));
    if (!note_error(r, m->err, text))
        ce_log_of(CE_WARN, r->receiver.health.label, "%s", text);
}

void ce_kafka_note_back(ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    const char *topic = r->client.subscription->elems[0].topic;

    /* Of many topics another one may be refused. */
    if (r->phase != CE_KAFKA_REFUSED || (topic[0] == '^' && !l->gone))
        return;
    r->phase = CE_KAFKA_ASSIGNED;
    ce_health_up(&r->receiver.health);
}

void ce_kafka_look_for_assignment(ce_kafka_receiver *r)
{
    uint64_t since_ms = r->assignment.unassigned_ms;

    if (r->phase != CE_KAFKA_ASSIGNED || !since_ms ||
        ce_loop_now_ms(r->loop) - since_ms < UNASSIGNED_MS)
        return;
    r->phase = CE_KAFKA_JOINING;
    ce_health_down(&r->receiver.health,
                   "the group has assigned nothing for %d s",
                   UNASSIGNED_MS / 1000);
}
