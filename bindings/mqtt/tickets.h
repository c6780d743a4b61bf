/* SPDX-License-Identifier: Apache-2.0 */
/* The publications of one connection, and how paho's answers find them.
 *
 * A publication takes a ticket and gives it back with its answer. Tickets
 * belong to one connection and are never used by the next, so that a late
 * answer finds no other delivery. */
#ifndef CE_BINDINGS_MQTT_TICKETS_H
#define CE_BINDINGS_MQTT_TICKETS_H

#include <pthread.h>

#include <cloudevents/pipeline.h>

#include "bindings/mqtt/codec.h"

typedef struct ce_mqtt_tickets ce_mqtt_tickets;
typedef struct ce_mqtt_ticket ce_mqtt_ticket;

/* Answers on their way from paho's threads to the loop. */
typedef struct ce_mqtt_answers {
    ce_loop *loop;
    ce_task *task; /* posted when there were none */
    pthread_mutex_t lock;
    ce_queue tickets; /* under the lock */
} ce_mqtt_answers;

/* One PUBLISH on its way. */
struct ce_mqtt_ticket {
    ce_mqtt_tickets *of;
    ce_delivery *d;              /* NULL: settled without the answer */
    ce_mqtt_ticket *next, *prev; /* free, or sent in this order */
    const char *topic;           /* in the delivery's arena, or for ever */
    size_t bytes;                /* of the packet */
    bool is_alone;               /* nothing may follow it */
    bool waiting;                /* for its answer */
    bool is_answered;            /* under the lock, as is all that follows */
    ce_link answer;              /* among the answers */
    int code;                    /* of paho; 0: the broker has answered */
    int reason;                  /* of the broker */
};

/* Those of one connection. They live until paho has answered for each. */
struct ce_mqtt_tickets {
    ce_mqtt_answers *answers;
    ce_mqtt_tickets *next; /* among the past ones */
    unsigned out;          /* taken, and not given back */
    bool is_past;          /* the connection has gone */
    ce_mqtt_ticket *free;
    ce_mqtt_ticket *first, *last; /* sent */
    ce_mqtt_ticket tickets[];
};

/* With room for WINDOW publications; NULL without memory. */
ce_mqtt_tickets *ce_mqtt_tickets_new(ce_mqtt_answers *a, unsigned window);
/* Call it only when ALL->FREE is there. */
ce_mqtt_ticket *ce_mqtt_ticket_take(ce_mqtt_tickets *all, ce_delivery *d);
/* Returns the delivery, or NULL when it is settled already. */
ce_delivery *ce_mqtt_ticket_give(ce_mqtt_ticket *t);
/* Lets paho answer to T. */
void ce_mqtt_ticket_callbacks(ce_mqtt_ticket *t, int version,
                              MQTTAsync_responseOptions *o);
/* The oldest answer, or NULL. */
ce_mqtt_ticket *ce_mqtt_answers_next(ce_mqtt_answers *a, int *code,
                                     int *reason);
/* Settles D as its answer says: CODE and REASON are those of a ticket. */
void ce_mqtt_answer_settle(ce_delivery *d, int code, int reason);
/* Frees those of the list *PAST that paho has answered for. */
void ce_mqtt_tickets_forget(ce_mqtt_tickets **past);

#endif
