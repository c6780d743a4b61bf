/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Kafka binding share. Everything runs on the
 * endpoint's loop thread, unless it says otherwise. */
#ifndef CE_BINDINGS_KAFKA_KAFKA_H
#define CE_BINDINGS_KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/transport.h>

/* --- codec: records and messages --- */

/* Fills message, origin.metadata, defect and plain of D, whose body and key
 * are set, from the record's HEADERS, or NULL. Borrows them. */
ce_status ce_kafka_decode(ce_delivery *d, const rd_kafka_headers_t *headers);
/* The last header NAME of a record; absent when it has none. */
ce_slice ce_kafka_header(const rd_kafka_message_t *m, const char *name);
/* Takes a record that says nothing about itself for structured JSON. Whether
 * it was one of these. */
bool ce_kafka_assume(ce_delivery *d);
/* The key of D's record becomes its attribute NAME, unless it has one. */
ce_status ce_kafka_key_to_attribute(ce_delivery *d, ce_slice name);
/* The headers that carry M, in *OUT, or NULL when it needs none; the caller
 * owns them. SCRATCH is memory that is kept from call to call. */
ce_status ce_kafka_encode(const ce_message *m, ce_buf *scratch,
                          rd_kafka_headers_t **out);

/* --- ledger: results in any order, one offset that is safe --- */

typedef struct ce_kafka_row {
    int64_t offset;
    bool settled;
} ce_kafka_row;

enum {
    CE_KAFKA_ROWS_MAX = 1 << 16,
    /* What librdkafka may hold of records that were fetched ahead. */
    CE_KAFKA_AHEAD_KB = 4096,
    CE_KAFKA_AHEAD_COUNT = 10000
};
#define CE_KAFKA_UNMOVED (-1)

/* One partition during one assignment. When the assignment ends the ledger is
 * lost: what settles later finds it, and no offset comes of it any more. */
typedef struct ce_kafka_ledger ce_kafka_ledger;
struct ce_kafka_ledger {
    char *topic;
    int32_t partition;
    uint64_t oldest, next; /* positions: [oldest, next) are remembered */
    uint64_t mask;         /* capacity - 1, the capacity a power of two */
    ce_kafka_row *rows;
    unsigned out;      /* rows without a result */
    int64_t last;      /* the newest offset that was opened */
    int64_t safe;      /* may be stored, or CE_KAFKA_UNMOVED */
    bool again;        /* something was not delivered: read it again */
    uint64_t again_ms; /* not before */
    bool leaving;      /* being revoked: nothing new is taken */
    bool lost;         /* revoked */
    ce_kafka_ledger *link;
};

ce_kafka_ledger *ce_kafka_ledger_new(const char *topic, int32_t partition);
void ce_kafka_ledger_free(ce_kafka_ledger *l);
/* Opens a row for OFFSET. CE_EAGAIN: too many rows wait for an older one.
 * Offsets must ascend; they need not be dense. */
ce_status ce_kafka_ledger_open(ce_kafka_ledger *l, int64_t offset,
                               uint64_t *out);
/* The row has a result that the offset may pass. */
void ce_kafka_ledger_settle(ce_kafka_ledger *l, uint64_t pos);
/* The row was not delivered: the offset stays before it. */
void ce_kafka_ledger_keep(ce_kafka_ledger *l, uint64_t pos);
/* The offset to store, once per movement, else CE_KAFKA_UNMOVED. */
int64_t ce_kafka_ledger_take(ce_kafka_ledger *l);
/* With no row out: forgets all rows and returns the offset to read again
 * from. */
int64_t ce_kafka_ledger_rewind(ce_kafka_ledger *l);

/* --- conf: options of ours and of librdkafka --- */

extern const ce_option ce_kafka_receiver_options[], ce_kafka_sender_options[];

typedef struct ce_kafka_setting {
    const char *name, *value;
} ce_kafka_setting;

/* The properties that both ends have in common, then OWN up to a NULL name,
 * then the user's "rdkafka." options. Names property and value in ERR. */
ce_status ce_kafka_conf(rd_kafka_conf_t **out, const ce_endpoint *at,
                        const ce_kafka_setting *own, ce_error *err);
/* A librdkafka text without what changes from time to time: no repetition of
 * it would look the same. */
void ce_kafka_reason(char *out, size_t size, const char *text);
/* The reason of an error that an event or callback brings, if it means that
 * the peer is away or will not have us. */
bool ce_kafka_is_down(rd_kafka_resp_err_t code);

/* --- wake: librdkafka's queues in the loop --- */

typedef struct ce_kafka_wake ce_kafka_wake;
typedef void ce_kafka_wake_fn(void *arg);
/* Calls FN when QUEUE is no longer empty; FN must drain it. */
ce_status ce_kafka_wake_open(ce_kafka_wake **out, ce_loop *loop,
                             ce_kafka_wake_fn *fn, void *arg);
void ce_kafka_wake_watch(ce_kafka_wake *w, rd_kafka_queue_t *queue);
void ce_kafka_wake_unwatch(rd_kafka_queue_t *queue);
/* Accepts NULL. The queue is gone or no longer watched. */
void ce_kafka_wake_close(ce_kafka_wake *w);

/* --- probe: whether a broker answers --- */

typedef struct ce_kafka_probe ce_kafka_probe;
/* CODE: no error when a broker knows the topic, or answered at all. */
typedef void ce_kafka_probe_fn(void *arg, rd_kafka_resp_err_t code);
/* Asks for the metadata of TOPIC, or of none with NULL, on a worker thread,
 * and calls FN on the loop's. NULL when out of memory. */
ce_kafka_probe *ce_kafka_probe_new(ce_loop *loop, rd_kafka_t *rk,
                                   rd_kafka_topic_t *topic,
                                   ce_kafka_probe_fn *fn, void *arg);
/* The same with a question of the caller's own, which blocks for about
 * CE_KAFKA_ASK_MS at most and may use ARG. */
enum { CE_KAFKA_ASK_MS = 1000 };
typedef rd_kafka_resp_err_t ce_kafka_ask_fn(rd_kafka_t *rk,
                                            rd_kafka_topic_t *topic, void *arg);
ce_kafka_probe *ce_kafka_probe_with(ce_loop *loop, rd_kafka_t *rk,
                                    rd_kafka_topic_t *topic,
                                    ce_kafka_ask_fn *ask, ce_kafka_probe_fn *fn,
                                    void *arg);
/* FN is not called any more; waits until RK and ARG are out of use, which
 * takes no longer than the question. Accepts NULL. */
void ce_kafka_probe_drop(ce_kafka_probe *p);

/* --- receiver, its records, rebalance --- */

typedef struct ce_kafka_reply_writer ce_kafka_reply_writer;

typedef struct ce_kafka_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    const ce_settings *settings;
    ce_stage *into;
    rd_kafka_conf_t *conf; /* of the next client */
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_kafka_probe *probe;
    ce_kafka_reply_writer *answers; /* a responder's, or NULL */
    rd_kafka_topic_partition_list_t *subscription;
    rd_kafka_topic_partition_list_t *revoked; /* drained before they go */
    uint64_t revoke_by_ms;
    ce_kafka_ledger *ledgers, *lost, *recent;
    rd_kafka_message_t *held; /* taken when there was no credit */
    uint64_t starved_ms;      /* since when */
    size_t max_event_bytes;
    ce_slice key_as; /* absent: keys stay keys */
    bool assumes;    /* that records without headers are structured JSON */
    ce_task more, store;
    ce_timer tick;
    char why[200]; /* the last error of a connection */
    uint64_t warned_ms;
    unsigned warnings, unwarned;
    size_t read_bytes, read_count; /* since the last nudge */
    bool running, closing;
    bool assigned; /* the group has answered */
    bool refused;  /* the topic is not there, or not for us */
    bool paused;
    bool again; /* some ledger waits to be read again */
    bool is_fatal;
} ce_kafka_receiver;

/* A delivery of the pool. */
typedef struct ce_kafka_incoming {
    ce_delivery d;
    rd_kafka_message_t *record;
    ce_kafka_ledger *ledger;
    uint64_t pos;
    bool has_reply; /* an event is on its way to whoever asked */
} ce_kafka_incoming;

/* Pushes M as a delivery that owns it. False: there is no credit for it. */
bool ce_kafka_hand_over(ce_kafka_receiver *r, ce_kafka_ledger *l,
                        rd_kafka_message_t *m);

ce_status ce_kafka_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err);
/* A receiver that carries replies back. */
ce_status ce_kafka_responder_open(ce_receiver **out, const ce_endpoint *at,
                                  ce_error *err);

/* librdkafka's rebalance callback. */
void ce_kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *partitions,
                        void *opaque);
/* Gives up what was revoked, once it is drained or its time is over. */
void ce_kafka_revoke(ce_kafka_receiver *r);
/* The ledger of a partition that is assigned, or NULL. */
ce_kafka_ledger *ce_kafka_find(ce_kafka_receiver *r, const char *topic,
                               int32_t partition);
/* Stores the offsets that have moved. */
void ce_kafka_store(ce_kafka_receiver *r);
/* Stops or restarts fetching of everything assigned. */
void ce_kafka_pause(ce_kafka_receiver *r);
void ce_kafka_resume(ce_kafka_receiver *r);
/* Reads again what came back undelivered. */
void ce_kafka_read_again(ce_kafka_receiver *r);
/* Has librdkafka look at a partition again of which so much was read: its 2.0
 * fetches nothing for a partition whose queue was full until something wakes
 * the broker's thread, or a second is over. */
void ce_kafka_nudge(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                    size_t bytes);
/* No offset will come of any ledger. */
void ce_kafka_lose_all(ce_kafka_receiver *r);
/* Frees lost ledgers that nobody points at. */
void ce_kafka_sweep(ce_kafka_receiver *r);

/* --- sender --- */

ce_status ce_kafka_sender_open(ce_sender **out, const ce_endpoint *at,
                               ce_error *err);
/* A sender that brings replies. */
ce_status ce_kafka_requester_open(ce_sender **out, const ce_endpoint *at,
                                  ce_error *err);

#endif
