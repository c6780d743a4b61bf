/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of Kafka topics. */
#include "bindings/kafka/kafka.h"

static const char *const schemes[] = { "kafka", "kafkas", NULL };

const ce_transport ce_transport_kafka = {
    .abi = CE_TRANSPORT_ABI,
    .name = "kafka",
    .schemes = schemes,
    .help = "kafka://HOST:PORT[,HOST:PORT]/TOPIC, kafkas:// with TLS; a "
            "source's ^REGEX stands for many topics",
    .receiver_options = ce_kafka_receiver_options,
    .sender_options = ce_kafka_sender_options,
    .sender_rule = CE_URI_STRICT,
    .receiver = ce_kafka_receiver_open,
    .responder = ce_kafka_responder_open,
    .sender = ce_kafka_sender_open,
    .requester = ce_kafka_requester_open,
};
