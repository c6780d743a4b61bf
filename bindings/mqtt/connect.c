/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks paho for when it connects. */
#include "bindings/mqtt/connection.h"

#include <string.h>

enum { CONNECT_SECONDS = 10 };

static void add_number(MQTTProperties *to, enum MQTTPropertyCodes code,
                       uint32_t value)
{
    MQTTProperty p = { .identifier = code };

    if (code == MQTTPROPERTY_CODE_RECEIVE_MAXIMUM)
        p.value.integer2 = (unsigned short)value;
    else if (code == MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION)
        p.value.byte = (unsigned char)value;
    else
        p.value.integer4 = value;
    MQTTProperties_add(to, &p);
}

/* MQTT 5 3.1.2.11. */
static void add_properties(const ce_mqtt_client *c, MQTTProperties *to)
{
    if (!c->clean)
        add_number(to, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
                   c->session_expiry);
    if (c->receive_maximum)
        add_number(to, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, c->receive_maximum);
    if (c->role == CE_MQTT_READS_REPLIES)
        add_number(to, MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION, 1);
}

static MQTTAsync_connectOptions versioned_options(const ce_mqtt_client *c,
                                                  MQTTProperties *properties)
{
    MQTTAsync_connectOptions three = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;

    if (c->version == CE_MQTT_5) {
        add_properties(c, properties);
        five.connectProperties = properties;
        five.cleanstart = c->clean;
        return five;
    }
    three.MQTTVersion = CE_MQTT_3_1_1;
    three.cleansession = c->clean;
    return three;
}

static MQTTAsync_connectOptions connect_options(ce_mqtt_client *c,
                                                MQTTProperties *properties)
{
    MQTTAsync_connectOptions o = versioned_options(c, properties);

    ce_mqtt_callbacks_for_connect(c, &o);
    o.keepAliveInterval = c->keep_alive;
    o.connectTimeout = CONNECT_SECONDS;
    /* The publisher has a window of its own. */
    o.maxInflight = 65535;
    o.will = c->will.topicName ? &c->will : NULL;
    o.username = c->user;
    if (c->password) {
        o.binarypwd.data = c->password;
        o.binarypwd.len = (int)strlen(c->password);
    }
    return o;
}

static MQTTAsync_SSLOptions tls_options(ce_mqtt_client *c)
{
    MQTTAsync_SSLOptions o = MQTTAsync_SSLOptions_initializer;

    o.trustStore = c->ca;
    o.keyStore = c->cert;
    o.privateKey = c->key;
    /* The first checks the chain, the second the host name: paho's preset for
     * that is not to. */
    o.enableServerCertAuth = c->verify;
    o.verify = c->verify;
    o.protos = c->alpn_len ? c->alpn : NULL;
    o.protos_len = c->alpn_len;
    ce_mqtt_callbacks_for_tls(c, &o);
    return o;
}

int ce_mqtt_connect(ce_mqtt_client *c)
{
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTAsync_connectOptions o = connect_options(c, &properties);
    MQTTAsync_SSLOptions tls = tls_options(c);
    int rc;

    if (c->tls)
        o.ssl = &tls;
    rc = MQTTAsync_connect(c->handle, &o);
    MQTTProperties_free(&properties);
    return rc;
}
