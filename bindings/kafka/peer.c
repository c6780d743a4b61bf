/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "bindings/kafka/suspects.h"

enum {
    /* Between probes of a broker that is away: twice as long each time. */
    FIRST_PAUSE_MS = 100,
    LAST_PAUSE_MS = CE_KAFKA_AWAY_MS,
    /* Rights are given by people, not within seconds. */
    REFUSED_PAUSE_MS = 10000,
    /* A topic that is being made answers badly at first: no news. */
    QUIET_TRIES = 5,
    /* How old the rules of a topic may be that refuse a record. */
    FRESH_MS = 1000
};

/* --- health --- */

static void ask_soon(ce_kafka_producer *p, uint32_t pause_ms)
{
    p->pause_ms = pause_ms;
    if (p->tick.loop || p->probe)
        return;
    ce_timer_start(p->loop, &p->tick, pause_ms);
}

void ce_kafka_peer_note_up(ce_kafka_producer *p)
{
    p->hopes = false;
    p->tries = 0;
    p->pause_ms = 0;
    p->why[0] = '\0';
    ce_timer_stop(&p->tick);
    ce_health_up(p->health);
}

void ce_kafka_peer_note_down(ce_kafka_producer *p, const char *reason)
{
    p->hopes = false;
    ce_health_down(p->health, "%s", reason);
    ce_kafka_suspects_give_up(p);
}

static uint32_t next_pause(const ce_kafka_producer *p)
{
    uint32_t longer = p->pause_ms ? p->pause_ms * 2 : FIRST_PAUSE_MS;

    return longer < LAST_PAUSE_MS ? longer : LAST_PAUSE_MS;
}

static void note_topic(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    char why[CE_KAFKA_REASON_SIZE], reason[300];

    ce_kafka_explain(why, code, NULL);
    snprintf(reason, sizeof reason, "topic \"%.90s\": %s", p->topic_name, why);
    ce_kafka_peer_note_down(p, reason);
}

/* CODE is of librdkafka alone: it asks again, until it has an answer. */
static void note_silence(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    if (!p->why[0])
        ce_kafka_explain(p->why, code, NULL);
    ce_kafka_peer_note_down(p, p->why);
}

void ce_kafka_peer_note_error(ce_kafka_producer *p, rd_kafka_resp_err_t code,
                              const char *text)
{
    ce_kafka_note_cause(p->why, code, text);
    if (!ce_kafka_is_down(code))
        return;
    note_silence(p, code);
    ask_soon(p, FIRST_PAUSE_MS);
}

void ce_kafka_peer_note_report(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    if (!p->topic_name)
        return;
    if (ce_kafka_is_forbidden(code)) {
        note_topic(p, code);
        ask_soon(p, REFUSED_PAUSE_MS);
    } else if (ce_kafka_is_of_topic(code) || ce_kafka_is_of_clock(code)) {
        note_topic(p, code);
        ask_soon(p, LAST_PAUSE_MS);
    }
}

static void note_no_answer(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    p->tries++;
    if (ce_kafka_is_forbidden(code))
        note_topic(p, code);
    else if (!ce_kafka_is_of_topic(code))
        note_silence(p, code);
    else if (p->tries > QUIET_TRIES)
        note_topic(p, code);
    ask_soon(p, next_pause(p));
}

/* --- asking --- */

uint64_t ce_kafka_peer_batch_bytes(const ce_kafka_producer *p)
{
    char value[32] = "";
    size_t size = sizeof value;
    uint64_t bytes;

    rd_kafka_conf_get(p->conf, "batch.size", value, &size);
    bytes = strtoull(value, NULL, 10);
    return p->rules.max_bytes && p->rules.max_bytes < bytes ? p->rules.max_bytes
                                                            : bytes;
}

static void on_probed(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_producer *p = arg;

    p->probe = NULL;
    p->asks = false;
    p->rules = p->heard;
    if (!code)
        ce_kafka_peer_note_up(p);
    else if (p->hopes || !p->health->up)
        note_no_answer(p, code);
    if (p->rules.max_bytes)
        p->renews = ce_kafka_peer_batch_bytes(p) != p->batch_bytes;
    ce_loop_post(p->loop, &p->more);
}

/* On a worker thread. */
static rd_kafka_resp_err_t ask(rd_kafka_t *rk, rd_kafka_topic_t *topic,
                               void *arg)
{
    ce_kafka_producer *p = arg;
    rd_kafka_resp_err_t code = ce_kafka_ask_metadata(rk, topic, NULL);

    p->heard = (ce_kafka_rules){ .max_bytes = 0 };
    if (!code && topic)
        ce_kafka_rules_ask(rk, rd_kafka_topic_name(topic), &p->heard);
    return code;
}

bool ce_kafka_peer_ask(ce_kafka_producer *p)
{
    if (p->probe)
        return true;
    p->asked_ms = ce_loop_now_ms(p->loop);
    p->probe =
        ce_kafka_probe_with(p->loop, p->rk, p->topics.own, ask, on_probed, p);
    if (!p->probe)
        ce_timer_start(p->loop, &p->tick, LAST_PAUSE_MS);
    return p->probe;
}

void ce_kafka_peer_wait(ce_kafka_producer *p)
{
    p->asks = p->topics.own && ce_kafka_peer_ask(p);
}

rd_kafka_resp_err_t ce_kafka_peer_judge(const ce_kafka_producer *p,
                                        const ce_kafka_record *r)
{
    if (r->topic || !p->is_plain)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    return ce_kafka_rules_judge(&p->rules, r->bytes, r->key);
}

/* A topic may take more than it did. */
bool ce_kafka_peer_doubts(const ce_kafka_producer *p, const ce_kafka_record *r)
{
    return ce_kafka_peer_judge(p, r) &&
           ce_loop_now_ms(p->loop) - p->asked_ms > FRESH_MS;
}
