/* SPDX-License-Identifier: Apache-2.0 */
/* The producer of the limit programs. */
#include "producer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static rd_kafka_t *producer;
static rd_kafka_topic_t *topic;
static rd_kafka_queue_t *reports;

void die(const char *what)
{
    perror(what);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[256];

    if (rd_kafka_conf_set(conf, name, value, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
}

int open_producer(const char *bootstrap, const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const struct rd_kafka_metadata *known;
    int bell = eventfd(0, EFD_NONBLOCK);
    static const uint64_t one = 1;
    char error[256];

    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "linger.ms", "0");
    /* As few requests as the bridge has on their way: see its producer.c. */
    set(conf, "max.in.flight", "5");
    set(conf, "socket.nagle.disable", "true");
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!producer)
        die(error);
    topic = rd_kafka_topic_new(producer, name, NULL);
    if (rd_kafka_metadata(producer, 0, topic, &known, 5000))
        die("metadata");
    rd_kafka_metadata_destroy(known);
    reports = rd_kafka_queue_get_main(producer);
    rd_kafka_queue_io_event_enable(reports, bell, &one, sizeof one);
    return bell;
}

void produce(void *opaque, const char *value, size_t len,
             rd_kafka_headers_t *headers)
{
    if (rd_kafka_producev(producer, RD_KAFKA_V_RKT(topic),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)value, len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_OPAQUE(opaque),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END))
        die("produce");
}

void drain_reports(int bell, void (*confirmed)(void *opaque))
{
    const rd_kafka_message_t *m;
    rd_kafka_event_t *e;
    uint64_t count;

    if (read(bell, &count, sizeof count) < 0 && errno != EAGAIN)
        die("eventfd");
    while ((e = rd_kafka_queue_poll(reports, 0))) {
        while (rd_kafka_event_type(e) == RD_KAFKA_EVENT_DR &&
               (m = rd_kafka_event_message_next(e)))
            confirmed(m->_private);
        rd_kafka_event_destroy(e);
    }
}
