/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop on one thread: tasks, timers and a clock over libuv. */
#ifndef CLOUDEVENTS_LOOP_H
#define CLOUDEVENTS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cloudevents/error.h>

CE_BEGIN_DECLS

struct uv_loop_s;
typedef struct ce_loop ce_loop;

/* UV is the caller's own loop, which must outlive this one; NULL makes one. */
CE_API ce_status ce_loop_open(ce_loop **out, struct uv_loop_s *uv,
                              ce_error *err) CE_MUST_USE;
/* Nothing may be posted any more and every timer is stopped. On a loop of its
 * own it waits for handles that are closing. Accepts NULL. */
CE_API void ce_loop_close(ce_loop *l);

/* Runs until ce_loop_stop. The calling thread is the loop's thread. */
CE_API void ce_loop_run(ce_loop *l);
/* Any thread, also before the run. */
CE_API void ce_loop_stop(ce_loop *l);

/* For handles of the caller's own: sockets, pipes. */
CE_API struct uv_loop_s *ce_loop_uv(ce_loop *l);
/* Monotonic, as of this turn of the loop. */
CE_API uint64_t ce_loop_now_ms(const ce_loop *l);

/* The mailbox: work for the loop's thread. Tasks run in the order posted, all
 * that are there per wake-up. A task belongs to the loop until it has run. */
typedef struct ce_task ce_task;
struct ce_task {
    void (*run)(ce_task *t);
    ce_task *next; /* the loop's */
    bool posted;   /* the loop's, under its lock */
};
/* Any thread; never blocks for long. A task that waits already is not posted
 * twice. */
CE_API void ce_loop_post(ce_loop *l, ce_task *t);
/* Takes back a task that waits, before its owner goes. Loop thread only. */
CE_API void ce_loop_unpost(ce_loop *l, ce_task *t);

/* A one-shot timer inside its owner; zeroed it is stopped. Loop thread only. */
typedef struct ce_timer ce_timer;
struct ce_timer {
    void (*fire)(ce_timer *t);
    uint64_t due_ms;
    ce_timer *child, *next, *prev; /* the loop's heap */
    ce_loop *loop;                 /* NULL: stopped */
};
/* Restarts a running one. FIRE must be set. While timers fire, a delay of 0
 * counts as 1. */
CE_API void ce_timer_start(ce_loop *l, ce_timer *t, uint64_t delay_ms);
/* Harmless when it does not run. */
CE_API void ce_timer_stop(ce_timer *t);

/* The object of TYPE whose MEMBER is at PTR. */
#define CE_OWNER(ptr, type, member)                                            \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

CE_END_DECLS

#endif
