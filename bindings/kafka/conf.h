/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's properties, made of our settings. */
#ifndef CE_BINDINGS_KAFKA_CONF_H
#define CE_BINDINGS_KAFKA_CONF_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/transport.h>

/* A property that makes a producer stop where records would be missing. */
#define CE_KAFKA_GAPLESS "enable.gapless.guarantee"

typedef struct ce_kafka_setting {
    const char *name, *value;
} ce_kafka_setting;

/* Sets the properties that both ends have in common, then OWN up to a NULL
 * name, then the user's "rdkafka." options: the user has the last word. The
 * caller owns *OUT. Names the property and the value in ERR. */
ce_status ce_kafka_conf(rd_kafka_conf_t **out, const ce_endpoint *at,
                        const ce_kafka_setting *own, ce_error *err);
/* The same for a consumer in a group: the receiver's client. */
ce_status ce_kafka_consumer_conf(rd_kafka_conf_t **out, const ce_endpoint *at,
                                 ce_error *err);
/* Whether a member with CONF keeps partitions while it joins anew. */
bool ce_kafka_is_cooperative(const rd_kafka_conf_t *conf);
/* Makes a client of CONF, which is librdkafka's then, or gone. Says in ERR,
 * after LABEL, which option is wrong. */
ce_status ce_kafka_client_new(rd_kafka_t **out, rd_kafka_type_t type,
                              rd_kafka_conf_t *conf, const char *label,
                              ce_error *err);
/* Fails as ce_kafka_client_new would, if AT is a trial: librdkafka looks at
 * properties together, and into files, only when it makes a client. */
ce_status ce_kafka_client_try(const ce_endpoint *at, rd_kafka_type_t type,
                              const rd_kafka_conf_t *conf, const char *label,
                              ce_error *err);
/* Returns how long records linger: what the user says, else long enough that a
 * burst of a client that keeps order is not torn; not at all where somebody
 * waits for each event, or ANSWERS come for them. */
uint64_t ce_kafka_linger_ms(const ce_endpoint *at, bool answers);
/* Fails when the URI names no broker. */
ce_status ce_kafka_need_broker(const ce_settings *s, ce_error *err);

#endif
