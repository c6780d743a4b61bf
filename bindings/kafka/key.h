/* SPDX-License-Identifier: Apache-2.0 */
/* The key that an event is produced with. */
#ifndef CE_BINDINGS_KAFKA_KEY_H
#define CE_BINDINGS_KAFKA_KEY_H

#include <cloudevents/settings.h>

#include "core/template/template.h"

/* *OUT is NULL when events keep the keys that they came with. Free it with
 * ce_template_free. */
ce_status ce_kafka_key_open(ce_template **out, const ce_settings *s,
                            ce_error *err);
/* Returns the key of D, made by KEY or as it came; absent: it has none. */
ce_slice ce_kafka_key_of(const ce_template *key, ce_delivery *d);

#endif
