/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer that assigns its partitions to itself.
 *
 * librdkafka would find logical offsets such as the end when it first fetches,
 * some time after it was told. Here they are asked for first: what comes after
 * the receiver is up is read for sure. */
#include "bindings/kafka/reader.h"
#include "bindings/kafka/ask.h"
#include "bindings/kafka/ledgers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cloudevents/log.h>

#include "bindings/kafka/errors.h"
#include "bindings/kafka/receiver.h"

/* --- options --- */

bool ce_kafka_reads_alone(const ce_settings *s)
{
    return ce_settings_boolean(s, "clean");
}

static bool is_number(const char *text)
{
    size_t len = strspn(text, "0123456789");

    /* More digits would be no count of anything that Kafka keeps. */
    return len > 0 && len <= 15 && !text[len];
}

/* -10 are records, -15m is a time. */
static bool read_back(ce_kafka_reader *out, const char *text)
{
    out->from = CE_KAFKA_FROM_AGO;
    if (!is_number(text))
        return ce_parse_ms(text, &out->amount) == CE_OK;
    out->from = CE_KAFKA_FROM_LAST;
    out->amount = strtoull(text, NULL, 10);
    return true;
}

static bool read_from(ce_kafka_reader *out, const char *text)
{
    if (text[0] == '-')
        return read_back(out, text + 1);
    out->from = CE_KAFKA_FROM_END;
    if (strcmp(text, "end") == 0)
        return true;
    out->from = CE_KAFKA_FROM_BEGINNING;
    return strcmp(text, "beginning") == 0;
}

static ce_status refuse_in_group(const ce_settings *s, ce_error *err)
{
    if (!ce_settings_has(s, "from"))
        return CE_OK;
    return ce_fail(err, CE_EINVAL,
                   "option \"from\": a group goes on at its own offset; "
                   "it needs clean=true and no group");
}

ce_status ce_kafka_reader_configure(ce_kafka_reader *out, const ce_settings *s,
                                    ce_error *err)
{
    const char *from = ce_settings_text(s, "from");

    if (!ce_kafka_reads_alone(s))
        return refuse_in_group(s, err);
    if (ce_settings_has(s, "group"))
        return ce_fail(err, CE_EINVAL,
                       "option \"group\": clean=true reads without a group");
    out->is_on = true;
    out->topic = ce_settings_path(s);
    /* From the end until the end there is nothing. */
    if (!from)
        from = ce_settings_boolean(s, "until_end") ? "beginning" : "end";
    if (!read_from(out, from))
        return ce_fail(err, CE_EINVAL,
                       "option \"from\" = \"%.80s\": not beginning, end, "
                       "-RECORDS or -TIME, such as -10 or -15m",
                       from);
    return CE_OK;
}

/* --- on the worker thread --- */

typedef rd_kafka_topic_partition_list_t partitions;

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is younger than some time; a partition without such a record is read
 * from its end. */
static rd_kafka_resp_err_t ask_since(rd_kafka_t *rk, partitions *list,
                                     uint64_t ago_ms)
{
    partitions *since = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_resp_err_t code =
        ce_kafka_ask_offsets(rk, since, wall_ms() - (int64_t)ago_ms);

    for (int i = 0; i < list->cnt && !code; i++)
        if (since->elems[i].offset >= 0)
            list->elems[i].offset = since->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(since);
    return code;
}

static rd_kafka_resp_err_t ask_start(const ce_kafka_reader *q, rd_kafka_t *rk,
                                     partitions *list)
{
    bool is_first = q->from == CE_KAFKA_FROM_BEGINNING || q->was_missing;
    rd_kafka_resp_err_t code = ce_kafka_ask_offsets(
        rk, list, is_first ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END);

    if (code || is_first || q->from == CE_KAFKA_FROM_END)
        return code;
    if (q->from == CE_KAFKA_FROM_AGO)
        return ask_since(rk, list, q->amount);
    /* Before the first record that is kept, the first one is taken:
     * auto.offset.reset. */
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *p = &list->elems[i];

        p->offset =
            p->offset > (int64_t)q->amount ? p->offset - (int64_t)q->amount : 0;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t ask_ends(ce_kafka_reader *q, rd_kafka_t *rk,
                                    const partitions *list)
{
    if (q->ends)
        rd_kafka_topic_partition_list_destroy(q->ends);
    q->ends = rd_kafka_topic_partition_list_copy(list);
    return ce_kafka_ask_offsets(rk, q->ends, RD_KAFKA_OFFSET_END);
}

/* The receiver leaves Q alone until the answer has come. */
static rd_kafka_resp_err_t ask(rd_kafka_t *rk, rd_kafka_topic_t *none,
                               void *arg)
{
    ce_kafka_receiver *r = arg;
    ce_kafka_reader *q = &r->reader;
    partitions *list = rd_kafka_topic_partition_list_new(8);
    rd_kafka_resp_err_t code = ce_kafka_ask_partitions(rk, q->topic, list);

    (void)none;
    if (!code && list->cnt == 0)
        code = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    if (!code && r->ending.is_on)
        code = ask_ends(q, rk, list);
    if (!code)
        code = ask_start(q, rk, list);
    if (q->found)
        rd_kafka_topic_partition_list_destroy(q->found);
    q->found = code ? NULL : list;
    if (code)
        rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* --- on the loop's thread --- */

static void say_place(const ce_kafka_reader *q, char *out, size_t size)
{
    static const char *const units[] = { "ms", "s", "m", "h" };
    static const unsigned factors[] = { 1000, 60, 60 };
    unsigned long long n = q->amount;
    unsigned unit = 0;

    if (q->from == CE_KAFKA_FROM_BEGINNING || q->was_missing) {
        snprintf(out, size, "the beginning");
    } else if (q->from == CE_KAFKA_FROM_END) {
        snprintf(out, size, "the end");
    } else if (q->from == CE_KAFKA_FROM_LAST) {
        snprintf(out, size, "the last %llu records of each", n);
    } else {
        for (; unit < 3 && n % factors[unit] == 0; unit++)
            n /= factors[unit];
        snprintf(out, size, "%llu%s ago", n, units[unit]);
    }
}

static void say(const ce_kafka_receiver *r)
{
    const ce_kafka_reader *q = &r->reader;
    char place[80];

    say_place(q, place, sizeof place);
    ce_log(CE_INFO,
           "reading %d partition%s of topic %s without a group, from "
           "%s%s",
           q->found->cnt, q->found->cnt == 1 ? "" : "s", q->topic, place,
           r->ending.is_on ? " until the end" : "");
}

static void note_missing(ce_kafka_receiver *r, rd_kafka_resp_err_t code)
{
    bool is_missing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                      code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    const char *cause = r->client.why;
    char why[CE_KAFKA_REASON_SIZE];

    /* Where there is no leader for now, there are records all the same. */
    if (is_missing)
        r->reader.was_missing = true;
    if (ce_kafka_is_of_topic(code) || ce_kafka_is_forbidden(code))
        cause = "";
    r->phase = is_missing || ce_kafka_is_forbidden(code) ? CE_KAFKA_REFUSED
                                                         : CE_KAFKA_JOINING;
    ce_kafka_explain(why, code, NULL);
    ce_health_down(&r->receiver.health, "%s", cause[0] ? cause : why);
}

static void note_ends(ce_kafka_receiver *r)
{
    const partitions *ends = r->reader.ends;

    for (int i = 0; ends && i < ends->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &ends->elems[i];
        ce_kafka_ledger *l =
            ce_kafka_ledger_at(&r->assignment, p->topic, p->partition);

        if (l)
            ce_kafka_ending_note(r, l, p->offset);
    }
}

static void on_answer(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_receiver *r = arg;

    r->client.probe = NULL;
    if (r->phase != CE_KAFKA_JOINING && r->phase != CE_KAFKA_REFUSED)
        return;
    if (code) {
        note_missing(r, code);
        return;
    }
    say(r);
    note_ends(r);
    ce_kafka_assign(r, r->reader.found);
}

void ce_kafka_reader_find(ce_kafka_receiver *r)
{
    ce_kafka_consumer *c = &r->client;

    if (!c->probe)
        c->probe = ce_kafka_probe_with(r->loop, c->rk, NULL, ask, on_answer, r);
}

void ce_kafka_reader_tick(ce_kafka_receiver *r)
{
    if (r->phase == CE_KAFKA_JOINING || r->phase == CE_KAFKA_REFUSED)
        ce_kafka_reader_find(r);
}
