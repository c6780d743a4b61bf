/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka binding as its transport shows it: options, and what opens its
 * ends. Everything of this binding runs on the endpoint's loop thread, unless
 * it says otherwise. */
#ifndef CE_BINDINGS_KAFKA_KAFKA_H
#define CE_BINDINGS_KAFKA_KAFKA_H

#include <cloudevents/transport.h>

extern const ce_option ce_kafka_receiver_options[], ce_kafka_sender_options[];

ce_status ce_kafka_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err);
/* Opens a receiver that carries replies back: a source of requests. */
ce_status ce_kafka_responder_open(ce_receiver **out, const ce_endpoint *at,
                                  ce_error *err);
ce_status ce_kafka_sender_open(ce_sender **out, const ce_endpoint *at,
                               ce_error *err);
/* Opens a sender whose results are the replies to what it sends. */
ce_status ce_kafka_requester_open(ce_sender **out, const ce_endpoint *at,
                                  ce_error *err);
ce_status ce_kafka_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                       ce_error *err);

#endif
