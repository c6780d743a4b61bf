/* SPDX-License-Identifier: Apache-2.0 */
/* Stages pass deliveries down; the pool is the credit; the inbox is custody. */
#ifndef CLOUDEVENTS_PIPELINE_H
#define CLOUDEVENTS_PIPELINE_H

#include <cloudevents/delivery.h>
#include <cloudevents/loop.h>

CE_BEGIN_DECLS

typedef struct ce_stage ce_stage;

typedef struct ce_stage_ops {
    const char *name;
    /* Passes D on or settles it, now or later. Loop thread; never blocks. */
    void (*push)(ce_stage *s, ce_delivery *d);
    /* From now on nothing is held back: what waits is settled UNDELIVERED, and
     * so is what fails later. NULL: the stage never holds anything back. */
    void (*stop)(ce_stage *s);
    /* Called only when nothing is in flight. Frees the stage, not the next
     * one. */
    void (*close)(ce_stage *s);
} ce_stage_ops;

struct ce_stage {
    const ce_stage_ops *ops;
    ce_stage *next; /* NULL in a sender */
};

/* Hands D over to S: do not touch D any more, it may be settled and used again
 * when this returns. Loop thread only. */
CE_API void ce_push(ce_stage *s, ce_delivery *d);

/* COUNT deliveries of SIZE bytes, each beginning with a ce_delivery and the
 * rest zeroed at every take, and at most MAX_BYTES charged to them. Memory is
 * allocated as it is first needed. Loop thread only. */
typedef struct ce_pool ce_pool;
typedef void ce_pool_fn(void *arg);

CE_API ce_status ce_pool_open(ce_pool **out, unsigned count, size_t size,
                              size_t max_bytes) CE_MUST_USE;
/* FN only makes a note or posts a task, since it runs inside a settlement. It
 * is called when a pool that refused is half free again. */
CE_API void ce_pool_on_refilled(ce_pool *p, ce_pool_fn *fn, void *arg);
/* The same rule. FN is called whenever the last delivery comes home. */
CE_API void ce_pool_on_idle(ce_pool *p, ce_pool_fn *fn, void *arg);
/* NULL means no credit: stop receiving until refilled. */
CE_API ce_delivery *ce_pool_take(ce_pool *p);
/* Counts the message's bytes; the limit may be overshot by one message. */
CE_API void ce_pool_charge(ce_pool *p, ce_delivery *d, size_t bytes);
/* Call in the receiver's hook, the last one: gives the delivery back. */
CE_API void ce_pool_give(ce_delivery *d);
/* Deliveries that are out. */
CE_API unsigned ce_pool_out(const ce_pool *p);
/* Call only when every delivery is home. Accepts NULL. */
CE_API void ce_pool_close(ce_pool *p);

/* Whether an endpoint is connected, bound, subscribed. Loop thread only. */
typedef struct ce_health ce_health;
typedef struct ce_watch ce_watch;
/* A member of an object that wants to hear of changes. */
struct ce_watch {
    void (*changed)(ce_watch *w, const ce_health *h);
    ce_watch *next;
};
struct ce_health {
    bool up;
    char label[200];  /* the endpoint, without secrets */
    char reason[200]; /* why it is down */
    ce_watch *watches;
    ce_loop *loop;
    uint64_t next_log_ms;
    uint32_t log_pause_ms;
};

CE_API void ce_health_init(ce_health *h, ce_loop *l, const char *label);
CE_API void ce_health_watch(ce_health *h, ce_watch *w);
/* Call before the memory of W goes; harmless when it does not watch. */
CE_API void ce_health_unwatch(ce_health *h, ce_watch *w);
CE_API void ce_health_up(ce_health *h);
/* Logs a warning line at once when the reason is new, else with a growing
 * pause, so that callers may repeat it with every attempt. */
CE_API void ce_health_down(ce_health *h, const char *fmt, ...) CE_PRINTF(2, 3);

/* A durable queue (LMDB) that takes custody of messages. */
typedef struct ce_inbox ce_inbox;

/* Stores a copy. Any thread; returns after the record is safe (against a
 * crash; with sync against power loss). Above the high mark it goes on
 * taking what a transport cannot give back, until there is no room at all
 * (CE_EAGAIN): look at ce_inbox_is_high after every put.
 * DEFECT says why a message of mode none is no event; NULL: it is plain. */
CE_API ce_status ce_inbox_put(ce_inbox *i, const ce_message *m,
                              const ce_origin *o, const char *defect,
                              ce_error *err) CE_MUST_USE;
/* Whether the stored bytes are above the high mark: time to stop receiving.
 * Any thread. */
CE_API bool ce_inbox_is_high(const ce_inbox *i);
/* Posts T on LOOP each time that an inbox above its high mark has fallen to
 * its low mark. */
CE_API void ce_inbox_on_low(ce_inbox *i, ce_loop *loop, ce_task *t);

CE_END_DECLS

#endif
