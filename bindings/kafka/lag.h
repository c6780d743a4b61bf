/* SPDX-License-Identifier: Apache-2.0 */
/* How far a source is behind, for metrics. */
#ifndef CE_BINDINGS_KAFKA_LAG_H
#define CE_BINDINGS_KAFKA_LAG_H

#include <stdint.h>

typedef struct ce_kafka_receiver ce_kafka_receiver;

/* Call now and then. Asks nobody: librdkafka knows the ends of partitions from
 * its fetches, and inspect.c asks for those that are paused. */
void ce_kafka_publish_lag(ce_kafka_receiver *r);

#endif
