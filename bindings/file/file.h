/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ends of the file binding share. */
#ifndef CE_BINDINGS_FILE_FILE_H
#define CE_BINDINGS_FILE_FILE_H

#include <cloudevents/transport.h>

extern const ce_transport ce_transport_file;

ce_status ce_file_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err);
ce_status ce_file_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err);

/* Whether the endpoint is "-". */
bool ce_file_is_standard(const ce_settings *s);

/* Waits for a descriptor on the loop without changing its flags: standard
 * input and output share theirs with other processes. */
typedef struct ce_file_watch ce_file_watch;

/* READY is called once per ce_file_watch_arm, on the loop. Fails with
 * CE_ENOTSUP for descriptors that are always ready, such as files. */
ce_status ce_file_watch_open(ce_file_watch **out, ce_loop *l, int fd,
                             bool writing, void (*ready)(void *arg), void *arg);
void ce_file_watch_arm(ce_file_watch *w);
void ce_file_watch_disarm(ce_file_watch *w);
/* Accepts NULL. */
void ce_file_watch_close(ce_file_watch *w);

#endif
