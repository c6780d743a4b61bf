/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata of a commit: anybody may write it. The input stands behind what
 * says that it was written for this offset and partition, so that it is looked
 * at. What is read can be written, and says the same to the next owner. */
#include "bindings/kafka/memo.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { OFFSET = 1000, TEXT_MAX = 1 << 16 };

static ce_kafka_ledger *new_ledger(void)
{
    ce_kafka_ledger *l = ce_kafka_ledger_new("t", 3);

    check(l != NULL);
    ce_kafka_ledger_begin(l, OFFSET);
    return l;
}

/* A memo without its mark, which is three zeros. */
static size_t write_start(char *out, size_t size)
{
    ce_kafka_ledger *l = new_ledger();
    size_t len = ce_kafka_memo_write(l, out, size);

    ce_kafka_ledger_free(l);
    check(len > 3);
    return len - 3;
}

/* That of what is written has fewer runs where there was no room for all, and
 * one for two that touch. */
static void check_same(const ce_kafka_ledger *l, const ce_kafka_ledger *again,
                       bool has_all)
{
    check(again->born_s == l->born_s && again->safe == l->safe);
    check(again->below.offset == l->below.offset);
    check(l->below.offset == CE_KAFKA_NOWHERE ||
          (again->below.time_ms == l->below.time_ms &&
           again->below.size == l->below.size));
    for (unsigned i = 0; i < again->done.count; i++) {
        const ce_kafka_run *run = &again->done.runs[i];

        check(run->from < run->to && run->from >= OFFSET);
        check(ce_kafka_ledger_undone(l, run->from, run->to) == 0);
    }
    for (unsigned i = 0; has_all && i < l->done.count; i++)
        check(ce_kafka_ledger_undone(again, l->done.runs[i].from,
                                     l->done.runs[i].to) == 0);
}

static void check_again(const ce_kafka_ledger *l)
{
    static char text[TEXT_MAX];
    ce_kafka_ledger *again = new_ledger();
    size_t len = ce_kafka_memo_write(l, text, sizeof text);

    check(ce_kafka_memo_read(again, text, len));
    check_same(l, again, true);
    ce_kafka_ledger_free(again);
    again = new_ledger();
    len = ce_kafka_memo_write(l, text, CE_KAFKA_MEMO_MAX);
    check(len < CE_KAFKA_MEMO_MAX && ce_kafka_memo_read(again, text, len));
    check_same(l, again, false);
    ce_kafka_ledger_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char text[TEXT_MAX];
    size_t len = write_start(text, sizeof text);
    ce_kafka_ledger *l = new_ledger();
    int64_t born_s;

    (void)ce_kafka_memo_born((const char *)bytes, size, &born_s);
    (void)ce_kafka_memo_read(l, (const char *)bytes, size);
    if (size <= sizeof text / 2 - len) {
        memcpy(text + len, bytes, size);
        if (ce_kafka_memo_read(l, text, len + size))
            check_again(l);
    }
    ce_kafka_ledger_free(l);
    return 0;
}
