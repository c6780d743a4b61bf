/* SPDX-License-Identifier: Apache-2.0 */
/* Carries messages from paho's thread to the loop. */
#ifndef CE_BINDINGS_MQTT_MAILBOX_H
#define CE_BINDINGS_MQTT_MAILBOX_H

#include "bindings/mqtt/codec.h"
#include "core/inbox/store.h"

typedef struct ce_mqtt_mailbox ce_mqtt_mailbox;

/* A message as a record (see ce_record_read), and how it is answered. */
typedef struct ce_mqtt_letter {
    ce_link link;
    ce_slice record;
    ce_mqtt_reply_to reply_to;
} ce_mqtt_letter;

/* TASK is posted on LOOP for each message. */
ce_status ce_mqtt_mailbox_open(ce_mqtt_mailbox **out, ce_loop *loop,
                               ce_task *task);
/* Call it on one thread only. Copies the message; REPLY_TO may be NULL.
 * CE_ENOMEM is the only failure. */
ce_status ce_mqtt_mailbox_put(ce_mqtt_mailbox *b, const ce_message *m,
                              const ce_origin *o, const char *defect,
                              const ce_mqtt_reply_to *reply_to);
/* The messages that wait, and their bytes. Any thread. */
void ce_mqtt_mailbox_size(ce_mqtt_mailbox *b, size_t *count, size_t *bytes);
/* The oldest message, or NULL. It stays until it is dropped. Call these on one
 * thread only; it may be another than the one that puts. */
const ce_mqtt_letter *ce_mqtt_mailbox_first(ce_mqtt_mailbox *b);
void ce_mqtt_mailbox_drop(ce_mqtt_mailbox *b);
/* Call it when nothing is put any more. Accepts NULL. */
void ce_mqtt_mailbox_close(ce_mqtt_mailbox *b);

#endif
