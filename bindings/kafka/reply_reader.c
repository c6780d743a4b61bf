/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer of one partition.
 *
 * The end of the partition is asked for before the first request is sent, and
 * reading begins at that very offset: no reply can come before it, and none is
 * missed however late the fetching begins. */
#include "bindings/kafka/reply_reader.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/kafka/conf.h"
#include "bindings/kafka/errors.h"

enum {
    /* Records per turn of the loop, so that others have their turns too. */
    PER_TURN = 256,
    /* Between questions for the place: twice as long each time. */
    FIRST_PAUSE_MS = 100,
    LAST_PAUSE_MS = 2000,
    /* A topic that is being made answers badly at first: no news. */
    QUIET_TRIES = 5
};

/* --- the place --- */

static rd_kafka_resp_err_t count_partitions(rd_kafka_t *rk,
                                            rd_kafka_topic_t *topic, int *out)
{
    const struct rd_kafka_metadata *answer;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(rk, 0, topic, &answer, CE_KAFKA_ASK_MS);

    if (code)
        return code;
    if (answer->topic_cnt != 1)
        code = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    else if (answer->topics[0].err)
        code = answer->topics[0].err;
    else if (!(*out = answer->topics[0].partition_cnt))
        code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    rd_kafka_metadata_destroy(answer);
    return code;
}

/* On a worker thread; nothing else touches what it writes until it is done. */
static rd_kafka_resp_err_t find_place(rd_kafka_t *rk, rd_kafka_topic_t *topic,
                                      void *arg)
{
    ce_kafka_reply_reader *r = arg;
    int count = 0;
    int64_t begin;
    rd_kafka_resp_err_t code = count_partitions(rk, topic, &count);

    if (code)
        return code;
    if (r->wanted >= count)
        return RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    r->partition =
        r->wanted >= 0 ? r->wanted : (int32_t)(r->chance % (uint32_t)count);
    return rd_kafka_query_watermark_offsets(rk, r->topic_name, r->partition,
                                            &begin, &r->end, CE_KAFKA_ASK_MS);
}

static void read_from_end(ce_kafka_reply_reader *r)
{
    if (rd_kafka_consume_start_queue(r->topic, r->partition, r->end,
                                     r->queue)) {
        ce_health_down(r->health, "topic \"%.100s\" partition %d: %s",
                       r->topic_name, (int)r->partition,
                       rd_kafka_err2str(rd_kafka_last_error()));
        r->ops->failed(r->arg);
        ce_timer_start(r->loop, &r->tick, LAST_PAUSE_MS);
        return;
    }
    r->is_ready = true;
    r->ops->ready(r->arg);
}

static void note_down(ce_kafka_reply_reader *r, rd_kafka_resp_err_t code)
{
    char why[CE_KAFKA_REASON_SIZE];

    ce_kafka_explain(why, code, NULL);
    if (ce_kafka_is_of_topic(code) || ce_kafka_is_forbidden(code))
        ce_health_down(r->health, "topic \"%.80s\" for replies: %s",
                       r->topic_name, why);
    else
        ce_health_down(r->health, "%s", r->why[0] ? r->why : why);
    r->ops->failed(r->arg);
}

static void on_found(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_reply_reader *r = arg;

    r->probe = NULL;
    if (!code) {
        read_from_end(r);
        return;
    }
    if (!ce_kafka_is_of_topic(code) || ++r->tries > QUIET_TRIES)
        note_down(r, code);
    ce_timer_start(r->loop, &r->tick, r->pause_ms);
    r->pause_ms *= 2;
    if (r->pause_ms > LAST_PAUSE_MS)
        r->pause_ms = LAST_PAUSE_MS;
}

static void on_tick(ce_timer *t)
{
    ce_kafka_reply_reader *r = CE_OWNER(t, ce_kafka_reply_reader, tick);

    r->probe =
        ce_kafka_probe_with(r->loop, r->rk, r->topic, find_place, on_found, r);
    if (!r->probe)
        ce_timer_start(r->loop, t, LAST_PAUSE_MS);
}

/* --- records --- */

/* Once the place is known the producer says whether the broker is there. */
static void on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    ce_kafka_reply_reader *r = opaque;

    (void)rk;
    ce_kafka_note_cause(r->why, (rd_kafka_resp_err_t)code, text);
    if (!r->is_ready && ce_kafka_is_down((rd_kafka_resp_err_t)code)) {
        ce_health_down(r->health, "%s", r->why[0] ? r->why : text);
        r->ops->failed(r->arg);
    }
}

static void take(ce_kafka_reply_reader *r, rd_kafka_message_t *m)
{
    if (!m->err) {
        r->ops->came(r->arg, m);
        return;
    }
    ce_log_of(CE_WARN, r->health->label, "topic \"%.100s\" for replies: %s",
              r->topic_name, rd_kafka_message_errstr(m));
    rd_kafka_message_destroy(m);
}

static void serve(ce_kafka_reply_reader *r)
{
    for (unsigned n = 0; n < PER_TURN; n++) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(r->queue, 0);

        if (!m)
            return;
        take(r, m);
    }
    ce_loop_post(r->loop, &r->more);
}

static void on_more(ce_task *t)
{
    serve(CE_OWNER(t, ce_kafka_reply_reader, more));
}

static void on_wake(void *arg)
{
    serve(arg);
}

/* --- life --- */

static ce_status open_client(ce_kafka_reply_reader *r, ce_error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(r->conf);
    ce_status status;
    rd_kafka_queue_t *errors;

    rd_kafka_conf_set_opaque(conf, r);
    rd_kafka_conf_set_error_cb(conf, on_error);
    status = ce_kafka_client_new(&r->rk, RD_KAFKA_CONSUMER, conf,
                                 r->health->label, err);
    if (status != CE_OK)
        return status;
    r->topic = rd_kafka_topic_new(r->rk, r->topic_name, NULL);
    if (!r->topic)
        return ce_fail(err, CE_EINVAL, "%s: topic \"%.100s\" is refused",
                       r->health->label, r->topic_name);
    /* Errors wake the same queue as records. */
    r->queue = rd_kafka_queue_new(r->rk);
    errors = rd_kafka_queue_get_main(r->rk);
    rd_kafka_queue_forward(errors, r->queue);
    rd_kafka_queue_destroy(errors);
    ce_kafka_wake_watch(r->wake, r->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(r->loop, &r->more);
    return CE_OK;
}

ce_status ce_kafka_reply_reader_start(ce_kafka_reply_reader *r, ce_error *err)
{
    ce_status status = ce_kafka_wake_open(&r->wake, r->loop, on_wake, r);

    if (status != CE_OK)
        return ce_fail(err, status, "%s: no eventfd", r->health->label);
    status = open_client(r, err);
    if (status != CE_OK)
        return status;
    ce_timer_start(r->loop, &r->tick, 0);
    return CE_OK;
}

static ce_status name_topic(ce_kafka_reply_reader *r, const ce_settings *s,
                            ce_error *err)
{
    const char *topic = ce_settings_text(s, "reply_topic");
    ce_buf name = { NULL, 0, 0 };

    if (topic)
        r->topic_name = ce_strndup(topic, strlen(topic));
    else if (ce_buf_printf(&name, "%s-replies", ce_settings_path(s)) == CE_OK)
        r->topic_name = ce_strndup(name.ptr, name.len);
    ce_buf_free(&name);
    return r->topic_name ? CE_OK : ce_no_memory(err);
}

static int32_t wanted_partition(const ce_settings *s)
{
    if (!ce_settings_text(s, "reply_partition"))
        return -1;
    return (int32_t)ce_settings_integer(s, "reply_partition");
}

ce_status ce_kafka_reply_reader_open(ce_kafka_reply_reader *r,
                                     const ce_endpoint *at, ce_error *err)
{
    static const ce_kafka_setting own[] = {
        { "enable.auto.commit", "false" },
        { "allow.auto.create.topics", "true" },
        /* A topic that was made anew is read from its beginning. */
        { "auto.offset.reset", "earliest" },
        { "check.crcs", "true" },
        /* Memory: replies are small and are taken at once. */
        { "queued.max.messages.kbytes", "16384" },
        { NULL, NULL },
    };
    ce_status status;

    r->loop = at->loop;
    r->tick.fire = on_tick;
    r->more.run = on_more;
    r->pause_ms = FIRST_PAUSE_MS;
    r->wanted = wanted_partition(at->settings);
    if (getrandom(&r->chance, sizeof r->chance, 0) != sizeof r->chance)
        return ce_fail(err, CE_EIO, "no random numbers");
    status = name_topic(r, at->settings, err);
    if (status != CE_OK)
        return status;
    status = ce_kafka_conf(&r->conf, at, own, err);
    if (status != CE_OK)
        return status;
    return ce_kafka_client_try(at, RD_KAFKA_CONSUMER, r->conf, r->health->label,
                               err);
}

static void close_client(ce_kafka_reply_reader *r)
{
    if (!r->rk)
        return;
    ce_kafka_probe_drop(r->probe);
    if (r->queue)
        ce_kafka_wake_unwatch(r->queue);
    if (r->is_ready)
        rd_kafka_consume_stop(r->topic, r->partition);
    if (r->queue)
        rd_kafka_queue_destroy(r->queue);
    if (r->topic)
        rd_kafka_topic_destroy(r->topic);
    rd_kafka_destroy(r->rk);
}

void ce_kafka_reply_reader_close(ce_kafka_reply_reader *r)
{
    ce_timer_stop(&r->tick);
    close_client(r);
    if (r->loop)
        ce_loop_unpost(r->loop, &r->more);
    ce_kafka_wake_close(r->wake);
    if (r->conf)
        rd_kafka_conf_destroy(r->conf);
    ce_free(r->topic_name);
}
