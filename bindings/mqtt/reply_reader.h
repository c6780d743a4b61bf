/* SPDX-License-Identifier: Apache-2.0 */
/* Where the replies to our requests arrive: one topic, subscribed to over a
 * connection of its own (see reply_writer.h for the reason).
 *
 * The topic is subscribed to before the first request is sent, and again after
 * each connection. It keeps no session: replies that come between connections
 * are lost, so that nothing is waited for any longer then. */
#ifndef CE_BINDINGS_MQTT_REPLY_READER_H
#define CE_BINDINGS_MQTT_REPLY_READER_H

#include "bindings/mqtt/client.h"
#include "bindings/mqtt/codec.h"

typedef struct ce_mqtt_reply_reader ce_mqtt_reply_reader;

/* All on the loop. */
typedef struct ce_mqtt_reply_reader_ops {
    /* The subscription stands: requests may be sent. */
    void (*ready)(void *arg);
    /* The connection is gone; the health says why. No reply comes to a
     * request in flight. */
    void (*lost)(void *arg);
    /* A reply with CORRELATION. It lives during the call; NULL: there is no
     * memory to read it. */
    void (*came)(void *arg, ce_slice correlation, const ce_delivery *reply);
} ce_mqtt_reply_reader_ops;

typedef struct ce_mqtt_reply_reader_config {
    const ce_endpoint *at;
    ce_health *health;
    const char *client_id; /* of the requester: for the topic */
    const char *nonce;     /* of this process: the same */
    const ce_mqtt_reply_reader_ops *ops;
    void *arg;
} ce_mqtt_reply_reader_config;

ce_status ce_mqtt_reply_reader_open(ce_mqtt_reply_reader **out,
                                    const ce_mqtt_reply_reader_config *c,
                                    ce_error *err);
/* Connects. */
void ce_mqtt_reply_reader_start(ce_mqtt_reply_reader *r);
/* Whether the subscription stands. */
bool ce_mqtt_reply_reader_is_ready(const ce_mqtt_reply_reader *r);
/* The Response Topic for requests; known once it is ready. */
const char *ce_mqtt_reply_reader_topic(const ce_mqtt_reply_reader *r);
/* Accepts NULL. No callback comes after this. */
void ce_mqtt_reply_reader_close(ce_mqtt_reply_reader *r);

#endif
