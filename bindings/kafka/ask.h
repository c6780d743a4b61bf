/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about partitions. Each blocks for about CE_KAFKA_ASK_MS at most:
 * ask them on a worker thread (probe.h). */
#ifndef CE_BINDINGS_KAFKA_ASK_H
#define CE_BINDINGS_KAFKA_ASK_H

#include <librdkafka/rdkafka.h>

/* Appends the partitions of TOPIC, or of all that match when it begins with
 * '^'. */
rd_kafka_resp_err_t
ce_kafka_ask_partitions(rd_kafka_t *rk, const char *topic,
                        rd_kafka_topic_partition_list_t *to);
/* Fills in the offset of each partition of LIST at a time, of which two are
 * logical: the beginning and the end. */
rd_kafka_resp_err_t ce_kafka_ask_offsets(rd_kafka_t *rk,
                                         rd_kafka_topic_partition_list_t *list,
                                         int64_t time_ms);
/* Fills in what the group has committed, with its metadata. Fails when it is
 * unknown for any. */
rd_kafka_resp_err_t
ce_kafka_ask_committed(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list);

#endif
