/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what the broker believes that we have, until the chain takes it.
 *
 * With an inbox a message lies on disk before paho acknowledges it. While the
 * inbox has no room, and without an inbox, messages wait in memory. */
#ifndef CE_BINDINGS_MQTT_CUSTODY_H
#define CE_BINDINGS_MQTT_CUSTODY_H

#include "bindings/mqtt/mailbox.h"

typedef struct ce_mqtt_custody ce_mqtt_custody;

typedef struct ce_mqtt_custody_config {
    ce_loop *loop;
    ce_task *turn;     /* posted when there is something to do on the loop */
    ce_inbox *inbox;   /* NULL: none */
    const char *label; /* begins log lines */
    size_t max_count;  /* messages in memory that are too many, without inbox */
} ce_mqtt_custody_config;

ce_status ce_mqtt_custody_open(ce_mqtt_custody **out,
                               const ce_mqtt_custody_config *c, ce_error *err);

/* Call it on paho's thread, before paho acknowledges: it returns when the
 * message is safe, or at least in memory. */
void ce_mqtt_custody_take(ce_mqtt_custody *c, const ce_message *m,
                          const ce_origin *o, const char *defect);

/* Moves what waits in memory to the inbox. CE_EAGAIN: the inbox has no room for
 * the rest. */
ce_status ce_mqtt_custody_store(ce_mqtt_custody *c, ce_error *err);
/* What waits in memory, for a receiver without an inbox. */
ce_mqtt_mailbox *ce_mqtt_custody_box(ce_mqtt_custody *c);

/* Whether the thread of paho has found too much here since the last call. */
bool ce_mqtt_custody_was_crowded(ce_mqtt_custody *c);
/* Whether there is too much now. */
bool ce_mqtt_custody_is_full(ce_mqtt_custody *c);

/* Call it after the client is closed. Logs and returns how many messages are
 * lost. Accepts NULL. */
uint64_t ce_mqtt_custody_close(ce_mqtt_custody *c);

#endif
