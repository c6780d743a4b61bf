/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for a descriptor on the loop without changing its flags: standard input
 * and output share theirs with other processes. */
#ifndef CE_BINDINGS_FILE_WATCH_H
#define CE_BINDINGS_FILE_WATCH_H

#include <cloudevents/loop.h>

typedef struct ce_file_watch ce_file_watch;

typedef enum ce_file_wait {
    CE_FILE_READABLE,
    CE_FILE_WRITABLE,
    CE_FILE_GONE /* the other end of a pipe is closed */
} ce_file_wait;

/* READY is called once per ce_file_watch_arm, on the loop. Fails with
 * CE_ENOTSUP for descriptors that are always ready, such as files. */
ce_status ce_file_watch_open(ce_file_watch **out, ce_loop *l, int fd,
                             ce_file_wait wait, void (*ready)(void *arg),
                             void *arg);
void ce_file_watch_arm(ce_file_watch *w);
void ce_file_watch_disarm(ce_file_watch *w);
/* FD may be closed afterwards. Accepts NULL. */
void ce_file_watch_close(ce_file_watch *w);

#endif
