/* SPDX-License-Identifier: Apache-2.0 */
/* Stages pass deliveries down; the pool is the credit; the inbox is custody.
 *
 * Everything here runs on the loop thread, unless it says otherwise. A chain of
 * stages has a receiver above it and ends with a sender. A delivery goes down
 * by ce_push; its result comes up by ce_settle. */
#ifndef CLOUDEVENTS_PIPELINE_H
#define CLOUDEVENTS_PIPELINE_H

#include <cloudevents/delivery.h>
#include <cloudevents/loop.h>

CE_BEGIN_DECLS

typedef struct ce_stage ce_stage;

/* What a stage can do. Write one constant table for each kind of stage. */
typedef struct ce_stage_ops {
    const char *name; /* for log lines of the level debug */
    /* Passes D on or settles it, now or later. Must not block. To see the
     * result, call ce_delivery_hook before passing D on. */
    void (*push)(ce_stage *s, ce_delivery *d);
    /* Must settle every delivery that waits, as UNDELIVERED, and hold none
     * back from now on: what fails later is settled at once. NULL: the stage
     * never holds anything back. */
    void (*stop)(ce_stage *s);
    /* Frees the stage, not the next one. Called only when nothing is in
     * flight. ce_stage_free where there is no more to free. */
    void (*close)(ce_stage *s);
} ce_stage_ops;

/* The first member of every stage's own struct. */
struct ce_stage {
    const ce_stage_ops *ops;
    ce_stage *next; /* NULL in a sender */
};

/* Returns SIZE zeroed bytes that begin with a stage, or NULL when out of
 * memory. NEXT is where it passes deliveries on. The caller owns it; its ops
 * free it. */
CE_API void *ce_stage_new(size_t size, const ce_stage_ops *ops,
                          ce_stage *next) CE_MUST_USE;
CE_API void ce_stage_free(ce_stage *s);

/* Hands D over to S: do not touch D any more, it may be settled and used again
 * when this returns. */
CE_API void ce_push(ce_stage *s, ce_delivery *d);

/* A receiver's deliveries. The pool limits how many are out at once, and how
 * many bytes they hold: that is the receiver's credit. */
typedef struct ce_pool ce_pool;
typedef void ce_pool_fn(void *arg);

/* Opens a pool of COUNT deliveries, at least 1, of SIZE bytes each. Each begins
 * with a ce_delivery; the rest is yours and zeroed at every take. At most
 * MAX_BYTES are charged to them. Memory is allocated as it is first needed.
 * Close it with ce_pool_close. Fails with CE_ENOMEM only. */
CE_API ce_status ce_pool_open(ce_pool **out, unsigned count, size_t size,
                              size_t max_bytes) CE_MUST_USE;
/* Calls FN when a pool that refused has room again: receive again. FN may only
 * make a note or post a task, since it runs inside a settlement. */
CE_API void ce_pool_on_refilled(ce_pool *p, ce_pool_fn *fn, void *arg);
/* Calls FN whenever the last delivery comes home. The same rule holds for
 * FN. */
CE_API void ce_pool_on_idle(ce_pool *p, ce_pool_fn *fn, void *arg);
/* Returns a zeroed delivery to fill in and push, or NULL: there is no credit or
 * no memory, so stop receiving until the pool is refilled. */
CE_API ce_delivery *ce_pool_take(ce_pool *p);
/* Call after taking D: counts the message's bytes. The limit may be overshot by
 * one message; ce_pool_take refuses then. */
CE_API void ce_pool_charge(ce_pool *p, ce_delivery *d, size_t bytes);
/* Call in the receiver's hook, which is the last one: gives the delivery back.
 * All that lives in its arena is gone. */
CE_API void ce_pool_give(ce_delivery *d);
/* Whether the last take was refused, and nothing has been given back since that
 * would make room. */
CE_API bool ce_pool_is_starved(const ce_pool *p);
/* Returns how many deliveries are out. */
CE_API unsigned ce_pool_out(const ce_pool *p);
/* Returns how many bytes are charged to them. */
CE_API size_t ce_pool_bytes(const ce_pool *p);
/* Call only when every delivery is home. Accepts NULL. */
CE_API void ce_pool_close(ce_pool *p);

/* Whether an endpoint is connected, bound, subscribed. */
typedef struct ce_health ce_health;
typedef struct ce_watch ce_watch;
/* A member of an object that wants to hear of changes. Set CHANGED before you
 * watch; it must not add or remove watches. */
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
    uint64_t next_log_ms; /* a line with the same reason waits until then */
    uint32_t log_pause_ms;
    uint32_t log_count; /* such reasons since the last line */
};

/* Makes H down, "not connected yet". LABEL is copied; give it without secrets,
 * as ce_settings_label does. There is nothing to free. */
CE_API void ce_health_init(ce_health *h, ce_loop *l, const char *label);
/* Calls W->changed at every change from now on. Keep W until
 * ce_health_unwatch, or as long as H. */
CE_API void ce_health_watch(ce_health *h, ce_watch *w);
/* Call before the memory of W goes; harmless when it does not watch. */
CE_API void ce_health_unwatch(ce_health *h, ce_watch *w);
/* Call when the endpoint is connected; harmless when it is up already. */
CE_API void ce_health_up(ce_health *h);
/* Call when the endpoint is not connected; FMT, as for printf, says why in one
 * line without secrets. You may repeat it with every attempt: it logs a warning
 * at once when the reason is new, else after a pause that grows to 30 s. */
CE_API void ce_health_down(ce_health *h, const char *fmt, ...) CE_PRINTF(2, 3);

/* A durable queue (LMDB) that takes custody of messages. An endpoint is given
 * one; the owner of the endpoint opens and closes it. */
typedef struct ce_inbox ce_inbox;

/* Stores a copy of M and O; confirm to the peer only after CE_OK. Any thread;
 * it blocks until the record is safe against a crash of the process, and with
 * sync against a power loss. Above the high mark it goes on taking what a
 * transport cannot give back, until there is no room at all (CE_EAGAIN): look
 * at ce_inbox_is_high after every put. DEFECT says why a message of mode none
 * is no event; NULL: it is plain. */
CE_API ce_status ce_inbox_put(ce_inbox *i, const ce_message *m,
                              const ce_origin *o, const char *defect,
                              ce_error *err) CE_MUST_USE;
/* Returns whether the stored bytes are above the high mark: stop receiving
 * until ce_inbox_on_low. Any thread. */
CE_API bool ce_inbox_is_high(const ce_inbox *i);
/* Posts T on LOOP each time that an inbox above its high mark has fallen to
 * its low mark. T is yours: call again with NULL before it
 * goes. */
CE_API void ce_inbox_on_low(ce_inbox *i, ce_loop *loop, ce_task *t);

CE_END_DECLS

#endif
