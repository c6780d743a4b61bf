/* SPDX-License-Identifier: Apache-2.0 */
/* Pointers from another thread to the loop. Only for the benchmark. */
#ifndef LIMITS_MAILBOX_H
#define LIMITS_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct letters {
    void **at;
    size_t count, room;
} letters;

typedef struct mailbox {
    pthread_mutex_t lock; /* of IN */
    letters in, out;
    size_t next; /* in OUT */
    int bell;
    void (*ready)(void);
} mailbox;

/* READY, unless NULL, is called on the loop when the empty box got something;
 * that is a turn of the loop anyway. */
void mailbox_open(mailbox *m, void (*ready)(void));
/* On any thread. */
void mailbox_put(mailbox *m, void *letter);
/* On the loop, the oldest first. False: there is none. */
bool mailbox_take(mailbox *m, void **letter);

#endif
