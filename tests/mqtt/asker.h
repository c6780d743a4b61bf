/* SPDX-License-Identifier: Apache-2.0 */
/* Asks questions of a requester, and keeps the answers. */
#ifndef CE_TESTS_MQTT_ASKER_H
#define CE_TESTS_MQTT_ASKER_H

#include "tests/mqtt/mqtt_rig.h"

enum { ASKER_QUESTIONS = 128 };

typedef struct question {
    ce_delivery d;
    unsigned settlements;
    ce_result result; /* without the reply */
    bool has_reply;
    ce_mode mode; /* of the reply */
    char type[64], data[64], kind[64];
    ce_attr attrs[5];
    char text[16];
} question;

typedef struct asker {
    rig *rig;
    ce_sender *sender;
    ce_settings *settings;
    ce_endpoint at;
    question questions[ASKER_QUESTIONS];
    unsigned count, late;
    unsigned order[ASKER_QUESTIONS], settled; /* in which they were answered */
    bool done;
} asker;

/* Copies a text that is there, cut to SIZE. */
void asker_keep(char *out, size_t size, ce_slice s);
/* Starts a requester on the loop of R, which is open. */
void asker_open(asker *a, rig *r, const char *uri);
/* Asks with an event of TYPE, whose id is the question's number. */
question *ask(asker *a, const char *type);
/* Stops the requester, and expects that each question has one answer. Harmless
 * when it is not open. */
void asker_close(asker *a);

#endif
