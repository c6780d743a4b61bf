/* SPDX-License-Identifier: Apache-2.0 */
/* A reply is confirmed before its request is done: after a crash in between
 * the next owner of the partition replies once more. The requester has been
 * told the outcome, so that it is the one to repeat what was not delivered. */
#include "bindings/kafka/reply_writer.h"

#include <stdio.h>

#include <cloudevents/log.h>

#include "core/transport/outcome.h"
#include "bindings/kafka/codec.h"
#include "bindings/kafka/requests.h"

enum {
    /* As long as a requester waits by default; later nobody needs the reply. */
    TIMEOUT_MS = 30000,
    /* Kafka's own limit: with a partition's number it must be a file's name. */
    TOPIC_MAX = 249
};

/* --- addresses --- */

static bool is_topic(ce_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return name.len > 0 && name.len <= TOPIC_MAX &&
           !ce_slice_eq(name, CE_SLICE(".")) &&
           !ce_slice_eq(name, CE_SLICE(".."));
}

bool ce_kafka_is_request(const rd_kafka_message_t *m)
{
    return is_topic(ce_kafka_header(m, CE_KAFKA_REPLY_TOPIC));
}

static int32_t partition_of(const rd_kafka_message_t *m)
{
    ce_slice bytes = ce_kafka_header(m, CE_KAFKA_REPLY_PARTITION);
    uint32_t partition = 0;

    if (bytes.len != 4)
        return RD_KAFKA_PARTITION_UA;
    for (size_t i = 0; i < 4; i++)
        partition = partition << 8 | (unsigned char)bytes.ptr[i];
    return partition <= INT32_MAX ? (int32_t)partition : RD_KAFKA_PARTITION_UA;
}

/* --- replies --- */

static ce_status add(rd_kafka_headers_t **to, ce_slice name, ce_slice value)
{
    if (!*to)
        *to = rd_kafka_headers_new(8);
    if (rd_kafka_header_add(*to, name.ptr, (ssize_t)name.len, value.ptr,
                            (ssize_t)value.len))
        return CE_ENOMEM;
    return CE_OK;
}

static ce_status write_outcome(const ce_result *r, ce_arena *arena,
                               rd_kafka_headers_t **out)
{
    ce_attrs fields = { NULL, 0, 0 };
    ce_status status = ce_outcome_write(r, arena, &fields);

    if (status != CE_OK)
        return status;
    for (unsigned i = 0; i < fields.len; i++)
        if (add(out, fields.at[i].name, fields.at[i].text) != CE_OK)
            return CE_ENOMEM;
    return CE_OK;
}

static bool has_event(const ce_result *r)
{
    return r->reply && r->reply->mode != CE_MODE_NONE;
}

static ce_status write_content(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                               const ce_result *r, ce_kafka_record *out)
{
    ce_status status = CE_OK;

    if (has_event(r)) {
        out->body = r->reply->body;
        out->key = r->reply->key;
        status = ce_kafka_encode(r->reply, &w->scratch, &out->headers);
    }
    /* A reply says nothing else when all is well. */
    if (status == CE_OK && (!has_event(r) || r->verdict != CE_ACK))
        status = write_outcome(r, in->d.arena, &out->headers);
    return status;
}

static ce_status write_correlation(const ce_kafka_incoming *in,
                                   ce_kafka_record *out)
{
    ce_slice text = ce_kafka_header(in->record, CE_KAFKA_CORRELATION);

    if (!text.ptr)
        return CE_OK;
    return add(&out->headers, CE_SLICE(CE_KAFKA_CORRELATION), text);
}

/* On failure too, the headers of OUT are the caller's. */
static ce_status write_reply(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                             const ce_result *r, ce_kafka_record *out)
{
    ce_slice topic;
    ce_status status = ce_arena_copy(
        in->d.arena, ce_kafka_header(in->record, CE_KAFKA_REPLY_TOPIC), &topic);

    if (status != CE_OK)
        return status;
    *out = (ce_kafka_record){ .topic = topic.ptr,
                              .partition = partition_of(in->record),
                              .record = in };
    status = write_content(w, in, r, out);
    if (status != CE_OK)
        return status;
    return write_correlation(in, out);
}

/* Whether it is no use to try the same again. */
static bool is_hopeless(rd_kafka_resp_err_t code)
{
    return ce_kafka_is_refusal(code) || ce_kafka_is_of_topic(code) ||
           ce_kafka_is_forbidden(code);
}

static bool may_warn(ce_kafka_reply_writer *w)
{
    return ce_kafka_may_warn(&w->warnings, w->producer.loop, w->health.label,
                             "replies were not sent");
}

static void finish(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                   rd_kafka_resp_err_t code)
{
    char why[CE_KAFKA_REASON_SIZE];

    ce_kafka_explain(why, code, NULL);
    if (code && may_warn(w))
        ce_log_of(CE_WARN, w->health.label, "topic \"%.*s\": %s",
                  CE_ARG(ce_kafka_header(in->record, CE_KAFKA_REPLY_TOPIC)),
                  why);
    if (!code || is_hopeless(code))
        w->ops->replied(w->arg, in);
    else
        w->ops->not_replied(w->arg, in);
}

static rd_kafka_resp_err_t send_reply(ce_kafka_reply_writer *w,
                                      ce_kafka_incoming *in, const ce_result *r)
{
    ce_kafka_record reply = { .headers = NULL };
    rd_kafka_resp_err_t code;

    if (!w->producer.rk || w->producer.is_fatal)
        return RD_KAFKA_RESP_ERR__FATAL;
    code = write_reply(w, in, r, &reply) == CE_OK
               ? ce_kafka_produce(&w->producer, &reply)
               : RD_KAFKA_RESP_ERR__FAIL;
    if (code && reply.headers)
        rd_kafka_headers_destroy(reply.headers);
    return code;
}

static void conclude(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                     rd_kafka_resp_err_t code)
{
    ce_result r;

    /* An event that the broker does not take: the requester hears why. */
    if (in->has_event && ce_kafka_is_refusal(code)) {
        in->has_event = false;
        r = ce_result_make(CE_NACK, "the reply was refused: %s",
                           w->producer.refusal);
        code = send_reply(w, in, &r);
        if (!code)
            return;
    }
    finish(w, in, code);
}

/* A header that is there names a topic that cannot be. */
static void warn_of_topic(ce_kafka_reply_writer *w, const rd_kafka_message_t *m)
{
    ce_slice name = ce_kafka_header(m, CE_KAFKA_REPLY_TOPIC);

    if (name.ptr && may_warn(w))
        ce_log_of(CE_WARN, w->health.label,
                  "header \"%s\" of offset %lld: \"%.*s\" is no topic",
                  CE_KAFKA_REPLY_TOPIC, (long long)m->offset,
                  name.len > TOPIC_MAX ? TOPIC_MAX : (int)name.len, name.ptr);
}

bool ce_kafka_reply(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                    const ce_result *result)
{
    rd_kafka_resp_err_t code;

    if (!ce_kafka_is_request(in->record)) {
        warn_of_topic(w, in->record);
        return false;
    }
    in->has_event = has_event(result);
    code = send_reply(w, in, result);
    if (code)
        conclude(w, in, code);
    return true;
}

static void reported(void *arg, void *record, rd_kafka_resp_err_t code,
                     rd_kafka_headers_t *headers)
{
    if (headers)
        rd_kafka_headers_destroy(headers);
    conclude(arg, record, code);
}

static void served(void *arg)
{
    (void)arg;
}

static const ce_kafka_producer_ops producer_ops = {
    .reported = reported,
    .served = served,
};

void ce_kafka_reply_writer_hurry(ce_kafka_reply_writer *w)
{
    if (w->producer.out > 0 && !w->health.up)
        ce_kafka_producer_purge(&w->producer);
}

/* --- life --- */

ce_status ce_kafka_reply_writer_open(ce_kafka_reply_writer *w,
                                     const ce_endpoint *at,
                                     const ce_kafka_reply_writer_ops *ops,
                                     void *arg, ce_error *err)
{
    ce_kafka_producer_config c = {
        /* A result's reply does not outlive the call that brings it. */
        .copies = true,
        .timeout_ms = TIMEOUT_MS,
        .health = &w->health,
        .ops = &producer_ops,
        .arg = w,
    };
    char label[sizeof w->health.label];

    snprintf(label, sizeof label, "%.180s, replies",
             ce_settings_label(at->settings));
    ce_health_init(&w->health, at->loop, label);
    w->ops = ops;
    w->arg = arg;
    return ce_kafka_producer_open(&w->producer, at, &c, err);
}

ce_status ce_kafka_reply_writer_start(ce_kafka_reply_writer *w, ce_error *err)
{
    return ce_kafka_producer_start(&w->producer, err);
}

void ce_kafka_reply_writer_close(ce_kafka_reply_writer *w)
{
    ce_kafka_producer_close(&w->producer);
    ce_buf_free(&w->scratch);
}
