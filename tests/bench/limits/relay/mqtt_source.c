/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT 5 with paho, which acknowledges when its callback returns: what has
 * come and was not sent is lost with the program. */
#include "mailbox.h"
#include "mqtt.h"
#include "relay.h"

static mailbox arrivals;

/* On the thread of paho. */
static int arrive(void *arg, char *topic, int len, MQTTAsync_message *m)
{
    (void)arg, (void)len;
    MQTTAsync_free(topic);
    mailbox_put(&arrivals, m);
    return 1;
}

static void open_source(const char *uri)
{
    place here = parse_place(uri);

    mailbox_open(&arrivals, NULL);
    subscribe(open_mqtt(here.host, arrive), here.path);
}

static void take_property(event *e, const MQTTProperty *p)
{
    text name = { p->value.data.data, (size_t)p->value.data.len };

    if (p->identifier == MQTTPROPERTY_CODE_CONTENT_TYPE)
        e->type = name;
    else if (p->identifier == MQTTPROPERTY_CODE_USER_PROPERTY)
        add_attribute(
            e, name, (text){ p->value.value.data, (size_t)p->value.value.len });
}

/* Every sink copies what it sends. */
static void pass_on(MQTTAsync_message *m)
{
    event e;

    e.count = 0;
    e.type = (text){ "", 0 };
    e.data = (text){ m->payload, (size_t)m->payloadlen };
    e.token = NULL;
    for (int i = 0; i < m->properties.count; i++)
        take_property(&e, &m->properties.array[i]);
    give(&e);
    MQTTAsync_freeMessage(&m);
}

static void pull(size_t room)
{
    void *m;

    while (room-- > 0 && mailbox_take(&arrivals, &m))
        pass_on(m);
}

static void settle(void *token)
{
    (void)token;
}

const source mqtt_source = { "mqtt", open_source, pull, settle, NULL };
