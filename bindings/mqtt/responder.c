/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on their way in. */
#include "bindings/mqtt/responder.h"

#include <stdatomic.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/mqtt/mailbox.h"
#include "core/pipeline/action.h"

enum {
    BOX_BYTES = 16 << 20, /* memory for what the loop has not seen yet */
    AGAIN_MS = 1000
};

struct ce_mqtt_responder {
    ce_mqtt_responder_config config;
    ce_mqtt_mailbox *box;
    ce_mqtt_reply_writer *replies;
    ce_stage *into; /* NULL: stopped */
    ce_queue again; /* deliveries that were not delivered, in order */
    ce_timer timer;
    atomic_uint dropped; /* since it was said last */
};

/* --- paho's thread --- */

/* MQTT 5 3.3.2.3.5: a Response Topic has no wildcards. */
static bool is_request(const ce_mqtt_reply_to *r)
{
    return r->topic.len > 0 && ce_string_is_valid(r->topic) &&
           !memchr(r->topic.ptr, '+', r->topic.len) &&
           !memchr(r->topic.ptr, '#', r->topic.len);
}

bool ce_mqtt_responder_take(ce_mqtt_responder *r, const MQTTAsync_message *in,
                            const ce_message *m, const ce_origin *o,
                            const char *defect)
{
    ce_mqtt_reply_to reply_to = ce_mqtt_reply_to_of(in);
    size_t count, bytes;

    /* What is no request goes to the inbox. Without one it comes here too,
     * so that it is tried again until it is delivered. */
    if (!is_request(&reply_to)) {
        if (r->config.at->inbox)
            return false;
        reply_to.topic = (ce_slice){ NULL, 0 };
    }
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    if (count >= r->config.max_in_flight || bytes >= BOX_BYTES ||
        ce_mqtt_mailbox_put(r->box, m, o, defect, &reply_to) != CE_OK) {
        /* Paho acknowledges it all the same: it is lost. The loop says so. */
        atomic_fetch_add(&r->dropped, 1);
        ce_loop_post(r->config.at->loop, r->config.turn);
    }
    return true;
}

/* --- the loop --- */

static void lose(const ce_mqtt_responder *r, ce_delivery *d, const char *why)
{
    ce_log_with(CE_WARN,
                &(ce_log_fields){ .endpoint = r->config.label,
                                  .event = ce_delivery_id(d),
                                  .error = why },
                "a message of topic \"%.*s\" is lost: %s",
                CE_ARG(d->origin.topic), *why ? why : "no reason given");
    ce_pool_give(d);
}

static void keep_for_later(ce_mqtt_responder *r, ce_delivery *d)
{
    ce_queue_add(&r->again, &d->link);
    if (!r->timer.loop)
        ce_timer_start(r->config.at->loop, &r->timer, AGAIN_MS);
}

/* It has no reply, and the broker does not send it again: it has its PUBACK. */
static void on_plain_settled(ce_hook *h, ce_delivery *d,
                             const ce_result *result)
{
    ce_mqtt_responder *r = h->self;

    if (result->verdict == CE_ACK)
        ce_pool_give(d);
    else if (ce_action_of(result, r->into) == CE_REPEAT)
        keep_for_later(r, d);
    else
        lose(r, d, result->reason);
}

static void push_again(ce_mqtt_responder *r, ce_delivery *d)
{
    ce_mqtt_incoming *in = (ce_mqtt_incoming *)d;

    ce_arena_rewind(d->arena, in->mark);
    d->event = NULL;
    if (ce_record_read(in->record, d) != CE_OK) {
        keep_for_later(r, d);
        return;
    }
    ce_delivery_hook(d, on_plain_settled, r, 0);
    ce_push(r->into, d);
}

static void on_timer(ce_timer *t)
{
    ce_mqtt_responder *r = CE_OWNER(t, ce_mqtt_responder, timer);
    ce_queue all = ce_queue_take_all(&r->again);
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(&all, ce_delivery, link)))
        push_again(r, d);
}

void ce_mqtt_responder_into(ce_mqtt_responder *r, ce_stage *into)
{
    ce_delivery *d;

    r->into = into;
    if (into) {
        ce_mqtt_reply_writer_start(r->replies);
        return;
    }
    ce_timer_stop(&r->timer);
    while ((d = CE_QUEUE_TAKE(&r->again, ce_delivery, link)))
        lose(r, d, "stopped");
    ce_mqtt_reply_writer_stop(r->replies);
}

/* Its message, and the hook that its result goes to. */
static ce_status fill(ce_mqtt_responder *r, ce_mqtt_incoming *in,
                      const ce_mqtt_letter *l)
{
    ce_status status = ce_arena_copy(in->d.arena, l->record, &in->record);

    if (status != CE_OK)
        return status;
    in->mark = ce_arena_marked(in->d.arena);
    status = ce_record_read(in->record, &in->d);
    if (status != CE_OK)
        return status;
    if (l->reply_to.topic.ptr)
        return ce_mqtt_reply_writer_expect(r->replies, in, &l->reply_to);
    ce_delivery_hook(&in->d, on_plain_settled, r, 0);
    return CE_OK;
}

static ce_mqtt_incoming *open_letter(ce_mqtt_responder *r,
                                     const ce_mqtt_letter *l)
{
    ce_mqtt_incoming *in = (ce_mqtt_incoming *)ce_pool_take(r->config.pool);

    if (!in)
        return NULL;
    if (fill(r, in, l) != CE_OK) {
        ce_pool_give(&in->d);
        return NULL;
    }
    in->d.interactive = l->reply_to.topic.ptr != NULL;
    ce_pool_charge(r->config.pool, &in->d, in->record.len);
    return in;
}

static void serve(ce_mqtt_responder *r, ce_delivery *d)
{
    if (!r->into)
        ce_settle_undelivered(d, 0, AGAIN_MS, "shutting down");
    else if (ce_pool_out(r->config.pool) > r->config.max_in_flight)
        ce_settle_undelivered(d, 0, AGAIN_MS,
                              "too many requests are in flight");
    else
        ce_push(r->into, d);
}

bool ce_mqtt_responder_serve(ce_mqtt_responder *r)
{
    unsigned dropped = atomic_exchange(&r->dropped, 0);
    const ce_mqtt_letter *l;

    if (dropped)
        ce_log_of(CE_ERROR, r->config.label,
                  "%u messages are lost: too many wait", dropped);
    while ((l = ce_mqtt_mailbox_first(r->box))) {
        ce_mqtt_incoming *in = open_letter(r, l);

        if (!in)
            return false;
        ce_mqtt_mailbox_drop(r->box);
        serve(r, &in->d);
    }
    return true;
}

/* --- life --- */

void ce_mqtt_responder_close(ce_mqtt_responder *r)
{
    if (!r)
        return;
    ce_timer_stop(&r->timer);
    ce_mqtt_reply_writer_close(r->replies);
    ce_mqtt_mailbox_close(r->box);
    ce_free(r);
}

ce_status ce_mqtt_responder_new(ce_mqtt_responder **out,
                                const ce_mqtt_responder_config *c,
                                ce_error *err)
{
    ce_mqtt_responder *r = ce_alloc_zeroed(sizeof *r);
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->config = *c;
    r->timer.fire = on_timer;
    status = ce_mqtt_reply_writer_open(&r->replies, c->at, err);
    if (status == CE_OK &&
        ce_mqtt_mailbox_open(&r->box, c->at->loop, c->turn) != CE_OK)
        status = ce_no_memory(err);
    if (status != CE_OK) {
        ce_mqtt_responder_close(r);
        return status;
    }
    *out = r;
    return CE_OK;
}
