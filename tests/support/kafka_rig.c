/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/kafka_rig.h"

#include "core/loop/loop.h"

#include <uv.h>

#include "bindings/kafka/kafka.h"

/* --- the loop --- */

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void run_once(ce_loop *loop)
{
    ce_loop_poll(loop);
    uv_sleep(1);
}

bool kafka_until(ce_loop *loop, bool (*is_true)(void *arg), void *arg)
{
    uint64_t end = now_ms() + KAFKA_RIG_WAIT_MS;

    while (!is_true(arg)) {
        if (now_ms() > end)
            return false;
        run_once(loop);
    }
    return true;
}

void kafka_run_for(ce_loop *loop, uint64_t ms)
{
    uint64_t end = now_ms() + ms;

    while (now_ms() < end)
        run_once(loop);
}

/* --- the source --- */

static void catch_delivery(ce_stage *stage, ce_delivery *d)
{
    kafka_source *s = (kafka_source *)stage;

    s->arrived++;
    if (s->seen)
        s->seen(s, d);
    if (s->acknowledges) {
        ce_settle_ack(d, CE_DELIVERED);
        return;
    }
    REQUIRE_CMP(s->holding, <, KAFKA_RIG_HELD);
    s->held[s->holding++] = d;
}

static const ce_stage_ops catcher = { .name = "test", .push = catch_delivery };

void kafka_source_open(kafka_source *s, ce_loop *loop, const char *uri)
{
    ce_error err = { CE_OK, "" };

    s->stage.ops = &catcher;
    s->loop = loop;
    REQUIRE_OK(ce_settings_open(&s->settings, ce_kafka_receiver_options, uri,
                                CE_URI_STRICT, &err));
    s->at =
        (ce_endpoint){ .loop = loop, .settings = s->settings, .name = "test" };
    REQUIRE_OK((s->open ? s->open : ce_kafka_receiver_open)(&s->receiver,
                                                            &s->at, &err));
    REQUIRE_OK(s->receiver->ops->start(s->receiver, &s->stage, &err));
}

void kafka_source_open_on(kafka_source *s, ce_loop *loop, const char *broker,
                          const char *topic)
{
    char uri[400];

    snprintf(uri, sizeof uri, "kafka://%s/%s?group=%s", broker, topic,
             ce_test_unique("group"));
    kafka_source_open(s, loop, uri);
}

static bool have_arrived(void *arg)
{
    kafka_source *s = arg;

    return s->arrived >= s->wanted;
}

bool kafka_source_wait(kafka_source *s, unsigned count)
{
    s->wanted = count;
    return kafka_until(s->loop, have_arrived, s);
}

void kafka_source_settle_at(kafka_source *s, unsigned index, ce_verdict verdict)
{
    ce_delivery *d = s->held[index];
    ce_result result = { .verdict = verdict, .reason = "the test says so" };

    s->holding--;
    for (unsigned i = index; i < s->holding; i++)
        s->held[i] = s->held[i + 1];
    ce_settle(d, &result);
}

void kafka_source_settle(kafka_source *s, ce_verdict verdict)
{
    while (s->holding > 0)
        kafka_source_settle_at(s, s->holding - 1, verdict);
}

static bool all_are_home(void *arg)
{
    return ce_pool_out(((kafka_source *)arg)->receiver->pool) == 0;
}

bool kafka_source_is_home(kafka_source *s)
{
    return kafka_until(s->loop, all_are_home, s);
}

void kafka_source_close(kafka_source *s)
{
    s->receiver->ops->stop(s->receiver);
    kafka_source_settle(s, CE_UNDELIVERED);
    REQUIRE(kafka_source_is_home(s));
    s->receiver->ops->close(s->receiver);
    ce_settings_close(s->settings);
}

/* --- the sink --- */

static void heard(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    kafka_sink *s = h->self;

    s->code = r->code;
    snprintf(s->reason, sizeof s->reason, "%s", r->reason);
    if (r->reply) {
        s->replies++;
        snprintf(s->reply, sizeof s->reply, "%.*s", CE_ARG(r->reply->body));
    }
    if (r->verdict == CE_ACK)
        s->acked++;
    else if (r->verdict == CE_NACK)
        s->refused++;
    else
        s->undelivered++;
    ce_pool_give(d);
}

static void count_late(ce_sender *sender, void *arg)
{
    (void)sender;
    ((kafka_sink *)arg)->late++;
}

void kafka_sink_open(kafka_sink *s, ce_loop *loop, const char *uri)
{
    ce_error err = { CE_OK, "" };

    s->loop = loop;
    REQUIRE_OK(ce_settings_open(&s->settings, ce_kafka_sender_options, uri,
                                CE_URI_STRICT, &err));
    s->at =
        (ce_endpoint){ .loop = loop, .settings = s->settings, .name = "test" };
    REQUIRE_OK(
        ce_pool_open(&s->pool, KAFKA_RIG_HELD, sizeof(ce_delivery), 1 << 28));
    REQUIRE_OK(
        (s->open ? s->open : ce_kafka_sender_open)(&s->sender, &s->at, &err));
    s->sender->late = count_late;
    s->sender->late_arg = s;
    REQUIRE_OK(s->sender->ops->start(s->sender, &err));
}

void kafka_sink_send(kafka_sink *s, const ce_message *m)
{
    ce_delivery *d = ce_pool_take(s->pool);

    REQUIRE(d != NULL);
    d->message = *m;
    REQUIRE_OK(ce_arena_copy(d->arena, m->body, &d->message.body));
    REQUIRE_OK(ce_arena_copy(d->arena, m->key, &d->message.key));
    ce_delivery_hook(d, heard, s, 0);
    ce_push(s->top ? s->top : &s->sender->stage, d);
}

static bool have_settled(void *arg)
{
    kafka_sink *s = arg;

    return s->acked + s->refused + s->undelivered >= s->wanted;
}

bool kafka_sink_wait(kafka_sink *s, unsigned count)
{
    s->wanted = count;
    return kafka_until(s->loop, have_settled, s);
}

static bool is_up(void *arg)
{
    return ((kafka_sink *)arg)->sender->health.up;
}

bool kafka_sink_is_up(kafka_sink *s)
{
    return kafka_until(s->loop, is_up, s);
}

static void note_done(void *arg)
{
    *(bool *)arg = true;
}

static bool is_set(void *arg)
{
    return *(bool *)arg;
}

void kafka_sink_close(kafka_sink *s)
{
    s->sender->ops->stop(s->sender, 5000, note_done, &s->done);
    EXPECT(kafka_until(s->loop, is_set, &s->done));
    EXPECT_EQ(ce_pool_out(s->pool), 0);
    s->sender->stage.ops->close(&s->sender->stage);
    ce_pool_close(s->pool);
    ce_settings_close(s->settings);
}

ce_message kafka_event(ce_arena *arena, const char *id, const char *body)
{
    ce_message m = { .mode = CE_MODE_BINARY };
    const char *const attributes[][2] = { { "specversion", "1.0" },
                                          { "id", id },
                                          { "source", "/test" },
                                          { "type", "com.example.test" } };

    for (size_t i = 0; i < COUNT(attributes); i++) {
        ce_attr a = { .name = ce_slice_of(attributes[i][0]) };

        REQUIRE_OK(
            ce_arena_copy(arena, ce_slice_of(attributes[i][1]), &a.text));
        REQUIRE_OK(ce_attrs_add(&m.attrs, arena, a));
    }
    m.body = ce_slice_of(body);
    if (body)
        m.content_type = CE_SLICE("text/plain");
    return m;
}

/* --- the broker, seen by others --- */

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *broker,
                              const char *group)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[200];
    rd_kafka_t *rk;

    rd_kafka_conf_set(conf, "bootstrap.servers", broker, why, sizeof why);
    if (group)
        rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
    else
        rd_kafka_conf_set(conf, "linger.ms", "20", why, sizeof why);
    rk = rd_kafka_new(type, conf, why, sizeof why);
    REQUIRE(rk != NULL);
    return rk;
}

static void close_producer(rd_kafka_t *rk)
{
    REQUIRE_EQ(rd_kafka_flush(rk, KAFKA_RIG_WAIT_MS), 0);
    rd_kafka_destroy(rk);
}

static void add_header(rd_kafka_headers_t *h, const char *name,
                       const char *value)
{
    rd_kafka_header_add(h, name, -1, value, value ? -1 : 0);
}

static void put_one(rd_kafka_t *rk, const char *topic, int partition,
                    unsigned id, ce_slice body)
{
    rd_kafka_resp_err_t code;
    rd_kafka_headers_t *h = rd_kafka_headers_new(5);
    char text[16];

    snprintf(text, sizeof text, "%u", id);
    add_header(h, "ce_specversion", "1.0");
    add_header(h, "ce_id", text);
    add_header(h, "ce_source", "/fill");
    add_header(h, "ce_type", "com.example.fill");
    add_header(h, "content-type", "application/octet-stream");
    do {
        code = rd_kafka_producev(
            rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)body.ptr, body.len),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(h),
            RD_KAFKA_V_END);
        rd_kafka_poll(rk, code ? 50 : 0);
    } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    REQUIRE_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR);
}

void kafka_fill(const char *broker, const char *topic, int partition,
                unsigned first, unsigned count, size_t len)
{
    rd_kafka_t *rk = new_client(RD_KAFKA_PRODUCER, broker, NULL);
    char *body = malloc(len + 1);

    REQUIRE(body != NULL);
    memset(body, 'x', len);
    for (unsigned i = 0; i < count; i++)
        put_one(rk, topic, partition, first + i, (ce_slice){ body, len });
    close_producer(rk);
    free(body);
}

void kafka_put(const char *broker, const char *topic, ce_slice key,
               ce_slice body, const char *const *names_and_values)
{
    rd_kafka_t *rk = new_client(RD_KAFKA_PRODUCER, broker, NULL);
    rd_kafka_headers_t *h = rd_kafka_headers_new(8);

    for (; *names_and_values; names_and_values += 2)
        add_header(h, names_and_values[0], names_and_values[1]);
    REQUIRE_EQ(rd_kafka_producev(
                   rk, RD_KAFKA_V_TOPIC(topic),
                   RD_KAFKA_V_KEY((void *)(uintptr_t)key.ptr, key.len),
                   RD_KAFKA_V_VALUE((void *)(uintptr_t)body.ptr, body.len),
                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                   RD_KAFKA_V_HEADERS(h), RD_KAFKA_V_END),
               RD_KAFKA_RESP_ERR_NO_ERROR);
    close_producer(rk);
}

void kafka_commit(const char *broker, const char *group, const char *topic,
                  int partition, int64_t offset, const char *metadata)
{
    rd_kafka_t *rk = new_client(RD_KAFKA_CONSUMER, broker, group);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *p =
        rd_kafka_topic_partition_list_add(list, topic, partition);

    p->offset = offset;
    p->metadata_size = strlen(metadata);
    p->metadata = rd_kafka_mem_malloc(rk, p->metadata_size + 1);
    memcpy(p->metadata, metadata, p->metadata_size);
    REQUIRE_EQ(rd_kafka_commit(rk, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

int64_t kafka_committed(const char *broker, const char *group,
                        const char *topic, int partition)
{
    rd_kafka_t *rk = new_client(RD_KAFKA_CONSUMER, broker, group);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);
    int64_t offset = -1;

    rd_kafka_topic_partition_list_add(list, topic, partition);
    if (!rd_kafka_committed(rk, list, KAFKA_RIG_WAIT_MS))
        offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
    return offset;
}

typedef struct commit {
    const char *broker, *group, *topic;
    int64_t offset;
} commit;

static bool is_committed(void *arg)
{
    const commit *c = arg;

    return kafka_committed(c->broker, c->group, c->topic, 0) == c->offset;
}

bool kafka_wait_for_commit(ce_loop *loop, const char *broker, const char *group,
                           const char *topic, int64_t offset)
{
    return kafka_until(loop, is_committed,
                       &(commit){ broker, group, topic, offset });
}
