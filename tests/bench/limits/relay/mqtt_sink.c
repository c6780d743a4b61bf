/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT 5 with paho, QoS 1: an event has arrived when the broker says so. In a
 * topic that ends with "+" each key has a topic of its own. */
#include "mailbox.h"
#include "mqtt.h"
#include "relay.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static MQTTAsync client;
static mailbox confirmed;
static size_t out, topic_len; /* TOPIC_LEN: without the "+" */
static place there;
static bool per_key;

/* On the thread of paho. */
static void confirm(void *token, MQTTAsync_successData5 *data)
{
    (void)data;
    mailbox_put(&confirmed, token);
}

static void refuse(void *token, MQTTAsync_failureData5 *data)
{
    (void)token;
    die(data && data->message ? data->message : "publish");
}

static void settle_all(void)
{
    void *token;

    while (mailbox_take(&confirmed, &token)) {
        out--;
        settled(token);
    }
}

static void open_sink(const char *uri)
{
    there = parse_place(uri);
    topic_len = strlen(there.path);
    per_key = topic_len > 0 && there.path[topic_len - 1] == '+';
    if (per_key)
        topic_len--;
    mailbox_open(&confirmed, settle_all);
    client = open_mqtt(there.host, NULL);
}

static size_t room(void)
{
    return OUT_MAX - out;
}

static MQTTLenString string(text t)
{
    MQTTLenString s = { (int)t.len, (char *)(uintptr_t)t.at };

    return s;
}

static MQTTProperties properties_of(const event *e)
{
    MQTTProperties all = MQTTProperties_initializer;
    MQTTProperty p = { .identifier = MQTTPROPERTY_CODE_CONTENT_TYPE };

    p.value.data = string(e->type);
    MQTTProperties_add(&all, &p);
    p.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    for (size_t i = 0; i < e->count; i++) {
        p.value.data = string(e->attributes[i].name);
        p.value.value = string(e->attributes[i].value);
        MQTTProperties_add(&all, &p);
    }
    return all;
}

static const char *topic_of(const event *e)
{
    static char topic[sizeof there.path + 64];
    text key = attribute(e, "partitionkey");

    if (!per_key)
        return there.path;
    snprintf(topic, sizeof topic, "%.*s%.*s", (int)topic_len, there.path,
             (int)key.len, key.at);
    return topic;
}

static void publish(const event *e)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    MQTTAsync_message m = MQTTAsync_message_initializer;

    options.onSuccess5 = confirm;
    options.onFailure5 = refuse;
    options.context = e->token;
    m.payload = (void *)(uintptr_t)e->data.at;
    m.payloadlen = (int)e->data.len;
    m.qos = QOS;
    m.properties = properties_of(e);
    if (MQTTAsync_sendMessage(client, topic_of(e), &m, &options))
        die("publish");
    MQTTProperties_free(&m.properties);
    out++;
}

const sink mqtt_sink = { "mqtt", open_sink, room, publish };
