/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka with librdkafka: an event has arrived when its delivery report says
 * so. */
#include "kafka.h"
#include "relay.h"

#include <stdint.h>
#include <string.h>

enum { IN_FLIGHT = 2000 };

static rd_kafka_t *producer;
static rd_kafka_topic_t *topic;
static rd_kafka_queue_t *reports;
static size_t out;

static void drain_reports(void *bell)
{
    const rd_kafka_message_t *m;
    rd_kafka_event_t *e;

    silence((int)(intptr_t)bell);
    while ((e = rd_kafka_queue_poll(reports, 0))) {
        while (rd_kafka_event_type(e) == RD_KAFKA_EVENT_DR &&
               (m = rd_kafka_event_message_next(e))) {
            out--;
            settled(m->_private);
        }
        rd_kafka_event_destroy(e);
    }
}

static void open_sink(const char *uri)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    place there = parse_place(uri);
    int partitions, bell;

    set_option(conf, "bootstrap.servers", there.host);
    set_option(conf, "linger.ms", "0");
    /* As few requests as the bridge has on their way: see its producer.c. */
    set_option(conf, "max.in.flight", "5");
    set_option(conf, "socket.nagle.disable", "true");
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    producer = open_client(RD_KAFKA_PRODUCER, conf);
    topic = open_topic(producer, there.path, &partitions);
    reports = rd_kafka_queue_get_main(producer);
    bell = bell_of(reports);
    watch(bell, drain_reports, (void *)(intptr_t)bell);
}

static size_t room(void)
{
    return IN_FLIGHT - out;
}

static rd_kafka_headers_t *headers_of(const event *e)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(e->count + 1);
    char name[64] = "ce_";

    for (size_t i = 0; i < e->count; i++) {
        text n = e->attributes[i].name, v = e->attributes[i].value;

        if (n.len > sizeof name - 3)
            die("a long name");
        memcpy(name + 3, n.at, n.len);
        rd_kafka_header_add(headers, name, (ssize_t)n.len + 3, v.at,
                            (ssize_t)v.len);
    }
    rd_kafka_header_add(headers, "content-type", 12, e->type.at,
                        (ssize_t)e->type.len);
    return headers;
}

static void produce(const event *e)
{
    text key = attribute(e, "partitionkey");

    if (rd_kafka_producev(
            producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_KEY(key.at, key.len),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)e->data.at, e->data.len),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_OPAQUE(e->token), RD_KAFKA_V_HEADERS(headers_of(e)),
            RD_KAFKA_V_END))
        die("produce");
    out++;
}

const sink kafka_sink = { "kafka", open_sink, room, produce };
