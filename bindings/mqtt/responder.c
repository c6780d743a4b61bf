/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on their way in. */
#include "responder.h"

#include <stdatomic.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "../../core/stages/inbox.h"

enum { BOX_BYTES = 16 << 20, RETRY_AFTER_MS = 1000 };

struct ce_mqtt_responder {
    ce_mqtt_responder_config config;
    ce_mqtt_mailbox *box;
    ce_mqtt_replies *replies;
    atomic_uint dropped; /* since it was said last */
};

/* --- paho's thread --- */

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

    if (!is_request(&reply_to)) {
        if (!r->config.takes_all)
            return false;
        reply_to.topic = (ce_slice){ NULL, 0 };
    }
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    if (count >= r->config.replies.max_in_flight || bytes >= BOX_BYTES ||
        ce_mqtt_mailbox_put(r->box, m, o, defect, &reply_to) != CE_OK) {
        atomic_fetch_add(&r->dropped, 1);
        ce_loop_post(r->config.replies.loop, r->config.turn);
    }
    return true;
}

/* --- the loop --- */

static void on_plain_settled(ce_hook *h, ce_delivery *d,
                             const ce_result *result)
{
    const ce_mqtt_responder *r = h->self;

    if (result->verdict != CE_ACK)
        ce_log(CE_WARN, "%s: a message of topic \"%.*s\" is lost: %s",
               r->config.replies.health->label, CE_ARG(d->origin.topic),
               result->reason[0] ? result->reason : "no reason given");
    ce_pool_give(d);
}

static ce_mqtt_incoming *open_letter(ce_mqtt_responder *r,
                                     const ce_mqtt_letter *l)
{
    ce_mqtt_incoming *in = (ce_mqtt_incoming *)ce_pool_take(r->config.pool);
    ce_slice record;
    ce_status status;

    if (!in)
        return NULL;
    status = ce_arena_copy(in->d.arena, l->record, &record);
    if (status == CE_OK)
        status = ce_record_read(record, &in->d);
    if (status == CE_OK && l->reply_to.topic.ptr)
        status = ce_mqtt_replies_expect(r->replies, in, &l->reply_to);
    else if (status == CE_OK)
        ce_delivery_hook(&in->d, on_plain_settled, r, 0);
    if (status != CE_OK) {
        ce_pool_give(&in->d);
        return NULL;
    }
    in->d.interactive = l->reply_to.topic.ptr != NULL;
    ce_pool_charge(r->config.pool, &in->d, record.len);
    return in;
}

static void serve(ce_mqtt_responder *r, ce_delivery *d, ce_stage *into)
{
    if (!into)
        ce_settle_undelivered(d, 0, RETRY_AFTER_MS, "shutting down");
    else if (ce_pool_out(r->config.pool) > r->config.replies.max_in_flight)
        ce_settle_undelivered(d, 0, RETRY_AFTER_MS,
                              "too many requests are in flight");
    else
        ce_push(into, d);
}

bool ce_mqtt_responder_serve(ce_mqtt_responder *r, ce_stage *into)
{
    unsigned dropped = atomic_exchange(&r->dropped, 0);
    const ce_mqtt_letter *l;

    if (dropped)
        ce_log(CE_ERROR, "%s: %u messages are lost: too many wait",
               r->config.replies.health->label, dropped);
    while ((l = ce_mqtt_mailbox_first(r->box))) {
        ce_mqtt_incoming *in = open_letter(r, l);

        if (!in)
            return false;
        ce_mqtt_mailbox_drop(r->box);
        serve(r, &in->d, into);
    }
    return true;
}

void ce_mqtt_responder_connected(ce_mqtt_responder *r, const ce_mqtt_welcome *w)
{
    ce_mqtt_replies_connected(r->replies, w);
}

void ce_mqtt_responder_lost(ce_mqtt_responder *r, const char *reason)
{
    ce_mqtt_replies_lost(r->replies, reason);
}

void ce_mqtt_responder_stop(ce_mqtt_responder *r)
{
    ce_mqtt_replies_stop(r->replies);
}

/* --- life --- */

void ce_mqtt_responder_close(ce_mqtt_responder *r)
{
    if (!r)
        return;
    ce_mqtt_replies_close(r->replies);
    ce_mqtt_mailbox_close(r->box);
    ce_free(r);
}

ce_status ce_mqtt_responder_new(ce_mqtt_responder **out,
                                const ce_mqtt_responder_config *c)
{
    ce_mqtt_responder *r = ce_alloc_zeroed(sizeof *r);

    if (!r)
        return CE_ENOMEM;
    r->config = *c;
    if (ce_mqtt_mailbox_open(&r->box, c->replies.loop, c->turn) != CE_OK ||
        ce_mqtt_replies_open(&r->replies, &c->replies) != CE_OK) {
        ce_mqtt_responder_close(r);
        return CE_ENOMEM;
    }
    *out = r;
    return CE_OK;
}
