/* SPDX-License-Identifier: Apache-2.0 */
/* What a commit says beside its offset, in Kafka's metadata of a commit: which
 * records beyond the offset are done, and how to know the last one below it
 * again.
 *
 * The text is "ce2:" and numbers. Each has one to thirteen characters of
 * base64url: five bits of the number in each, the lowest first, and a sixth
 * that says that more follow. They are: when the group got its first offset
 * (Unix time, s); the offset, and a hash of topic and partition, without which
 * nothing that follows means anything; the distance from the last record below
 * the offset to it, or 0 without one; that record's time (ms) and size; then,
 * for each run of records that are done, the distance from the end of the run
 * before it (from the offset, for the first one), and its length. */
#ifndef CE_BINDINGS_KAFKA_MEMO_H
#define CE_BINDINGS_KAFKA_MEMO_H

#include <stddef.h>

#include "bindings/kafka/ledger.h"

enum {
    /* What brokers take, unless they are told otherwise:
     * offset.metadata.max.bytes. */
    CE_KAFKA_MEMO_MAX = 4096
};

/* Writes what L knows to OUT, with a null byte, and returns its length. What
 * SIZE has no place for is left out, the farthest runs first: after a crash
 * they are read again. */
size_t ce_kafka_memo_write(const ce_kafka_ledger *l, char *out, size_t size);
/* Reads TEXT into L, which begins at the offset of the same commit. False: it
 * is of another program or version, was written for another offset or
 * partition, or is damaged, and L is as it was. */
bool ce_kafka_memo_read(ce_kafka_ledger *l, const char *text, size_t len);
/* Writes to *OUT when the group got its first offset. False: as above. */
bool ce_kafka_memo_born(const char *text, size_t len, int64_t *out);

#endif
