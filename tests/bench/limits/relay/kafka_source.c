/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka with librdkafka: all partitions from their beginning, offsets stored as
 * a contiguous prefix. */
#include "kafka.h"
#include "relay.h"

#include <stdint.h>
#include <string.h>

enum { RING = 65536, BATCH = 64, PARTITIONS = 16, STORE_EVERY = 64 };

/* Which offsets from BASE on have arrived; the first gap is where to go on. */
typedef struct partition {
    int64_t base;
    bool arrived[RING];
    bool moved;
} partition;

static partition partitions[PARTITIONS];
static int partition_count;
static place here;
static rd_kafka_t *consumer;
static rd_kafka_queue_t *queue;

static void ring(void *bell)
{
    silence((int)(intptr_t)bell);
}

static void assign(void)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(partition_count);

    for (int i = 0; i < partition_count; i++) {
        partitions[i].base = -1;
        rd_kafka_topic_partition_list_add(list, here.path, i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void open_source(const char *uri)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int bell;

    here = parse_place(uri);
    set_option(conf, "bootstrap.servers", here.host);
    set_option(conf, "group.id", "limit");
    set_option(conf, "enable.auto.offset.store", "false");
    consumer = open_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(consumer);
    open_topic(consumer, here.path, &partition_count);
    if (partition_count > PARTITIONS)
        die("too many partitions");
    assign();
    queue = rd_kafka_queue_get_consumer(consumer);
    bell = bell_of(queue);
    watch(bell, ring, (void *)(intptr_t)bell);
}

static void take_headers(event *e, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    const char *name;
    text n, v;

    if (rd_kafka_message_headers(m, &headers))
        return;
    for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name,
                                                (const void **)&v.at, &v.len);
         i++) {
        n = (text){ name, strlen(name) };
        if (text_is(n, "content-type"))
            e->type = v;
        else if (without_prefix(&n, "ce_"))
            add_attribute(e, n, v);
    }
}

static void pass_on(rd_kafka_message_t *m)
{
    partition *p = &partitions[m->partition];
    event e;

    if (m->err)
        die(rd_kafka_message_errstr(m));
    if (p->base < 0)
        p->base = m->offset;
    if (m->offset - p->base >= RING)
        die("too far ahead");
    e.count = 0;
    e.type = (text){ "", 0 };
    e.data = (text){ m->payload, m->len };
    e.token = m;
    take_headers(&e, m);
    give(&e);
}

static void store_offsets(void)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(partition_count);

    for (int i = 0; i < partition_count; i++) {
        if (!partitions[i].moved)
            continue;
        rd_kafka_topic_partition_list_add(list, here.path, i)->offset =
            partitions[i].base;
        partitions[i].moved = false;
    }
    rd_kafka_offsets_store(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void pull(size_t room)
{
    static unsigned turns;
    rd_kafka_message_t *batch[BATCH];
    size_t wanted = BATCH;
    ssize_t n = BATCH;

    while (room > 0 && n == (ssize_t)wanted) {
        wanted = room < BATCH ? room : BATCH;
        n = rd_kafka_consume_batch_queue(queue, 0, batch, wanted);
        for (ssize_t i = 0; i < n; i++)
            pass_on(batch[i]);
        room -= wanted;
    }
    if (++turns % STORE_EVERY == 0)
        store_offsets();
}

static void settle(void *token)
{
    rd_kafka_message_t *m = token;
    partition *p = &partitions[m->partition];

    p->arrived[m->offset % RING] = true;
    while (p->arrived[p->base % RING]) {
        p->arrived[p->base++ % RING] = false;
        p->moved = true;
    }
    rd_kafka_message_destroy(m);
}

/* What has come before the bell was hung up does not ring it. */
static int pause_ms(void)
{
    return 100;
}

const source kafka_source = { "kafka", open_source, pull, settle, pause_ms };
