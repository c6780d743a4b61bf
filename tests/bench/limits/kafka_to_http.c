/* SPDX-License-Identifier: Apache-2.0 */
/* What Kafka to HTTP costs at least: one consumer, one curl multi handle with
 * IN_FLIGHT transfers, offsets stored as a contiguous prefix, no checks. Only
 * for the benchmark.
 *
 *     kafka_to_http BOOTSTRAP TOPIC URL IN_FLIGHT
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <librdkafka/rdkafka.h>

enum { RING = 4096, BATCH = 64, PARTITIONS = 256 };

typedef struct slot {
    CURL *easy;
    struct curl_slist *headers;
    rd_kafka_message_t *message;
} slot;

/* Which offsets above BASE are done; the first gap is where to go on. */
typedef struct partition {
    int64_t base;
    bool done[RING];
    bool moved;
} partition;

static partition parts[PARTITIONS];
static rd_kafka_t *consumer;
static rd_kafka_queue_t *queue;
static CURLM *multi;
static slot **idle;
static int idle_len, part_count;
static const char *topic_name;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static size_t ignore(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

static void add_headers(slot *s)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    char line[512];
    size_t len;

    curl_slist_free_all(s->headers);
    s->headers = NULL;
    if (rd_kafka_message_headers(s->message, &headers))
        return;
    for (size_t i = 0;
         !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++) {
        snprintf(line, sizeof line, "%s: %.*s", name, (int)len,
                 (const char *)value);
        if (!strncmp(line, "ce_", 3))
            line[2] = '-';
        s->headers = curl_slist_append(s->headers, line);
    }
}

static void post(rd_kafka_message_t *m)
{
    slot *s = idle[--idle_len];

    s->message = m;
    if (parts[m->partition].base < 0)
        parts[m->partition].base = m->offset;
    add_headers(s);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, m->payload);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)m->len);
    curl_multi_add_handle(multi, s->easy);
}

static void consume(int timeout_ms)
{
    rd_kafka_message_t *batch[BATCH];
    size_t room = idle_len < BATCH ? (size_t)idle_len : BATCH;
    ssize_t n = rd_kafka_consume_batch_queue(queue, timeout_ms, batch, room);

    for (ssize_t i = 0; i < n; i++) {
        if (batch[i]->err)
            rd_kafka_message_destroy(batch[i]);
        else
            post(batch[i]);
    }
}

static void settle(slot *s)
{
    partition *p = &parts[s->message->partition];

    p->done[s->message->offset % RING] = true;
    while (p->done[p->base % RING]) {
        p->done[p->base % RING] = false;
        p->base++;
        p->moved = true;
    }
    rd_kafka_message_destroy(s->message);
    idle[idle_len++] = s;
}

static void store_offsets(void)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(part_count);

    for (int i = 0; i < part_count; i++) {
        if (!parts[i].moved)
            continue;
        rd_kafka_topic_partition_list_add(list, topic_name, i)->offset =
            parts[i].base;
        parts[i].moved = false;
    }
    rd_kafka_offsets_store(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Whether anything was finished. */
static bool finish(void)
{
    bool any = false;
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(multi, &left))) {
        long code = 0;
        slot *s;

        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &s);
        curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &code);
        if (code / 100 != 2)
            die("the sink does not answer 2xx");
        curl_multi_remove_handle(multi, s->easy);
        settle(s);
        any = true;
    }
    return any;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[256];

    if (rd_kafka_conf_set(conf, name, value, error, sizeof error))
        die(error);
}

static void open_consumer(const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list;
    const struct rd_kafka_metadata *known;
    rd_kafka_topic_t *topic;
    char error[256];

    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "group.id", "limit");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "earliest");
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    if (!consumer)
        die(error);
    rd_kafka_poll_set_consumer(consumer);
    topic = rd_kafka_topic_new(consumer, topic_name, NULL);
    if (rd_kafka_metadata(consumer, 0, topic, &known, 5000))
        die("no metadata");
    part_count = known->topics[0].partition_cnt;
    list = rd_kafka_topic_partition_list_new(part_count);
    for (int i = 0; i < part_count && i < PARTITIONS; i++) {
        rd_kafka_topic_partition_list_add(list, topic_name, i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
        parts[i].base = -1;
    }
    rd_kafka_assign(consumer, list);
    queue = rd_kafka_queue_get_consumer(consumer);
}

static void open_slots(const char *url, int count)
{
    slot *slots = calloc((size_t)count, sizeof *slots);

    idle = calloc((size_t)count, sizeof *idle);
    if (!slots || !idle)
        die("out of memory");
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)count + 8);
    for (int i = 0; i < count; i++) {
        CURL *easy = curl_easy_init();

        slots[i].easy = easy;
        idle[idle_len++] = &slots[i];
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &slots[i]);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    }
}

int main(int argc, char **argv)
{
    int running, count;

    if (argc != 5) {
        fprintf(stderr, "usage: kafka_to_http BOOTSTRAP TOPIC URL IN_FLIGHT\n");
        return 2;
    }
    topic_name = argv[2];
    count = atoi(argv[4]);
    open_consumer(argv[1]);
    open_slots(argv[3], count);
    for (unsigned turn = 0;; turn++) {
        if (idle_len)
            consume(idle_len == count ? 100 : 0);
        curl_multi_perform(multi, &running);
        if (!finish() && running)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
        if (turn % 64 == 0)
            store_offsets();
    }
}
