/* SPDX-License-Identifier: Apache-2.0 */
/* A request that is settled becomes its own reply: the delivery gets the
 * reply's message, or fields that say the outcome, and is published. It goes
 * back to its pool when the broker has it, so the pool bounds the replies. */
#include "bindings/mqtt/reply_writer.h"

#include <stdio.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/mqtt/publisher.h"
#include "core/inbox/store.h"
#include "core/transport/outcome.h"

enum {
    AGAIN_MS = 1000, /* for a broker that did not take it */
    LAST_MS = 3000   /* for the last PUBACKs after the stop */
};

struct ce_mqtt_reply_writer {
    ce_loop *loop;
    ce_mqtt_client *client;
    ce_health health;
    ce_mqtt_dialect dialect;
    ce_mqtt_publisher *publisher;
    ce_queue waiting; /* deliveries, for a connection */
    bool stopped;
    ce_timer timer; /* tries again, or gives up once stopped */
};

/* --- what a result becomes --- */

static ce_status write_reply(void *self, ce_delivery *d, ce_mqtt_publish *out,
                             ce_error *err)
{
    const ce_mqtt_reply_writer *r = self;
    const ce_mqtt_incoming *in = (const ce_mqtt_incoming *)d;
    /* A reply has the Correlation Data, and no Response Topic (MQTT 5
     * 4.10). */
    ce_mqtt_reply_to back = { { NULL, 0 }, in->reply_to.correlation };
    ce_status status;

    if (in->is_event)
        status = ce_mqtt_encode(&d->message, &r->dialect, d->arena, out, err);
    else
        status = ce_mqtt_encode_fields(&d->message.attrs, d->arena, out, err);
    if (status != CE_OK)
        return status;
    out->topic = in->topic;
    ce_mqtt_add_reply_to(out, &back);
    return CE_OK;
}

static ce_status copy_through(ce_buf *bytes, ce_delivery *d,
                              const ce_message *reply)
{
    const ce_origin nowhere = { .partition = -1, .offset = -1 };
    ce_slice record;
    ce_status status = ce_record_write(reply, &nowhere, NULL, bytes);

    if (status != CE_OK)
        return status;
    status = ce_arena_copy(d->arena, ce_buf_slice(bytes), &record);
    if (status != CE_OK)
        return status;
    return ce_record_read(record, d);
}

/* The reply lives no longer than the settlement, so D gets a copy. A record is
 * the form in which a message is copied whole. */
static ce_status copy_reply(ce_delivery *d, const ce_message *reply)
{
    ce_buf bytes = { NULL, 0, 0 };
    ce_status status = copy_through(&bytes, d, reply);

    ce_buf_free(&bytes);
    return status;
}

static ce_status copy_outcome(ce_delivery *d, const ce_result *result)
{
    ce_result *kept = ce_arena_alloc(d->arena, sizeof *kept);

    if (!kept)
        return CE_ENOMEM;
    *kept = *result;
    d->message = (ce_message){ .mode = CE_MODE_NONE };
    return ce_outcome_write(kept, d->arena, &d->message.attrs);
}

static ce_status compose(ce_mqtt_incoming *in, const ce_result *result)
{
    in->is_event = result->reply != NULL;
    if (in->is_event)
        return copy_reply(&in->d, result->reply);
    return copy_outcome(&in->d, result);
}

/* --- publishing --- */

static void give_up(ce_mqtt_reply_writer *r, ce_delivery *d, const char *why)
{
    ce_log_of(CE_WARN, r->health.label,
              "a reply to topic \"%s\" is not sent: %s",
              ((ce_mqtt_incoming *)d)->topic, why);
    ce_pool_give(d);
}

static void on_sent(ce_hook *h, ce_delivery *d, const ce_result *result);

static void send(ce_mqtt_reply_writer *r, ce_delivery *d)
{
    ce_delivery_hook(d, on_sent, r, 0);
    if (r->stopped)
        ce_timer_start(r->loop, &r->timer, LAST_MS);
    ce_push(ce_mqtt_publisher_stage(r->publisher), d);
}

static void wait_for_connection(ce_mqtt_reply_writer *r, ce_delivery *d)
{
    ce_queue_add(&r->waiting, &d->link);
    ce_timer_start(r->loop, &r->timer, AGAIN_MS);
}

/* The asker hears at least that there was a reply. */
static void say_refused(ce_mqtt_reply_writer *r, ce_delivery *d,
                        const ce_result *result)
{
    ce_result refused =
        ce_result_make(CE_NACK, "the reply cannot be sent: %s", result->reason);

    if (compose((ce_mqtt_incoming *)d, &refused) == CE_OK)
        send(r, d);
    else
        give_up(r, d, "out of memory");
}

static void on_sent(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    ce_mqtt_reply_writer *r = h->self;
    const ce_mqtt_incoming *in = (ce_mqtt_incoming *)d;

    if (result->verdict == CE_ACK)
        ce_pool_give(d);
    else if (result->verdict == CE_UNDELIVERED && !r->stopped)
        wait_for_connection(r, d);
    else if (result->verdict == CE_NACK && in->is_event)
        say_refused(r, d, result);
    else
        give_up(r, d, result->reason);
}

static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    ce_mqtt_reply_writer *r = h->self;

    if (compose((ce_mqtt_incoming *)d, result) == CE_OK)
        send(r, d);
    else
        give_up(r, d, "out of memory");
}

ce_status ce_mqtt_reply_writer_expect(ce_mqtt_reply_writer *r,
                                      ce_mqtt_incoming *in,
                                      const ce_mqtt_reply_to *reply_to)
{
    ce_arena *arena = in->d.arena;

    if (ce_arena_copy(arena, reply_to->topic, &in->reply_to.topic) != CE_OK ||
        ce_arena_copy(arena, reply_to->correlation,
                      &in->reply_to.correlation) != CE_OK)
        return CE_ENOMEM;
    in->topic = in->reply_to.topic.ptr;
    ce_delivery_hook(&in->d, on_settled, r, 0);
    return CE_OK;
}

/* --- the connection --- */

static void send_waiting(ce_mqtt_reply_writer *r)
{
    /* What cannot be sent now comes to wait again, in the same order. */
    ce_queue all = ce_queue_take_all(&r->waiting);
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(&all, ce_delivery, link)))
        send(r, d);
}

static void on_timer(ce_timer *t)
{
    ce_mqtt_reply_writer *r = CE_OWNER(t, ce_mqtt_reply_writer, timer);

    if (r->stopped && !ce_mqtt_publisher_is_idle(r->publisher))
        ce_mqtt_publisher_end(r->publisher, "no answer in time");
    else if (ce_mqtt_publisher_is_open(r->publisher))
        send_waiting(r);
}

static void connected(void *self, const ce_mqtt_connack *a)
{
    ce_mqtt_reply_writer *r = self;

    if (!ce_mqtt_publisher_begin(r->publisher, a))
        return;
    ce_health_up(&r->health);
    send_waiting(r);
}

static void lost(void *self)
{
    ce_mqtt_reply_writer *r = self;

    ce_mqtt_publisher_end(r->publisher, r->health.reason);
}

/* --- life --- */

void ce_mqtt_reply_writer_stop(ce_mqtt_reply_writer *r)
{
    r->stopped = true;
    ce_timer_start(r->loop, &r->timer, LAST_MS);
    send_waiting(r);
}

void ce_mqtt_reply_writer_start(ce_mqtt_reply_writer *r)
{
    ce_mqtt_client_start(r->client);
}

void ce_mqtt_reply_writer_close(ce_mqtt_reply_writer *r)
{
    if (!r)
        return;
    ce_mqtt_client_close(r->client);
    ce_timer_stop(&r->timer);
    ce_mqtt_publisher_close(r->publisher);
    ce_free(r);
}

static ce_status open_client(ce_mqtt_reply_writer *r, const ce_endpoint *at,
                             ce_error *err)
{
    const ce_mqtt_client_owner owner = { .self = r,
                                         .connected = connected,
                                         .lost = lost };

    return ce_mqtt_client_open(&r->client, at, &r->health, &owner,
                               CE_MQTT_WRITES_REPLIES, err);
}

static ce_status open_publisher(ce_mqtt_reply_writer *r, const ce_settings *s,
                                ce_error *err)
{
    const ce_mqtt_publisher_config c = {
        .loop = r->loop,
        .client = r->client,
        .health = &r->health,
        .version = r->dialect.version,
        .qos = (int)ce_settings_integer(s, "qos"),
        .max_in_flight = (unsigned)ce_settings_integer(s, "max_in_flight"),
        .write = write_reply,
        .self = r,
    };

    if (ce_mqtt_publisher_open(&r->publisher, &c) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_mqtt_reply_writer_open(ce_mqtt_reply_writer **out,
                                    const ce_endpoint *at, ce_error *err)
{
    ce_mqtt_reply_writer *r = ce_alloc_zeroed(sizeof *r);
    char label[200];
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->loop = at->loop;
    r->dialect = ce_mqtt_dialect_of(at->settings);
    r->timer.fire = on_timer;
    snprintf(label, sizeof label, "replies of %.180s",
             ce_settings_label(at->settings));
    ce_health_init(&r->health, at->loop, label);
    status = open_client(r, at, err);
    if (status == CE_OK)
        status = open_publisher(r, at->settings, err);
    if (status != CE_OK) {
        ce_mqtt_reply_writer_close(r);
        return status;
    }
    *out = r;
    return CE_OK;
}
