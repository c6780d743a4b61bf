/* SPDX-License-Identifier: Apache-2.0 */
/* A broker takes a batch wholly or not at all, and its one answer is the report
 * of every record in it: that the batch is too large, or that one of them has
 * no key. Therefore such an answer counts only for a record that was sent
 * alone; the others are sent again, one at a time.
 *
 * First all reports are gathered until librdkafka has no record. Then all of
 * them go again in their old order, each suspect alone, and new records behind
 * them.
 *
 * Where order counts nothing may pass the refused batch meanwhile. The broker
 * refuses the requests that were on their way behind it, because their sequence
 * numbers leave a gap, and librdkafka would repeat them with new numbers. Its
 * guarantee of no gaps makes it stop instead, with an error that is fatal for
 * the client. It gives back what it has not sent and what it would repeat, and
 * a new client takes over. */
#include "bindings/kafka/suspects.h"

#include "bindings/kafka/errors.h"
#include "bindings/kafka/peer.h"

enum {
    /* How often librdkafka is asked for what it would repeat. */
    CALL_BACK_MS = 10
};

/* --- keeping --- */

static ce_kafka_held *of_link(ce_link *l)
{
    return l ? CE_OWNER(l, ce_kafka_held, link) : NULL;
}

/* Reports come in runs that ascend, so the place is found at once but for the
 * first of a run. */
static void insert(ce_kafka_producer *p, ce_kafka_held *h)
{
    ce_kafka_held *before = p->last_kept, *next;

    if (before && before->r.serial > h->r.serial)
        before = NULL;
    next = of_link(before ? before->link.next : p->again.first);
    while (next && next->r.serial < h->r.serial) {
        before = next;
        next = of_link(next->link.next);
    }
    ce_queue_insert(&p->again, before ? &before->link : NULL, &h->link);
    p->last_kept = h;
}

/* The key is librdkafka's and goes with the report, so do the headers. The
 * partition is known now, and stays. */
static ce_kafka_held *hold_reported(ce_kafka_producer *p,
                                    const rd_kafka_message_t *m, void *record,
                                    uint64_t serial)
{
    ce_kafka_record r = { .topic = p->topic_name ? NULL
                                                 : rd_kafka_topic_name(m->rkt),
                          .partition = m->partition,
                          .body = { m->payload, m->len },
                          .key = { m->key, m->key_len },
                          .record = record,
                          .serial = serial };
    ce_kafka_held *h;

    if (rd_kafka_message_detach_headers((rd_kafka_message_t *)(uintptr_t)m,
                                        &r.headers))
        r.headers = NULL;
    r.bytes = ce_kafka_batch_bytes(r.key, r.body, r.headers);
    h = ce_kafka_hold(&r, p->copies);
    if (!h && r.headers)
        rd_kafka_headers_destroy(r.headers);
    return h;
}

static void gather(ce_kafka_producer *p)
{
    if (p->gathers)
        return;
    p->gathers = true;
    p->renews |= p->ordered;
    if (!p->ordered)
        ce_kafka_peer_wait(p);
}

/* Whether this client has stopped for a refused batch. */
static bool has_stopped(const ce_kafka_producer *p)
{
    return p->rk && rd_kafka_fatal_error(p->rk, NULL, 0) ==
                        RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE;
}

bool ce_kafka_suspects_look(ce_kafka_producer *p)
{
    if (!has_stopped(p))
        return false;
    gather(p);
    return true;
}

bool ce_kafka_suspects_call_back(ce_kafka_producer *p)
{
    if (p->in_client == 0 || !has_stopped(p))
        return false;
    rd_kafka_purge(p->rk,
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
    ce_timer_start(p->loop, &p->tick, CALL_BACK_MS);
    return true;
}

/* Whether M was given back, and not refused itself. */
static bool is_given_back(const ce_kafka_producer *p,
                          const rd_kafka_message_t *m)
{
    return p->gathers &&
           (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
            m->err == RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
}

bool ce_kafka_suspects_take(ce_kafka_producer *p, const rd_kafka_message_t *m,
                            void *record, uint64_t serial)
{
    bool given_back = is_given_back(p, m);
    ce_kafka_held *h;

    if (p->is_fatal || !p->health->up ||
        (!given_back && !ce_kafka_is_of_batch(m->err)))
        return false;
    h = hold_reported(p, m, record, serial);
    if (!h)
        return false;
    h->alone = !given_back;
    insert(p, h);
    gather(p);
    return true;
}

/* Whether nothing may be sent now. */
static bool stands(const ce_kafka_producer *p)
{
    return p->hopes || p->asks || p->renews || p->gathers || p->is_trying;
}

bool ce_kafka_suspects_go_first(const ce_kafka_producer *p)
{
    return stands(p) || !ce_queue_is_empty(&p->again) ||
           !ce_queue_is_empty(&p->behind);
}

bool ce_kafka_suspects_queue(ce_kafka_producer *p, const ce_kafka_record *r)
{
    ce_kafka_held *h = ce_kafka_hold(r, p->copies);

    if (!h)
        return false;
    ce_queue_add(&p->behind, &h->link);
    return true;
}

/* --- sending again --- */

static ce_kafka_held *take(ce_kafka_producer *p)
{
    ce_kafka_held *h = CE_QUEUE_TAKE(&p->again, ce_kafka_held, link);

    if (h && h == p->last_kept)
        p->last_kept = NULL;
    return h ? h : CE_QUEUE_TAKE(&p->behind, ce_kafka_held, link);
}

static void report(ce_kafka_producer *p, ce_kafka_held *h,
                   rd_kafka_resp_err_t code)
{
    void *record = h->r.record;
    rd_kafka_headers_t *headers = h->r.headers;

    h->r.headers = NULL;
    ce_kafka_held_free(h);
    p->out--;
    p->ops->reported(p->arg, record, code, headers);
}

/* Whether the next one may go now. */
static bool may_send(ce_kafka_producer *p)
{
    const ce_kafka_held *next = of_link(p->again.first);

    if (p->in_client == 0)
        p->gathers = p->is_trying = false;
    if (stands(p))
        return false;
    return !next || !next->alone || p->in_client == 0;
}

/* Librdkafka's answer for R, or that of its topic; it may be too full now. */
static rd_kafka_resp_err_t try(ce_kafka_producer *p, const ce_kafka_record *r)
{
    if (ce_kafka_suspects_look(p))
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (ce_kafka_peer_doubts(p, r)) {
        ce_kafka_peer_wait(p);
        if (p->asks)
            return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    }
    return ce_kafka_producer_hand_over(p, r);
}

/* False: H is the next one again. */
static bool send_again(ce_kafka_producer *p, ce_kafka_held *h)
{
    rd_kafka_resp_err_t code = try(p, &h->r);

    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        ce_queue_put_back(&p->again, &h->link);
        return false;
    }
    if (code) {
        report(p, h, code);
        return true;
    }
    p->is_trying = h->alone;
    h->r.headers = NULL;
    ce_kafka_held_free(h);
    return true;
}

void ce_kafka_suspects_send(ce_kafka_producer *p)
{
    ce_kafka_held *h;

    if (!p->rk || p->is_fatal)
        return;
    while (may_send(p) && (h = take(p)) && send_again(p, h))
        ;
}

/* --- giving up --- */

void ce_kafka_suspects_give_up(ce_kafka_producer *p)
{
    ce_kafka_held *h;

    p->gathers = false;
    while ((h = take(p)))
        report(p, h, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
}

void ce_kafka_suspects_free(ce_kafka_producer *p)
{
    ce_kafka_held *h;

    while ((h = take(p)))
        ce_kafka_held_free(h);
}
