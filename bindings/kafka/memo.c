/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/memo.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/hash.h"

enum {
    BITS = 5,
    MORE = 1 << BITS, /* more characters follow */
    /* 13 characters of five bits hold 63 bits and no more than 65. */
    NUMBER_MAX = 13,
    LAST_MAX = 7 /* in the 13th: the top three of 63 bits */
};

static const char prefix[] = "ce2:";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                             "wxyz0123456789-_";

/* Of the name of L's topic, and of its partition: 32 bits of it. */
static int64_t print_of(const ce_kafka_ledger *l)
{
    uint64_t start = CE_HASH_START ^ (uint32_t)l->partition;

    return (uint32_t)ce_hash(start, ce_slice_of(l->topic));
}

/* --- writing --- */

typedef struct writer {
    char *at, *end;
} writer;

/* Writes all of N numbers or none. */
static bool put(writer *w, const int64_t *numbers, unsigned n)
{
    char *at = w->at;

    for (unsigned i = 0; i < n; i++) {
        uint64_t rest = numbers[i] > 0 ? (uint64_t)numbers[i] : 0;

        do {
            unsigned digit = rest & (MORE - 1);

            rest >>= BITS;
            if (at == w->end)
                return false;
            *at++ = digits[digit | (rest ? MORE : 0)];
        } while (rest);
    }
    w->at = at;
    return true;
}

static void put_head(writer *w, const ce_kafka_ledger *l)
{
    const ce_kafka_mark *below = &l->below;
    bool has = below->offset >= 0 && below->offset < l->safe;
    const int64_t head[] = { l->born_s,
                             l->safe,
                             print_of(l),
                             has ? l->safe - below->offset : 0,
                             has ? below->time_ms : 0,
                             has ? below->size : 0 };

    put(w, head, 6);
}

static bool put_run(writer *w, int64_t *end, const ce_kafka_run *run)
{
    const int64_t pair[] = { run->from - *end, run->to - run->from };

    *end = run->to;
    return put(w, pair, 2);
}

/* What was read, then what an earlier owner has left beyond that. */
static void put_runs(writer *w, const ce_kafka_ledger *l)
{
    uint64_t pos = l->oldest;
    int64_t end = l->safe;
    ce_kafka_run run;

    while (ce_kafka_ledger_next_run(l, &pos, &run))
        if (!put_run(w, &end, &run))
            return;
    for (unsigned i = l->done.at; i < l->done.count; i++) {
        run = l->done.runs[i];
        if (run.from <= l->last)
            run.from = l->last + 1;
        if (run.from < run.to && !put_run(w, &end, &run))
            return;
    }
}

size_t ce_kafka_memo_write(const ce_kafka_ledger *l, char *out, size_t size)
{
    writer w = { out + sizeof prefix - 1, out + size - 1 };

    memcpy(out, prefix, sizeof prefix - 1);
    put_head(&w, l);
    put_runs(&w, l);
    *w.at = '\0';
    return (size_t)(w.at - out);
}

/* --- reading --- */

typedef struct reader {
    const char *at, *end;
} reader;

static bool get(reader *r, int64_t *out)
{
    uint64_t number = 0;

    for (unsigned n = 0; n < NUMBER_MAX && r->at < r->end; n++) {
        const char *digit = memchr(digits, *r->at++, sizeof digits - 1);
        unsigned value = digit ? (unsigned)(digit - digits) : 0;

        if (!digit || (n == NUMBER_MAX - 1 && value > LAST_MAX))
            return false;
        number |= (uint64_t)(value & (MORE - 1)) << (n * BITS);
        *out = (int64_t)number;
        if (!(value & MORE))
            return true;
    }
    return false;
}

/* Whether this was written for the offset and the partition of L: those who
 * copy the offsets of a group elsewhere may copy the metadata as it is. */
static bool is_for(reader *r, const ce_kafka_ledger *l)
{
    int64_t safe, print;

    return get(r, &safe) && get(r, &print) && safe == l->safe &&
           print == print_of(l);
}

static bool get_mark(reader *r, int64_t safe, ce_kafka_mark *out)
{
    int64_t distance, size;

    if (!get(r, &distance) || !get(r, &out->time_ms) || !get(r, &size))
        return false;
    out->offset = distance > 0 ? safe - distance : CE_KAFKA_NOWHERE;
    out->size = (uint32_t)size;
    return distance == 0 || (out->offset >= 0 && size <= UINT32_MAX);
}

/* Appends a run behind END. */
static bool get_run(reader *r, int64_t *end, ce_kafka_run *out)
{
    int64_t distance, len;

    if (!get(r, &distance) || !get(r, &len) || len < 1 ||
        distance > INT64_MAX - *end || len > INT64_MAX - *end - distance)
        return false;
    out->from = *end + distance;
    *end = out->to = out->from + len;
    return true;
}

static bool get_runs(reader *r, int64_t safe, ce_kafka_runs *out)
{
    /* A run has two characters or more. */
    size_t most = (size_t)(r->end - r->at) / 2;
    int64_t end = safe;

    if (most == 0)
        return r->at == r->end;
    out->runs = ce_alloc(most * sizeof *out->runs);
    while (out->runs && r->at < r->end) {
        if (get_run(r, &end, &out->runs[out->count++]))
            continue;
        ce_free(out->runs);
        out->runs = NULL;
    }
    return out->runs != NULL;
}

static bool begin(reader *r, const char *text, size_t len)
{
    size_t skip = sizeof prefix - 1;

    if (len < skip || memcmp(text, prefix, skip) != 0)
        return false;
    *r = (reader){ text + skip, text + len };
    return true;
}

bool ce_kafka_memo_born(const char *text, size_t len, int64_t *out)
{
    reader r;

    return begin(&r, text, len) && get(&r, out);
}

bool ce_kafka_memo_read(ce_kafka_ledger *l, const char *text, size_t len)
{
    ce_kafka_runs runs = { NULL, 0, 0 };
    ce_kafka_mark below;
    int64_t born_s;
    reader r;

    if (!begin(&r, text, len) || !get(&r, &born_s) || !is_for(&r, l) ||
        !get_mark(&r, l->safe, &below) || !get_runs(&r, l->safe, &runs))
        return false;
    l->born_s = born_s;
    l->below = below;
    ce_free(l->done.runs);
    l->done = runs;
    return true;
}
