/* SPDX-License-Identifier: Apache-2.0 */
/* Names the topic for replies, and brings them from paho's thread to the
 * loop. */
#include "bindings/mqtt/reply_reader.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/mqtt/mailbox.h"
#include "bindings/mqtt/topic.h"

struct ce_mqtt_reply_reader {
    ce_mqtt_reply_reader_config config;
    ce_loop *loop;
    ce_mqtt_client *client;
    ce_mqtt_dialect dialect;
    int qos;
    const char *fixed_topic; /* the user's own, or NULL */
    char topic[400];         /* of the connection; holds every name below */
    bool is_ready;
    ce_mqtt_mailbox *box;
    ce_task task;          /* empties the box */
    ce_arena *arena;       /* of paho's thread */
    ce_arena *reply_arena; /* of the loop */
};

bool ce_mqtt_reply_reader_is_ready(const ce_mqtt_reply_reader *r)
{
    return r->is_ready;
}

const char *ce_mqtt_reply_reader_topic(const ce_mqtt_reply_reader *r)
{
    return r->topic;
}

/* --- the topic --- */

/* "cloudevents/replies/ID/NONCE"; characters of the id that are special in
 * topics become "-". */
static void name_own_topic(ce_mqtt_reply_reader *r)
{
    char id[64];

    snprintf(id, sizeof id, "%s", r->config.client_id);
    for (char *c = id; *c; c++)
        if (strchr("+#/", *c))
            *c = '-';
    snprintf(r->topic, sizeof r->topic, "cloudevents/replies/%s/%s", id,
             r->config.nonce);
}

/* The broker may know which topics are this client's own: Response Information
 * is what their names begin with (MQTT 5 4.10.1). */
static void name_topic(ce_mqtt_reply_reader *r, const char *information)
{
    size_t len = strlen(information);

    while (len && information[len - 1] == '/')
        len--;
    if (r->fixed_topic)
        snprintf(r->topic, sizeof r->topic, "%s", r->fixed_topic);
    else if (len)
        snprintf(r->topic, sizeof r->topic, "%.*s/%s", (int)len, information,
                 r->config.nonce);
    else
        name_own_topic(r);
}

/* --- replies --- */

/* On paho's thread. */
static void arrived(void *self, const char *topic, const MQTTAsync_message *in)
{
    ce_mqtt_reply_reader *r = self;
    ce_mqtt_reply_to reply_to = ce_mqtt_reply_to_of(in);
    ce_origin origin = { .topic = ce_slice_of(topic),
                         .partition = -1,
                         .offset = -1 };
    const char *defect = NULL;
    ce_message m;

    ce_arena_reset(r->arena);
    if (ce_mqtt_decode(in, &r->dialect, r->arena, &m, &origin.metadata, &defect,
                       NULL) != CE_OK ||
        ce_mqtt_mailbox_put(r->box, &m, &origin, defect, &reply_to) != CE_OK)
        ce_log_of(CE_ERROR, r->config.health->label,
                  "out of memory: a reply is lost");
}

static void take_reply(ce_mqtt_reply_reader *r, const ce_mqtt_letter *l)
{
    ce_delivery reply = { .arena = r->reply_arena };
    bool is_read = ce_record_read(l->record, &reply) == CE_OK;

    r->config.ops->came(r->config.arg, l->reply_to.correlation,
                        is_read ? &reply : NULL);
    ce_arena_reset(r->reply_arena);
}

static void take_replies(ce_task *t)
{
    ce_mqtt_reply_reader *r = CE_OWNER(t, ce_mqtt_reply_reader, task);
    const ce_mqtt_letter *l;

    while ((l = ce_mqtt_mailbox_first(r->box))) {
        take_reply(r, l);
        ce_mqtt_mailbox_drop(r->box);
    }
}

/* --- the connection --- */

static void connected(void *self, const ce_mqtt_connack *a)
{
    ce_mqtt_reply_reader *r = self;

    name_topic(r, a->response_information);
    ce_mqtt_client_subscribe(r->client, r->topic, r->qos);
}

static void granted(void *self)
{
    ce_mqtt_reply_reader *r = self;

    r->is_ready = true;
    r->config.ops->ready(r->config.arg);
}

static void lost(void *self)
{
    ce_mqtt_reply_reader *r = self;

    r->is_ready = false;
    r->config.ops->lost(r->config.arg);
}

/* --- life --- */

void ce_mqtt_reply_reader_start(ce_mqtt_reply_reader *r)
{
    ce_mqtt_client_start(r->client);
}

/* The client goes first: after it nothing arrives on paho's thread. */
void ce_mqtt_reply_reader_close(ce_mqtt_reply_reader *r)
{
    if (!r)
        return;
    ce_mqtt_client_close(r->client);
    ce_loop_unpost(r->loop, &r->task);
    ce_mqtt_mailbox_close(r->box);
    ce_arena_free(r->arena);
    ce_arena_free(r->reply_arena);
    ce_free(r);
}

static ce_status read_settings(ce_mqtt_reply_reader *r, const ce_settings *s,
                               ce_error *err)
{
    const char *topic = ce_settings_text(s, "response_topic");
    ce_status status;

    r->dialect = ce_mqtt_dialect_of(s);
    r->qos = (int)ce_settings_integer(s, "qos");
    r->fixed_topic = topic;
    if (!topic)
        return CE_OK;
    status = ce_mqtt_check_topic(topic, "response_topic", err);
    if (status != CE_OK)
        return status;
    if (strlen(topic) >= sizeof r->topic)
        return ce_fail(err, CE_EINVAL,
                       "response_topic: at most %zu bytes, not %zu",
                       sizeof r->topic - 1, strlen(topic));
    return CE_OK;
}

static ce_status open_parts(ce_mqtt_reply_reader *r, ce_error *err)
{
    const ce_endpoint *at = r->config.at;
    const ce_mqtt_client_owner owner = { .self = r,
                                         .connected = connected,
                                         .granted = granted,
                                         .lost = lost,
                                         .arrived = arrived };
    ce_status status = read_settings(r, at->settings, err);

    if (status != CE_OK)
        return status;
    r->arena = ce_arena_new();
    r->reply_arena = ce_arena_new();
    if (!r->arena || !r->reply_arena ||
        ce_mqtt_mailbox_open(&r->box, r->loop, &r->task) != CE_OK)
        return ce_no_memory(err);
    return ce_mqtt_client_open(&r->client, at, r->config.health, &owner,
                               CE_MQTT_READS_REPLIES, err);
}

ce_status ce_mqtt_reply_reader_open(ce_mqtt_reply_reader **out,
                                    const ce_mqtt_reply_reader_config *c,
                                    ce_error *err)
{
    ce_mqtt_reply_reader *r = ce_alloc_zeroed(sizeof *r);
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->config = *c;
    r->loop = c->at->loop;
    r->task.run = take_replies;
    status = open_parts(r, err);
    if (status != CE_OK) {
        ce_mqtt_reply_reader_close(r);
        return status;
    }
    *out = r;
    return CE_OK;
}
