/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka's errors mean to us. */
#ifndef CE_BINDINGS_KAFKA_ERRORS_H
#define CE_BINDINGS_KAFKA_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

enum { CE_KAFKA_REASON_SIZE = 200 };

/* Whether an error that an event or a callback brings says that the peer is
 * away, or does not let us in. */
bool ce_kafka_is_down(rd_kafka_resp_err_t code);
/* Whether the broker refused a record, and would refuse it again. */
bool ce_kafka_is_refusal(rd_kafka_resp_err_t code);
/* Whether it is said of a whole batch for the sake of one of its records. */
bool ce_kafka_is_of_batch(rd_kafka_resp_err_t code);
/* Whether the topic is not there, or not yet. */
bool ce_kafka_is_of_topic(rd_kafka_resp_err_t code);
/* Whether the broker's clock and ours are too far apart: the time of a record
 * is ours, so it says nothing against the event. */
bool ce_kafka_is_of_clock(rd_kafka_resp_err_t code);
/* Whether the topic can be used only after people have done something. */
bool ce_kafka_is_forbidden(rd_kafka_resp_err_t code);

/* Says in one line of at most CE_KAFKA_REASON_SIZE what an error means, and
 * what helps. TEXT is what librdkafka says of it; NULL: nothing. Times and
 * counts are left out: two texts of the same error are the same then, and the
 * log need not repeat them. Returns whether the error is a known one. */
bool ce_kafka_explain(char *out, rd_kafka_resp_err_t code, const char *text);
/* The same for an error of a connection: keeps in WHY the last one that is
 * known. Many an error has others behind it that say less. */
void ce_kafka_note_cause(char *why, rd_kafka_resp_err_t code, const char *text);

#endif
