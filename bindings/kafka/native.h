/* SPDX-License-Identifier: Apache-2.0 */
/* A record's headers on their way from a source to a sink of Kafka: librdkafka
 * takes a list of headers whole, so that those of an event that nobody has
 * changed need not be made again. A sink has them until the record's report,
 * and the attributes of the delivery, which point into them, live as long. */
#ifndef CE_BINDINGS_KAFKA_NATIVE_H
#define CE_BINDINGS_KAFKA_NATIVE_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/delivery.h>

typedef struct ce_kafka_native {
    ce_native native;
    rd_kafka_message_t *record;
    rd_kafka_headers_t *headers; /* owned: RECORD has them no more; or NULL */
    bool is_lent;                /* a sink has them */
    /* The message that they make, as far as they do. */
    ce_attrs attrs;
    ce_slice content_type;
} ce_kafka_native;

/* Finds the headers of N's record, wherever they are now. On failure *OUT is
 * NULL: it has none (RD_KAFKA_RESP_ERR__NOENT), or librdkafka does not read
 * them. Not while a sink has them. */
rd_kafka_resp_err_t ce_kafka_native_headers(const ce_kafka_native *n,
                                            rd_kafka_headers_t **out);
/* Call when the message of D, whose record is that of N, has been read and its
 * headers are exactly those that it would be written with. */
void ce_kafka_native_offer(ce_kafka_native *n, ce_delivery *d);
/* Returns the headers that D came with, now the caller's; NULL: the message is
 * another one by now, or came from elsewhere. */
rd_kafka_headers_t *ce_kafka_native_take(const ce_delivery *d);
/* Gives HEADERS back to the delivery that they were taken from; others are
 * freed. HEADERS may be NULL. */
void ce_kafka_native_give_back(const ce_delivery *d,
                               rd_kafka_headers_t *headers);
/* Frees the headers if they are N's. */
void ce_kafka_native_free(ce_kafka_native *n);

#endif
