/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the Kafka binding begin with: a loop, a receiver whose
 * deliveries the test settles, a sender, and records of any form. */
#ifndef CE_TESTS_SUPPORT_KAFKA_RIG_H
#define CE_TESTS_SUPPORT_KAFKA_RIG_H

#include <librdkafka/rdkafka.h>

#include "tests/support/ce_test.h"

enum { KAFKA_RIG_HELD = 4096, KAFKA_RIG_WAIT_MS = 30000 };

/* Runs LOOP until IS_TRUE(ARG), or false after WAIT_MS. */
bool kafka_until(ce_loop *loop, bool (*is_true)(void *arg), void *arg);
/* Runs LOOP for a while; what a test waits for not to happen. */
void kafka_run_for(ce_loop *loop, uint64_t ms);

/* A receiver and the stage behind it. */
typedef struct kafka_source {
    ce_stage stage;
    ce_loop *loop;
    ce_settings *settings;
    ce_endpoint at;
    ce_receiver_open_fn *open; /* NULL: as a receiver */
    ce_receiver *receiver;
    ce_delivery *held[KAFKA_RIG_HELD];
    unsigned holding;  /* unsettled, in the order they came */
    unsigned arrived;  /* since the start */
    unsigned wanted;   /* kafka_source_wait */
    bool acknowledges; /* settles with an ACK at once */
    void (*seen)(struct kafka_source *s, const ce_delivery *d);
    void *seen_arg;
} kafka_source;

/* Opens and starts, or ends the test function. */
void kafka_source_open(kafka_source *s, ce_loop *loop, const char *uri);
/* The same on TOPIC of the broker, in a group of its own. */
void kafka_source_open_on(kafka_source *s, ce_loop *loop, const char *broker,
                          const char *topic);
/* Waits until COUNT deliveries have arrived. */
bool kafka_source_wait(kafka_source *s, unsigned count);
/* Settles all that is held. */
void kafka_source_settle(kafka_source *s, ce_verdict verdict);
/* Settles what is held at INDEX; those behind it move up. */
void kafka_source_settle_at(kafka_source *s, unsigned index,
                            ce_verdict verdict);
/* Waits until the receiver is done with all that was settled. */
bool kafka_source_is_home(kafka_source *s);
/* Stops, settles what is held as UNDELIVERED, and closes. */
void kafka_source_close(kafka_source *s);

/* A sender, and a pool whose deliveries end in it. */
typedef struct kafka_sink {
    ce_loop *loop;
    ce_settings *settings;
    ce_endpoint at;
    ce_sender_open_fn *open; /* NULL: as a sender */
    ce_sender *sender;
    ce_stage *top; /* what deliveries are pushed into; NULL: the sender */
    ce_pool *pool;
    unsigned acked, refused, undelivered; /* results so far */
    int code;                             /* of the last result */
    char reason[256];
    char reply[64]; /* the body of the last reply */
    unsigned replies, late;
    unsigned wanted;
    bool done;
} kafka_sink;

void kafka_sink_open(kafka_sink *s, ce_loop *loop, const char *uri);
/* Pushes a copy of M. */
void kafka_sink_send(kafka_sink *s, const ce_message *m);
/* Waits until COUNT results have come. */
bool kafka_sink_wait(kafka_sink *s, unsigned count);
bool kafka_sink_is_up(kafka_sink *s);
void kafka_sink_close(kafka_sink *s);

/* An event in binary mode; it lives in ARENA. */
ce_message kafka_event(ce_arena *arena, const char *id, const char *body);

/* Puts COUNT records with LEN bytes of data and the headers of an event into
 * TOPIC of the broker; ids are numbers from FIRST. */
void kafka_fill(const char *broker, const char *topic, int partition,
                unsigned first, unsigned count, size_t len);
/* Puts one record; NAMES end with NULL, values may be NULL. */
void kafka_put(const char *broker, const char *topic, ce_slice key,
               ce_slice body, const char *const *names_and_values);
/* Makes a topic with PARTITIONS partitions, however many the broker gives to
 * those that it makes of its own accord. */
void kafka_make_topic(const char *broker, const char *topic, int partitions);
/* The same with a property of the topic, which a mock cluster ignores. */
void kafka_make_topic_with(const char *broker, const char *topic,
                           int partitions, const char *name, const char *value);
/* Sets a property of TOPIC; the others become those of the broker. */
void kafka_set_property(const char *broker, const char *topic, const char *name,
                        const char *value);
void kafka_remove_topic(const char *broker, const char *topic);
/* Removes the records before OFFSET, as retention would. */
void kafka_remove_records(const char *broker, const char *topic, int partition,
                          int64_t offset);
/* Commits OFFSET with METADATA for GROUP, which has no member. */
void kafka_commit(const char *broker, const char *group, const char *topic,
                  int partition, int64_t offset, const char *metadata);
/* The offset that GROUP has committed, or a negative number. */
int64_t kafka_committed(const char *broker, const char *group,
                        const char *topic, int partition);
/* Runs LOOP until GROUP has committed OFFSET for partition 0. */
bool kafka_wait_for_commit(ce_loop *loop, const char *broker, const char *group,
                           const char *topic, int64_t offset);

#endif
