/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/lag.h"

#include <stdio.h>

#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"
#include "core/transport/gauges.h"

enum {
    /* More series than that help nobody. */
    SERIES_MAX = 1000
};

/* Returns the end of L's partition, or a negative number: the later one of what
 * librdkafka has fetched up to, and of what was heard last. */
static int64_t end_of(const ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    int64_t low = -1, high = -1;

    if (rd_kafka_get_watermark_offsets(r->client.rk, l->topic, l->partition,
                                       &low, &high) ||
        high < l->end)
        return l->end;
    return high;
}

static void put_lag(ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    int64_t end = end_of(r, l);
    ce_gauge g = {
        .name = "kafka_lag",
        .help = "Records from the group's offset to the end of a partition.",
        .waits = true,
        .labels = { { .name = "topic" }, { .name = "partition" } },
    };

    if (end < 0 || l->safe == CE_KAFKA_NOWHERE)
        return;
    g.value = end > l->safe ? (uint64_t)(end - l->safe) : 0;
    snprintf(g.labels[0].value, sizeof g.labels[0].value, "%s", l->topic);
    snprintf(g.labels[1].value, sizeof g.labels[1].value, "%d",
             (int)l->partition);
    ce_gauges_put(r->receiver.gauges, &g);
}

void ce_kafka_publish_lag(ce_kafka_receiver *r)
{
    ce_gauges *all = r->receiver.gauges;
    ce_gauge gone = {
        .name = "kafka_gone_total",
        .help = "Records that were removed before they were read.",
        .counts = true,
        .value = r->inspection.gone,
    };
    unsigned series = 0;

    if (!all)
        return;
    ce_gauges_begin(all);
    ce_gauges_put(all, &gone);
    for (const ce_kafka_ledger *l =
             ce_kafka_first_ledger(&r->assignment.ledgers);
         l && series < SERIES_MAX; l = ce_kafka_next_ledger(l), series++)
        put_lag(r, l);
    ce_gauges_end(all);
}
