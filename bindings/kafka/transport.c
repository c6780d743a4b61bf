/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of Kafka topics. */
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/overlap.h"
#include "bindings/kafka/reader.h"
#include "bindings/kafka/target.h"

#include <string.h>

static const char *const schemes[] = { "kafka", "kafkas", NULL };

/* librdkafka knows the property by two names. */
static const char *acks_of(const ce_settings *s)
{
    const char *acks = ce_settings_text(s, "rdkafka.acks");

    if (!acks)
        acks = ce_settings_text(s, "rdkafka.request.required.acks");
    return acks ? acks : "all";
}

static ce_promise promise_of_sink(const ce_settings *s)
{
    const char *acks = acks_of(s);

    if (!strcmp(acks, "0"))
        return (ce_promise){ .level = CE_AT_MOST_ONCE,
                             .text = "the sink's broker does not confirm" };
    if (!strcmp(acks, "all") || !strcmp(acks, "-1"))
        return (ce_promise){ .level = CE_AT_LEAST_ONCE };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE,
                         .but =
                             "may lose when the sink's broker dies because it "
                             "confirms before others have a copy" };
}

static bool reads_alone(ce_role role, const ce_settings *s)
{
    bool receives = role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER;

    return receives && ce_kafka_reads_alone(s);
}

static ce_promise promise(ce_role role, const ce_settings *s)
{
    ce_promise p = { .level = CE_AT_LEAST_ONCE };

    if (role == CE_ROLE_SENDER || role == CE_ROLE_REQUESTER)
        return promise_of_sink(s);
    if (reads_alone(role, s))
        p = (ce_promise){ .level = CE_AT_MOST_ONCE,
                          .text = "without a group no offset is kept" };
    else if (role == CE_ROLE_RECEIVER)
        p.text = "an offset is stored after the sink has confirmed";
    else if (role == CE_ROLE_RESPONDER)
        p.text = "an offset is stored after the reply has been confirmed";
    return p;
}

static bool is_static(ce_role role, const ce_settings *s)
{
    bool receives = role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER;

    return receives && ce_settings_has(s, "rdkafka.group.instance.id");
}

static const char *alone(ce_role role, const ce_settings *s)
{
    if (reads_alone(role, s))
        return "readers without a group would each read every record";
    if (is_static(role, s))
        return "members with one group.instance.id would take the place of "
               "each other";
    return NULL;
}

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
    .check = ce_kafka_check,
    .promise = promise,
    .alone = alone,
    .clean_option = "clean",
    .ask = ce_kafka_ask,
    .aim = ce_kafka_aim,
    .returns = ce_kafka_returns,
    .name_of = ce_kafka_name_of,
    .part_of = ce_kafka_part_of,
};
