/* SPDX-License-Identifier: Apache-2.0 */
/* A transport in memory whose far ends are the test.
 *
 * A receiver "mem://NAME" gets what the test lets arrive. A sender
 * "mem://NAME" keeps what it is given and answers as the test says; with
 * "?meet=true" it hands messages to the receiver of the same name in this
 * process instead, and hears what becomes of them there. Bytes that a
 * delivery points at are freed when it is settled, each in a block of its own,
 * so that a sanitizer sees who holds them for too long or reads too far. */
#ifndef CE_TESTS_SUPPORT_MEM_H
#define CE_TESTS_SUPPORT_MEM_H

#include <cloudevents/transport.h>

/* Receivers take ordered, interactive, max_in_flight; senders take
 * keeps_order, meet and up=false (down until the test says otherwise). */
extern const ce_transport ce_transport_scripted;

/* Opens an endpoint by its URI, or ends the test function. */
ce_receiver *ce_mem_receiver(ce_loop *l, const char *uri);
ce_sender *ce_mem_sender(ce_loop *l, const char *uri);
/* Closes what the two above have opened; accepts NULL. */
void ce_mem_close_receiver(ce_receiver *r);
void ce_mem_close_sender(ce_sender *s);
/* Gives back the names of endpoints that nobody will close. */
void ce_mem_forget(void);

/* --- the far end of a receiver --- */

/* Lets a message arrive that is LIKE this one: its message, origin, defect, and
 * what is wanted of it. Returns its number, from 0, or -1 when there is no
 * credit or nothing is received. */
int ce_mem_arrive(ce_receiver *r, const ce_delivery *like);
/* The same for a message alone. */
int ce_mem_arrive_message(ce_receiver *r, const ce_message *m);
/* The same for a binary event of the source /s with this id, and with this
 * partitionkey unless it is NULL. */
int ce_mem_arrive_event(ce_receiver *r, const char *id, const char *key);

/* What the source has heard about one message. */
typedef struct ce_mem_outcome {
    unsigned settlements; /* 0: not settled yet */
    ce_delivery *out;     /* until then */
    ce_result result;     /* without the reply */
    bool replied;
} ce_mem_outcome;
/* NULL behind the last message. */
const ce_mem_outcome *ce_mem_outcome_of(const ce_receiver *r, int number);
/* Messages that have been settled. */
unsigned ce_mem_settled(const ce_receiver *r);
/* Is called at the end of each settlement, when the credit is back. */
void ce_mem_on_settled(ce_receiver *r, void (*fn)(void *arg, int number),
                       void *arg);
/* The source is at its end. */
void ce_mem_end(ce_receiver *r);

/* --- the far end of a sender --- */

typedef struct ce_mem_answer {
    ce_result result;
    bool hold;         /* answered by ce_mem_release */
    uint64_t delay_ms; /* else after this time; 0: at once */
} ce_mem_answer;

extern const ce_mem_answer ce_mem_ack, ce_mem_hold, ce_mem_undelivered;

/* The next message without one gets this answer. */
void ce_mem_script(ce_sender *s, ce_mem_answer a);
/* What there is no script for gets this answer; at first an ACK. */
void ce_mem_always(ce_sender *s, ce_mem_answer a);

/* A message that came; the slices are copies of the sender's. */
typedef struct ce_mem_sent {
    ce_message message;
    char id[64];    /* the event's, or empty */
    uint64_t at_ms; /* by the loop's clock */
    bool answered;
} ce_mem_sent;
typedef ce_mem_answer ce_mem_decide_fn(void *arg, const ce_mem_sent *sent);
/* Asks FN instead of the script. */
void ce_mem_decide(ce_sender *s, ce_mem_decide_fn *fn, void *arg);

/* Messages that came so far, and one of them, from 0. */
unsigned ce_mem_count(const ce_sender *s);
const ce_mem_sent *ce_mem_sent_at(const ce_sender *s, unsigned number);
/* The text of an attribute of a sent event, in any mode; it lives until the
 * next call. */
const char *ce_mem_sent_attribute(const ce_sender *s, unsigned number,
                                  const char *name);
/* The ids of what came, in order, with spaces between; it lives until the next
 * call. */
const char *ce_mem_ids(const ce_sender *s);
/* Messages that have no answer yet. */
unsigned ce_mem_unanswered(const ce_sender *s);
/* Answers one that is held. */
void ce_mem_release(ce_sender *s, unsigned number, ce_result r);
/* Answers all that are held, in order. */
void ce_mem_release_all(ce_sender *s, ce_result r);

#endif
