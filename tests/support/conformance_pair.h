/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver and a sender that meet: what the conformance checks work with. */
#ifndef CE_TESTS_SUPPORT_CONFORMANCE_PAIR_H
#define CE_TESTS_SUPPORT_CONFORMANCE_PAIR_H

#include "tests/support/conformance.h"
#include "tests/support/mem.h"

enum { PAIR_ARRIVALS = 256 };

typedef struct pair_end {
    ce_settings *settings;
    ce_endpoint at;
} pair_end;

/* What has arrived: deliveries that are not settled, oldest first, and copies
 * of all events. */
typedef struct pair_arrivals {
    ce_stage stage;
    ce_delivery *held[PAIR_ARRIVALS];
    unsigned holding, arrived, most;
    bool at_once; /* settles with an ACK */
    ce_event *events[PAIR_ARRIVALS];
    ce_mode modes[PAIR_ARRIVALS];
} pair_arrivals;

typedef struct pair_ends {
    pair_end receiver_end, sender_end;
    ce_receiver *receiver, *inbox_receiver;
    ce_sender *sender;
    ce_receiver *app; /* what the application sends */
    ce_inbox *inbox;
    char dir[200];
    char receiver_uri[CE_CONFORMANCE_URI], sender_uri[CE_CONFORMANCE_URI];
    bool stopped;
} pair_ends;

extern const ce_conformance *pair_suite;
extern ce_loop *pair_loop;
extern pair_arrivals pair_got;
extern pair_ends pair_now;
extern const ce_result pair_ack, pair_nack, pair_undelivered;

/* Runs the loop until IS_TRUE; false: it took too long. */
typedef bool pair_condition(void *arg);
bool pair_until(pair_condition *is_true, void *arg);
bool pair_until_within(pair_condition *is_true, void *arg, uint64_t ms);
/* The usual conditions: of a ce_health, a bool, a number of a message, a
 * count of arrivals. */
bool pair_is_up(void *health);
bool pair_is_set(void *flag);
bool pair_is_settled(void *number);
bool pair_has_arrived(void *count);

/* Opens both; 0 is the transport's own limit of events in flight. */
void pair_open(unsigned max_in_flight);
void pair_close(void);
/* The same step by step. */
void pair_begin(void);
void pair_open_inbox(void);
void pair_open_end(pair_end *e, const ce_option *table, const char *uri,
                   ce_uri_rule rule);
void pair_open_receiver(unsigned max_in_flight);
void pair_open_sender(const char *uri);
void pair_stop_receiver(void);
void pair_close_receiver(void);
void pair_close_sender(void);
void pair_finish(void);
/* For a sender's stop: sets a flag. */
void pair_note_done(void *flag);

/* Sends and returns the message's number. */
int pair_send(const ce_message *m);
int pair_send_id(unsigned id);
/* The result of an event that nobody wants any more. */
ce_result pair_send_abandoned(void);
const ce_mem_outcome *pair_outcome(int number);
/* Waits for the result: whether it is an ACK. */
bool pair_acked(int number);

/* Waits for so many arrivals. */
bool pair_wait_for(unsigned count);
/* The id of an event that arrived, as a number. */
unsigned pair_id_at(unsigned index);
/* Settles the one that has been held at INDEX. */
void pair_settle(unsigned index, ce_result r);
void pair_settle_all(ce_result r);
/* Forgets the copies. */
void pair_forget(void);

#endif
