/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka's errors mean to us. */
#ifndef CE_BINDINGS_KAFKA_ERRORS_H
#define CE_BINDINGS_KAFKA_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

/* Whether an error that an event or a callback brings says that the peer is
 * away, or does not let us in. */
bool ce_kafka_is_down(rd_kafka_resp_err_t code);
/* Whether the broker refused a record, and would refuse it again. */
bool ce_kafka_is_refusal(rd_kafka_resp_err_t code);
/* Whether it is said of a whole batch for the sake of one of its records. */
bool ce_kafka_is_of_batch(rd_kafka_resp_err_t code);
/* Whether the topic is not there, or not yet. */
bool ce_kafka_is_of_topic(rd_kafka_resp_err_t code);

/* Copies librdkafka's TEXT without its times and counts. Two texts of the same
 * error are the same then, and the log need not repeat them. */
void ce_kafka_reason(char *out, size_t size, const char *text);

#endif
