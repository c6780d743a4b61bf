/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's own commits carry no metadata before its 2.2, so these are
 * ours. */
#include "bindings/kafka/commit.h"

#include <string.h>

#include <cloudevents/log.h>

#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/memo.h"
#include "bindings/kafka/receiver.h"

enum {
    /* One request for all that is done meanwhile. */
    COMMIT_MS = 50,
    /* After a failure, such as a group that is between two generations. */
    AGAIN_MS = 1000,
    /* No rebalance takes so long: people have to know. */
    FAILING_MS = 10000,
    /* The keys of requests in Kafka's protocol. */
    JOIN_GROUP = 11,
    SYNC_GROUP = 14
};

static void on_timer(ce_timer *t)
{
    ce_kafka_receiver *r = CE_OWNER(t, ce_kafka_receiver, commits.timer);

    if (atomic_load(&r->commits.joining))
        ce_timer_start(r->loop, t, COMMIT_MS);
    /* Its answer starts the timer again. */
    else if (r->commits.out == 0)
        ce_kafka_commit_now(r);
}

void ce_kafka_commits_init(ce_kafka_commits *c)
{
    c->timer.fire = on_timer;
    c->memo_max = CE_KAFKA_MEMO_MAX;
}

/* --- joining --- */

/* A cooperative member keeps partitions while it joins anew. A commit would
 * wait behind the JoinGroup request, and then be one of the generation before:
 * the group would take the partitions away for that. */
/* NOLINTBEGIN(readability-function-size): librdkafka gives so many. */
static rd_kafka_resp_err_t on_request(rd_kafka_t *rk, int fd, const char *name,
                                      int32_t broker, int16_t key,
                                      int16_t version, int32_t id, size_t size,
                                      void *arg)
{
    ce_kafka_receiver *r = arg;

    (void)rk, (void)fd, (void)name, (void)broker, (void)version, (void)id;
    (void)size;
    if (key == JOIN_GROUP)
        atomic_store(&r->commits.joining, true);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *rk, int fd, const char *name,
                                       int32_t broker, int16_t key,
                                       int16_t version, int32_t id, size_t size,
                                       int64_t rtt, rd_kafka_resp_err_t code,
                                       void *arg)
{
    ce_kafka_receiver *r = arg;

    (void)rk, (void)fd, (void)name, (void)broker, (void)version, (void)id;
    (void)size, (void)rtt, (void)code;
    if (key == SYNC_GROUP)
        atomic_store(&r->commits.joining, false);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* NOLINTEND(readability-function-size) */

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf,
                                  void *arg, char *why, size_t size)
{
    (void)conf, (void)why, (void)size;
    rd_kafka_interceptor_add_on_request_sent(rk, "commit", on_request, arg);
    rd_kafka_interceptor_add_on_response_received(rk, "commit", on_response,
                                                  arg);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void ce_kafka_commits_watch(ce_kafka_receiver *r, rd_kafka_conf_t *conf)
{
    rd_kafka_conf_interceptor_add_on_new(conf, "commit", on_new, r);
}

/* --- commits --- */

static void commit_after(ce_kafka_receiver *r, unsigned ms)
{
    if (!r->reader.is_on && !r->commits.timer.loop)
        ce_timer_start(r->loop, &r->commits.timer, ms);
}

void ce_kafka_commit_soon(ce_kafka_receiver *r)
{
    commit_after(r, COMMIT_MS);
}

static void add(ce_kafka_receiver *r, rd_kafka_topic_partition_list_t *list,
                ce_kafka_ledger *l)
{
    char memo[CE_KAFKA_MEMO_MAX + 1];
    size_t len = ce_kafka_memo_write(l, memo, r->commits.memo_max + 1);
    rd_kafka_topic_partition_t *p =
        rd_kafka_topic_partition_list_add(list, l->topic, l->partition);

    l->moved = false;
    p->offset = l->safe;
    /* The list frees it. */
    p->metadata = rd_kafka_mem_malloc(r->client.rk, len);
    p->metadata_size = p->metadata ? len : 0;
    if (p->metadata)
        memcpy(p->metadata, memo, len);
}

void ce_kafka_commit_now(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *list;

    if (r->reader.is_on || !r->client.rk)
        return;
    list = rd_kafka_topic_partition_list_new(8);
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l))
        if (l->moved && !l->gone && l->safe != CE_KAFKA_NOWHERE)
            add(r, list, l);
    if (list->cnt > 0 && !rd_kafka_commit(r->client.rk, list, 1))
        r->commits.out++;
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- answers --- */

/* A broker that takes less metadata gets less. */
static void shrink(ce_kafka_receiver *r)
{
    size_t max = r->commits.memo_max / 2;

    /* Less than the numbers in front of the runs makes no sense. */
    if (max < 64)
        return;
    r->commits.memo_max = max;
    ce_log_of(CE_WARN, r->receiver.health.label,
              "the broker takes less metadata of a commit (offset.metadata."
              "max.bytes): now at most %u bytes are sent",
              (unsigned)max);
}

static void note_failed(ce_kafka_receiver *r,
                        const rd_kafka_topic_partition_t *p)
{
    ce_kafka_ledger *l =
        ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

    if (l)
        l->moved = true;
}

static bool has_moved(const ce_kafka_receiver *r)
{
    for (const ce_kafka_ledger *l =
             ce_kafka_first_ledger(&r->assignment.ledgers);
         l; l = ce_kafka_next_ledger(l))
        if (l->moved && !l->gone)
            return true;
    return false;
}

bool ce_kafka_commits_fail(const ce_kafka_receiver *r)
{
    uint64_t since_ms = r->commits.failing_ms;

    return since_ms && ce_loop_now_ms(r->loop) - since_ms >= FAILING_MS;
}

/* Events are delivered all the same, and come again after the next start. */
static void note_failure(ce_kafka_receiver *r, rd_kafka_resp_err_t code)
{
    ce_log_of(CE_DEBUG, r->receiver.health.label,
              "offsets are not committed: %s", rd_kafka_err2str(code));
    if (!r->commits.failing_ms)
        r->commits.failing_ms = ce_loop_now_ms(r->loop);
    else if (ce_kafka_commits_fail(r))
        ce_health_down(&r->receiver.health,
                       "no offset is committed for %d s and more: %s",
                       FAILING_MS / 1000, rd_kafka_err2str(code));
}

static void note_success(ce_kafka_receiver *r)
{
    bool was_down = ce_kafka_commits_fail(r);

    r->commits.failing_ms = 0;
    if (was_down && r->phase == CE_KAFKA_ASSIGNED)
        ce_health_up(&r->receiver.health);
}

void ce_kafka_committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    ce_kafka_receiver *r = opaque;
    bool is_large = false, all = code != 0;

    (void)rk;
    if (r->commits.out > 0)
        r->commits.out--;
    for (int i = 0; offsets && i < offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &offsets->elems[i];

        if (!all && !p->err)
            continue;
        if (!code)
            code = p->err;
        is_large |= p->err == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE;
        note_failed(r, p);
    }
    if (is_large)
        shrink(r);
    if (r->phase == CE_KAFKA_CLOSING)
        return;
    if (code)
        note_failure(r, code);
    else
        note_success(r);
    if (has_moved(r))
        commit_after(r, code ? AGAIN_MS : COMMIT_MS);
}
