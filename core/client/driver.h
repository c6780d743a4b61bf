/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which thread runs a client's loop: the one that waits in a blocking
 * call, until something has to go on by itself; from then on a thread of the
 * client's own. */
#ifndef CE_CORE_CLIENT_DRIVER_H
#define CE_CORE_CLIENT_DRIVER_H

#include <pthread.h>

#include <cloudevents/loop.h>

/* A thread that waits for the loop; lives on its stack. */
typedef struct ce_waiter ce_waiter;
struct ce_waiter {
    bool done; /* under the driver's lock */
    pthread_cond_t woken;
    ce_waiter *next; /* among those that sleep */
};

typedef struct ce_driver {
    ce_loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of what follows */
    bool foreign;           /* the caller runs the loop; set once */
    bool starting;          /* a thread is being made; under the lock */
    bool has_thread;        /* under the lock */
    bool driven;            /* a thread is in the loop; under the lock */
    bool in_turn;           /* of one who waits; loop only */
    ce_waiter *asleep;      /* under the lock */
    pthread_t thread;       /* the loop's, when foreign or has_thread */
    ce_task nudge;
} ce_driver;

ce_status ce_driver_open(ce_driver *r, struct uv_loop_s *uv, ce_error *err);
/* Call when no thread waits any more: ends the thread, then the loop. */
void ce_driver_close(ce_driver *r);

/* Call before something has to go on by itself: a thread runs the loop from now
 * on. Any thread; harmless when it runs already. */
ce_status ce_driver_start_thread(ce_driver *r, ce_error *err);
/* Returns whether the caller is on the loop's own thread: then it must not
 * wait. */
bool ce_driver_is_here(ce_driver *r);

/* Call before ce_driver_wait. Makes the caller the one that runs the loop, if
 * no other thread does, and returns whether it is: then it may run its tasks
 * directly. */
bool ce_driver_take(ce_driver *r);
void ce_waiter_init(ce_waiter *w);
/* Sleeps or runs the loop until W is done. DRIVES is what take has said. */
void ce_driver_wait(ce_driver *r, ce_waiter *w, bool drives);
/* Call on the loop: W has what it waits for. */
void ce_driver_finish(ce_driver *r, ce_waiter *w);

#endif
