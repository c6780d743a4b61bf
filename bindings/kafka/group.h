/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer group of a source. */
#ifndef CE_BINDINGS_KAFKA_GROUP_H
#define CE_BINDINGS_KAFKA_GROUP_H

#include <cloudevents/transport.h>

/* Returns the name that librdkafka gets. */
const char *ce_kafka_group_of(const ce_settings *s);
/* Fails when the name is empty, and names the option. */
ce_status ce_kafka_group_check(const ce_settings *s, ce_error *err);

#endif
