/* SPDX-License-Identifier: Apache-2.0 */
/* A message plus the duty to settle it exactly once with a result. */
#ifndef CLOUDEVENTS_DELIVERY_H
#define CLOUDEVENTS_DELIVERY_H

#include <cloudevents/message.h>
#include <cloudevents/queue.h>
#include <cloudevents/result.h>

CE_BEGIN_DECLS

/* Where a message came from, as far as its transport knows; it serves
 * templates, log lines and dead letters and is never sent on as attributes. */
typedef struct ce_origin {
    ce_slice topic;    /* Kafka or MQTT topic, HTTP path, file name */
    int32_t partition; /* -1: none */
    int64_t offset;    /* Kafka offset, line number; -1: none */
    ce_attrs metadata; /* foreign headers or user properties, if kept */
} ce_origin;

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
typedef void ce_settle_fn(ce_hook *h, ce_delivery *d, const ce_result *r);

struct ce_hook {
    ce_settle_fn *settled;
    void *self;
    uint64_t state; /* the stage's own word, such as a start time */
};

enum { CE_HOOKS_MAX = 12 };

/* Loop thread only. What can be reached through it lives until it is settled.
 * Pushing hands it over. */
struct ce_delivery {
    ce_message message; /* the working copy; its bytes are constant */
    ce_origin origin;
    ce_defect defect;      /* of a message of mode none */
    bool interactive;      /* a caller waits for the result and can repeat */
    bool abandoned;        /* nobody waits any more: it is not sent again */
    ce_arena *arena;       /* reset when the pool takes it back */
    const ce_event *event; /* see ce_delivery_event */
    ce_link link;          /* for a queue of the one that holds it */
    ce_delivery *parent;   /* of a child made by a stage */
    size_t charged;        /* bytes counted against the pool */
    uint64_t number;       /* in log lines of the level debug; 0: none yet */
    const char *stage;     /* that has it, for these lines */
    struct ce_pool *pool;
    unsigned depth;
    ce_hook hooks[CE_HOOKS_MAX];
};

/* Call before pushing D on: SETTLED sees the result before the hooks that are
 * there already. At most CE_HOOKS_MAX. */
CE_API void ce_delivery_hook(ce_delivery *d, ce_settle_fn *settled, void *self,
                             uint64_t state);

/* Call exactly once for a delivery that was pushed to you; do not touch D any
 * more. The newest hook is removed and gets the result. A hook passes it on by
 * settling again, or keeps the delivery. The oldest is the receiver's. */
CE_API void ce_settle(ce_delivery *d, const ce_result *r);
/* The common results. REASON may be NULL. */
CE_API void ce_settle_ack(ce_delivery *d, ce_fate fate);
CE_API void ce_settle_nack(ce_delivery *d, int code, const char *reason);
CE_API void ce_settle_undelivered(ce_delivery *d, int code,
                                  uint32_t retry_after_ms, const char *reason);
/* A NACK whose cause is the message itself. */
CE_API void ce_settle_malformed(ce_delivery *d, int code, const char *reason);

/* The decoded and checked event, made once and cached; NULL with ERR when the
 * message is not a valid event. */
CE_API const ce_event *ce_delivery_event(ce_delivery *d, ce_error *err);
/* Replaces the message and forgets the cached event. */
CE_API void ce_delivery_set_message(ce_delivery *d, const ce_message *m);

CE_END_DECLS

#endif
