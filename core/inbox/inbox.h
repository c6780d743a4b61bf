/* SPDX-License-Identifier: Apache-2.0 */
/* A durable queue as the end of one chain and the beginning of another: opening
 * it, its stage and its receiver. Putting into it is public (pipeline.h). */
#ifndef CE_CORE_INBOX_INBOX_H
#define CE_CORE_INBOX_INBOX_H

#include <stdatomic.h>

#include <cloudevents/transport.h>

typedef struct ce_inbox_config {
    const char *dir;             /* made if it is not there; locked */
    const char *route;           /* named in what is kept as refused */
    uint64_t max_bytes;          /* the high mark of what waits */
    uint64_t max_refused_bytes;  /* of what was refused; 0: a quarter of it */
    bool salvage;                /* of a damaged one keep what is readable, and
                                    go on; else it is refused */
    bool sync;                   /* flush every commit */
    atomic_uint_fast64_t *added; /* counts records as they come, or NULL */
} ce_inbox_config;
/* Fails with CE_EAGAIN while another process has the directory. */
ce_status ce_inbox_open(ce_inbox **out, const ce_inbox_config *c,
                        ce_error *err);
/* Settles as stored what is pushed, once it is safe: the end of the chain
 * before it. */
ce_status ce_inbox_stage(ce_stage **out, ce_inbox *i, ce_loop *loop);
/* Receives from the inbox: the beginning of the chain behind it. */
ce_status ce_inbox_receiver(ce_receiver **out, ce_inbox *i, ce_loop *loop,
                            unsigned max_in_flight);
/* Call when nothing will be put any more: the receiver calls ENDED when all is
 * settled, at once perhaps. */
void ce_inbox_receiver_finish(ce_receiver *r);
/* Records that wait or are in flight. Any thread. */
uint64_t ce_inbox_count(const ce_inbox *i);
/* Records that were refused and are kept, as dead letters. Any thread. */
uint64_t ce_inbox_refused(const ce_inbox *i);
/* Call when the stages and the receiver are closed. */
void ce_inbox_close(ce_inbox *i);

#endif
