/* SPDX-License-Identifier: Apache-2.0 */
/* A message plus the duty to settle it exactly once with a result.
 *
 * Everything here runs on the loop thread. The one that holds a delivery may
 * read and change it. It has to push it on, settle it, or keep it and do one of
 * the two later; after a push or a settlement it must not touch it any more. */
#ifndef CLOUDEVENTS_DELIVERY_H
#define CLOUDEVENTS_DELIVERY_H

#include <cloudevents/message.h>
#include <cloudevents/queue.h>
#include <cloudevents/result.h>

CE_BEGIN_DECLS

/* Whether an MQTT broker had kept a message for new subscribers. */
typedef enum ce_retain {
    CE_RETAIN_UNKNOWN,
    CE_RETAIN_NO,
    CE_RETAIN_YES
} ce_retain;

/* Where a message came from, as far as its transport knows; it serves
 * templates, log lines and dead letters and is never sent on as attributes. */
typedef struct ce_origin {
    ce_slice topic;       /* Kafka or MQTT topic, HTTP path, file name */
    int32_t partition;    /* -1: none */
    int64_t offset;       /* Kafka offset, line number; -1: none */
    ce_attrs metadata;    /* foreign headers or user properties, if kept */
    int64_t timestamp_ms; /* of a Kafka record; 0: none */
    ce_retain retain;
    /* Names what comes from an inbox, the same each time that it is read, and
     * no other; zeros: it does not. */
    uint64_t record[2];
} ce_origin;

/* What a receiver keeps of a message in its transport's own form, so that a
 * sender of the same transport need not make it anew: the sender knows it by
 * KIND, and has to see for itself that the message is still the same. */
typedef struct ce_native {
    const void *kind; /* an address that only the transport knows */
} ce_native;

/* Why a message of mode none is no event. */
typedef struct ce_defect {
    const char *reason; /* one line that names the field, the rule and the
                           value; NULL: nothing is wrong with it */
    int code;           /* an HTTP status that says it better than 400, or 0 */
    bool plain;         /* nothing in it claims to be an event: it may be
                           wrapped into one */
} ce_defect;

typedef struct ce_delivery ce_delivery;
typedef struct ce_hook ce_hook;
typedef struct ce_stub ce_stub;
/* Gets the result of a delivery that was pushed on. H is a copy, valid during
 * the call. D belongs to the hook again: settle it, with R or another result,
 * or keep it. R is valid during the call. */
typedef void ce_settle_fn(ce_hook *h, ce_delivery *d, const ce_result *r);

/* Gives all headers as they came, in their order. *OUT borrows from D. */
typedef ce_status ce_headers_fn(ce_delivery *d, ce_attrs *out);

/* What a stage leaves on a delivery that it pushes on, to see the result. */
struct ce_hook {
    ce_settle_fn *settled;
    void *self;
    uint64_t state; /* the stage's own word, such as a start time */
};

/* How many hooks a delivery has room for; see ce_delivery_hook. */
enum { CE_HOOKS_MAX = 12 };

/* Take it from a pool, never make one yourself. What can be reached through it
 * lives until it is settled: copy what you need longer. */
struct ce_delivery {
    ce_message message; /* the working copy; its bytes are constant */
    ce_origin origin;
    ce_defect defect;       /* of a message of mode none */
    ce_headers_fn *headers; /* for dead letters and templates; NULL: the
                               message's attributes and the origin's metadata
                               are all there is */
    /* Those that its children share, or NULL: see ce_headers_of. */
    const ce_attrs *shared_headers;
    ce_native *native; /* of the message as it came, or NULL */
    bool interactive;  /* a caller waits for the result and can repeat */
    bool unordered;    /* it may overtake what has come before it */
    bool abandoned;    /* its source has given it up: it is not sent any more */
    bool insists;      /* a refusal is no result either: it is tried again */
    /* It is to be sent by itself, so that its result is its own: who would give
     * it up for a shared result sets this and pushes it once more. */
    bool alone;
    ce_arena *arena;       /* reset when the pool takes it back */
    const ce_event *event; /* see ce_delivery_event */
    ce_link link;          /* for a queue of the one that holds it */
    ce_delivery *parent;   /* of a child made by a stage */
    ce_stub *stub;         /* by which its source takes it back; or NULL */
    size_t charged;        /* bytes counted against the pool */
    uint64_t number;       /* in log lines of the level debug; 0: none yet */
    const char *stage;     /* that has it, for these lines */
    struct ce_pool *pool;
    unsigned depth;
    ce_hook hooks[CE_HOOKS_MAX];
};

/* Call before pushing D on: SETTLED will see the result before the hooks that
 * are there already. SELF has to live until then. A delivery has room for
 * CE_HOOKS_MAX; one more is a programming error. */
CE_API void ce_delivery_hook(ce_delivery *d, ce_settle_fn *settled, void *self,
                             uint64_t state);

/* Call exactly once for a delivery that was pushed to you; do not touch D any
 * more. R is copied where it is kept. The newest hook is removed and gets the
 * result, before this returns. A hook passes it on by settling again, or keeps
 * the delivery. The oldest is the receiver's. */
CE_API void ce_settle(ce_delivery *d, const ce_result *r);

/* Returns whether the source of D has given it up. What a stage has made of a
 * delivery is abandoned with it. */
CE_API bool ce_delivery_is_abandoned(const ce_delivery *d);
/* Call before taking a delivery out of Q, a queue that waits for the peer:
 * settles those at the front that are abandoned as UNDELIVERED. Returns the
 * next one, still in Q, or NULL. */
CE_API ce_delivery *ce_delivery_next(ce_queue *q);

/* The common results, by the rules of ce_settle. CODE is as in ce_result.
 * REASON is copied and may be NULL. */

/* The event has arrived, or need not: see ce_fate. */
CE_API void ce_settle_ack(ce_delivery *d, ce_fate fate);
/* The event is refused; sending it again would not help. */
CE_API void ce_settle_nack(ce_delivery *d, int code, const char *reason);
/* The event may be sent again, not before RETRY_AFTER_MS milliseconds; 0 leaves
 * the pause to the sender. */
CE_API void ce_settle_undelivered(ce_delivery *d, int code,
                                  uint32_t retry_after_ms, const char *reason);
/* A NACK whose cause is the message itself: it is no valid event. */
CE_API void ce_settle_malformed(ce_delivery *d, int code, const char *reason);

/* Returns the decoded and checked event, made once and cached; NULL with ERR
 * when the message is not a valid event or memory is short. Do not free it: it
 * lives in the delivery until that is settled or gets another message. */
CE_API const ce_event *ce_delivery_event(ce_delivery *d, ce_error *err);
/* Returns the id of the event for a line of the log; NULL when there is none
 * that is valid. It lives in the delivery's arena. */
CE_API const char *ce_delivery_id(ce_delivery *d);
/* Replaces the message and forgets the cached event. M is copied, its bytes are
 * not: keep them until D is settled, best in D's arena. */
CE_API void ce_delivery_set_message(ce_delivery *d, const ce_message *m);

CE_END_DECLS

#endif
