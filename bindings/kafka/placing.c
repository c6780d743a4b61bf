/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka would go on at the committed offset by itself, but it keeps the
 * commit's metadata to itself, and where the offset is not there any more it
 * begins anywhere without a word. */
#include "bindings/kafka/placing.h"

#include <time.h>

#include <cloudevents/log.h>

#include "bindings/kafka/ask.h"
#include "bindings/kafka/conf.h"
#include "bindings/kafka/inspect.h"
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/memo.h"
#include "bindings/kafka/receiver.h"

typedef rd_kafka_topic_partition_list_t partitions;

/* --- on the worker thread --- */

/* Whether an offset of the group is older than we are, or not ours: a member
 * that begins together with us may have committed its own first ones. */
static bool is_older(const rd_kafka_topic_partition_t *p, int64_t opened_s)
{
    int64_t born_s = 0;

    if (p->offset < 0)
        return false;
    ce_kafka_memo_born(p->metadata, p->metadata_size, &born_s);
    return born_s < opened_s;
}

static bool is_new_group(const ce_kafka_placing *q, rd_kafka_t *rk,
                         const char *topic)
{
    partitions *all = rd_kafka_topic_partition_list_new(8);
    bool is_new = !ce_kafka_ask_partitions(rk, topic, all) && all->cnt > 0 &&
                  !ce_kafka_ask_committed(rk, all);

    for (int i = 0; i < all->cnt && is_new; i++)
        is_new = !is_older(&all->elems[i], q->opened_s);
    rd_kafka_topic_partition_list_destroy(all);
    return is_new;
}

static bool lacks_offset(const partitions *list)
{
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0)
            return true;
    return false;
}

static bool is_behind_end(const ce_kafka_placing *q, int i)
{
    return q->committed->elems[i].offset > q->high->elems[i].offset;
}

static bool any_is_behind_end(const ce_kafka_placing *q)
{
    for (int i = 0; i < q->high->cnt; i++)
        if (is_behind_end(q, i))
            return true;
    return false;
}

/* Who reads what is committed hears of no end behind the first transaction that
 * is open, and a group may be behind it. Only another client hears more. */
static bool ask_real_ends(const ce_kafka_receiver *r, partitions *ends)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(r->client.conf);
    rd_kafka_resp_err_t code;
    rd_kafka_t *rk;
    ce_error err;

    rd_kafka_conf_set(conf, "isolation.level", "read_uncommitted", NULL, 0);
    if (ce_kafka_client_new(&rk, RD_KAFKA_CONSUMER, conf,
                            r->receiver.health.label, &err) != CE_OK)
        return false;
    code = ce_kafka_ask_offsets(rk, ends, RD_KAFKA_OFFSET_END);
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return !code;
}

static bool correct_ends(const ce_kafka_receiver *r, ce_kafka_placing *q)
{
    partitions *ends;
    bool knows;

    if (!any_is_behind_end(q))
        return true;
    ends = rd_kafka_topic_partition_list_copy(q->high);
    knows = ask_real_ends(r, ends);
    for (int i = 0; i < ends->cnt && knows; i++)
        if (is_behind_end(q, i))
            q->high->elems[i].offset = ends->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(ends);
    return knows;
}

static rd_kafka_resp_err_t ask(rd_kafka_t *rk, rd_kafka_topic_t *none,
                               void *arg)
{
    ce_kafka_receiver *r = arg;
    ce_kafka_placing *q = &r->placing;
    rd_kafka_resp_err_t code;

    (void)none;
    if (q->committed->cnt == 0)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = ce_kafka_ask_committed(rk, q->committed);
    if (code)
        return code;
    /* Partitions without a leader must not hold up the others: those are
     * checked when they are read. */
    q->knows_ends =
        !ce_kafka_ask_offsets(rk, q->low, RD_KAFKA_OFFSET_BEGINNING) &&
        !ce_kafka_ask_offsets(rk, q->high, RD_KAFKA_OFFSET_END) &&
        correct_ends(r, q);
    q->is_new_group =
        q->latest && !q->later && lacks_offset(q->committed) &&
        is_new_group(q, rk, r->client.subscription->elems[0].topic);
    return code;
}

/* --- what the answer means --- */

/* One partition: the answer, and where it begins. */
typedef struct place {
    const rd_kafka_topic_partition_t *committed;
    int64_t low, high; /* CE_KAFKA_NOWHERE: unknown */
    int64_t start;     /* to be read from; it may be logical */
} place;

static void begin_without_offset(const ce_kafka_placing *q, ce_kafka_ledger *l,
                                 place *at)
{
    int64_t end = q->is_new_group ? at->high : at->low;

    at->start =
        q->is_new_group ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    if (end < 0)
        return;
    at->start = end;
    ce_kafka_ledger_begin(l, end);
}

static void begin_at_oldest(ce_kafka_ledger *l, place *at)
{
    at->start = at->low;
    ce_kafka_ledger_begin(l, at->low);
}

static void begin_after_gap(ce_kafka_receiver *r, ce_kafka_ledger *l, place *at)
{
    ce_kafka_note_gone(r, l, ce_kafka_ledger_undone(l, l->safe, at->low),
                       at->low);
    begin_at_oldest(l, at);
}

static void begin_in_other_topic(ce_kafka_receiver *r, ce_kafka_ledger *l,
                                 place *at)
{
    ce_log_of(
        CE_WARN, r->receiver.health.label,
        "topic %s partition %d ends at offset %lld, and the group was "
        "at %lld: the topic was made again or has lost its end; it is read "
        "from its oldest record",
        l->topic, (int)l->partition, (long long)at->high,
        (long long)at->committed->offset);
    begin_at_oldest(l, at);
}

/* The last record that was done is read once more: it shows whether the topic
 * is still the same. */
static void begin_at_offset(ce_kafka_ledger *l, place *at)
{
    at->start = l->safe;
    l->moved = false;
    if (l->below.offset == CE_KAFKA_NOWHERE || l->below.offset < at->low)
        return;
    at->start = l->below.offset;
    l->proof = l->below;
    ce_kafka_ledger_seek(l, at->start);
}

static void begin(ce_kafka_receiver *r, ce_kafka_ledger *l, place *at)
{
    const rd_kafka_topic_partition_t *p = at->committed;

    if (p->offset < 0) {
        l->born_s = (int64_t)time(NULL);
        begin_without_offset(&r->placing, l, at);
        return;
    }
    if (at->high != CE_KAFKA_NOWHERE && p->offset > at->high) {
        begin_in_other_topic(r, l, at);
        return;
    }
    ce_kafka_ledger_begin(l, p->offset);
    ce_kafka_memo_read(l, p->metadata, p->metadata_size);
    if (l->safe < at->low)
        begin_after_gap(r, l, at);
    else
        begin_at_offset(l, at);
}

static void place_one(ce_kafka_receiver *r, rd_kafka_topic_partition_t *p,
                      int i)
{
    const ce_kafka_placing *q = &r->placing;
    place at = { .committed = &q->committed->elems[i],
                 .low = CE_KAFKA_NOWHERE,
                 .high = CE_KAFKA_NOWHERE };
    ce_kafka_ledger *l =
        ce_kafka_add_ledger(&r->assignment, p->topic, p->partition);

    /* Without memory now its first record tries again. */
    p->offset = RD_KAFKA_OFFSET_STORED;
    if (!l)
        return;
    if (q->knows_ends) {
        at.low = q->low->elems[i].offset;
        at.high = q->high->elems[i].offset;
    }
    l->end = at.high;
    ce_kafka_ending_note(r, l, at.high);
    begin(r, l, &at);
    p->offset = at.start;
}

static void free_list(partitions **list)
{
    if (*list)
        rd_kafka_topic_partition_list_destroy(*list);
    *list = NULL;
}

static void free_answer(ce_kafka_placing *q)
{
    free_list(&q->committed);
    free_list(&q->low);
    free_list(&q->high);
}

static void place_all(ce_kafka_receiver *r)
{
    ce_kafka_placing *q = &r->placing;
    partitions *given = q->given;

    for (int i = 0; i < given->cnt; i++)
        place_one(r, &given->elems[i], i);
    q->given = NULL;
    q->later = true;
    ce_kafka_assign(r, given);
    rd_kafka_topic_partition_list_destroy(given);
    /* A group that begins at the end has its offset from now on, whatever
     * becomes of us. */
    ce_kafka_commit_soon(r);
}

static void on_answer(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_receiver *r = arg;

    r->placing.probe = NULL;
    if (!ce_kafka_is_receiving(r))
        return;
    if (!code)
        place_all(r);
    else
        ce_health_down(&r->receiver.health, "the group's offsets: %s",
                       rd_kafka_err2str(code));
    free_answer(&r->placing);
}

/* --- asking --- */

void ce_kafka_place_again(ce_kafka_receiver *r)
{
    ce_kafka_placing *q = &r->placing;

    if (!q->given || q->probe)
        return;
    free_answer(q);
    q->committed = rd_kafka_topic_partition_list_copy(q->given);
    q->low = rd_kafka_topic_partition_list_copy(q->given);
    q->high = rd_kafka_topic_partition_list_copy(q->given);
    q->probe =
        ce_kafka_probe_with(r->loop, r->client.rk, NULL, ask, on_answer, r);
}

void ce_kafka_place(ce_kafka_receiver *r, const partitions *list)
{
    ce_kafka_forget_placing(r);
    r->placing.given = rd_kafka_topic_partition_list_copy(list);
    ce_kafka_place_again(r);
}

void ce_kafka_forget_placing(ce_kafka_receiver *r)
{
    ce_kafka_probe_drop(r->placing.probe);
    r->placing.probe = NULL;
    free_list(&r->placing.given);
    free_answer(&r->placing);
}
