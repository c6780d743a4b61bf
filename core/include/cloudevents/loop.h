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

/* Pass your own libuv loop as UV and keep it until the loop is closed, or pass
 * NULL to have one made. */
CE_API ce_status ce_loop_open(ce_loop **out, struct uv_loop_s *uv,
                              ce_error *err) CE_MUST_USE;
/* Call only when no thread posts any more and every timer is stopped. Waits for
 * handles that are closing if the loop made its own libuv loop. Accepts
 * NULL. */
CE_API void ce_loop_close(ce_loop *l);

/* Runs until ce_loop_stop. The calling thread is the loop's thread. */
CE_API void ce_loop_run(ce_loop *l);
/* Ends the run. Call it from any thread, also before the run. */
CE_API void ce_loop_stop(ce_loop *l);

/* The libuv loop below, to add your own handles to: sockets, pipes. Loop thread
 * only. */
CE_API struct uv_loop_s *ce_loop_uv(ce_loop *l);
/* Milliseconds of a monotonic clock as of this turn of the loop; they have
 * nothing to do with the time of day. Loop thread only. */
CE_API uint64_t ce_loop_now_ms(const ce_loop *l);

/* The mailbox: work for the loop's thread. Tasks run in the order posted, all
 * that are there per wake-up. Put a task into the object that it works for, and
 * leave it alone from the post until it runs: it belongs to the loop. */
typedef struct ce_task ce_task;
struct ce_task {
    void (*run)(ce_task *t);
    ce_task *next; /* the loop's */
    bool posted;   /* the loop's, under its lock */
};
/* Call it from any thread; it takes a lock for some instructions and never
 * waits. A task that waits already is not posted twice. */
CE_API void ce_loop_post(ce_loop *l, ce_task *t);
/* Call it before a task's owner goes: takes back a task that waits; does
 * nothing when it does not. Loop thread only. */
CE_API void ce_loop_unpost(ce_loop *l, ce_task *t);

/* A one-shot timer inside its owner; zeroed it is stopped. Loop thread only. */
typedef struct ce_timer ce_timer;
struct ce_timer {
    void (*fire)(ce_timer *t);
    uint64_t due_ms;
    ce_timer *child, *next, *prev; /* the loop's heap */
    ce_loop *loop;                 /* NULL: stopped */
};
/* Set FIRE before. Restarts a running timer. DELAY_MS counts from this turn of
 * the loop. While timers fire, a delay of 0 counts as 1: a timer that starts
 * itself anew does not keep the loop from its sockets. */
CE_API void ce_timer_start(ce_loop *l, ce_timer *t, uint64_t delay_ms);
/* Harmless when it does not run. */
CE_API void ce_timer_stop(ce_timer *t);

/* The object of TYPE whose MEMBER is at PTR. */
#define CE_OWNER(ptr, type, member)                                            \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

CE_END_DECLS

#endif
