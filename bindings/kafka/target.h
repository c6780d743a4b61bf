/* SPDX-License-Identifier: Apache-2.0 */
/* The topic that an event is produced to, and the rules of names. */
#ifndef CE_BINDINGS_KAFKA_TARGET_H
#define CE_BINDINGS_KAFKA_TARGET_H

#include <cloudevents/transport.h>

#include "core/template/target.h"

/* Makes the target of a sender with these settings, by the rules of
 * ce_target_open. */
ce_status ce_kafka_target_open(ce_target **out, const ce_settings *s,
                               ce_error *err);
/* Appends the topic and the key of D to OUT: the aim of ce_transport. */
ce_status ce_kafka_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                       ce_error *err);
/* Fails when the URI names no topic that there can be. */
ce_status ce_kafka_check(ce_role role, const ce_settings *s, ce_error *err);

#endif
