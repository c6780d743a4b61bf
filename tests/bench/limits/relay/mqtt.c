/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt.h"

#include "relay.h"

#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static sem_t done;

static void succeed(void *arg, MQTTAsync_successData5 *data)
{
    (void)arg, (void)data;
    sem_post(&done);
}

static void fail(void *arg, MQTTAsync_failureData5 *data)
{
    (void)arg;
    die(data && data->message ? data->message : "mqtt");
}

static int ignore(void *arg, char *topic, int len, MQTTAsync_message *m)
{
    (void)arg, (void)len;
    MQTTAsync_freeMessage(&m);
    MQTTAsync_free(topic);
    return 1;
}

static MQTTAsync create(const char *host)
{
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    static int clients;
    char uri[160], id[32];
    MQTTAsync client;

    snprintf(uri, sizeof uri, "tcp://%s", host);
    snprintf(id, sizeof id, "limit-%d-%d", (int)getpid(), clients++);
    options.maxBufferedMessages = IN_MAX;
    if (MQTTAsync_createWithOptions(
            &client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options))
        die("mqtt");
    /* Else it notes each of its calls, for nobody. */
    MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
    return client;
}

static void connect_to_broker(MQTTAsync client)
{
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty most = { .identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM };

    most.value.integer2 = IN_MAX;
    MQTTProperties_add(&properties, &most);
    options.connectProperties = &properties;
    options.maxInflight = IN_MAX;
    options.cleanstart = 1;
    options.onSuccess5 = succeed;
    options.onFailure5 = fail;
    if (MQTTAsync_connect(client, &options))
        die("connect");
    sem_wait(&done);
    MQTTProperties_free(&properties);
}

MQTTAsync open_mqtt(const char *host, MQTTAsync_messageArrived *arrived)
{
    MQTTAsync client = create(host);

    sem_init(&done, 0, 0);
    MQTTAsync_setCallbacks(client, NULL, NULL, arrived ? arrived : ignore,
                           NULL);
    connect_to_broker(client);
    return client;
}

void subscribe(MQTTAsync client, const char *filter)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

    options.onSuccess5 = succeed;
    options.onFailure5 = fail;
    if (MQTTAsync_subscribe(client, filter, QOS, &options))
        die("subscribe");
    sem_wait(&done);
}
