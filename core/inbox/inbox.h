/* SPDX-License-Identifier: Apache-2.0 */
/* A durable queue as the end of one chain and the beginning of another: opening
 * it, its stage and its receiver. Putting into it is public (pipeline.h). */
#ifndef CE_CORE_INBOX_INBOX_H
#define CE_CORE_INBOX_INBOX_H

#include <stdatomic.h>

#include <cloudevents/transport.h>

/* More sinks cannot share an inbox. */
enum { CE_INBOX_SINKS = 64 };
/* Both texts live as long as the inbox. */
typedef struct ce_inbox_sink {
    const char *id;   /* the same one across restarts; no two are equal */
    const char *name; /* what people call it */
} ce_inbox_sink;

typedef struct ce_inbox_config {
    const char *dir;             /* made if it is not there; locked */
    const char *route;           /* named in what is kept as refused */
    uint64_t max_bytes;          /* the high mark of what waits */
    uint64_t max_refused_bytes;  /* of what was refused; 0: a quarter of it */
    bool salvage;                /* of a damaged one keep what is readable, and
                                    go on; else it is refused */
    bool sync;                   /* flush every commit */
    atomic_uint_fast64_t *added; /* counts records as they come, or NULL */
    /* Who gets the records: each goes when all of them have it. NULL: one,
     * and what others have is left as it is. */
    const ce_inbox_sink *sinks;
    unsigned sink_count;
} ce_inbox_config;
/* Fails with CE_EAGAIN while another process has the directory. */
ce_status ce_inbox_open(ce_inbox **out, const ce_inbox_config *c,
                        ce_error *err);
/* Settles as stored what is pushed, once it is safe: the end of the chain
 * before it. While the inbox is full, interactive deliveries are UNDELIVERED at
 * once, and the others wait in their order until there is room. */
ce_status ce_inbox_stage(ce_stage **out, ce_inbox *i, ce_loop *loop);
/* Receives from the inbox for SINK, by its place in the configuration: the
 * beginning of the chain behind it. All receivers of one inbox have one
 * loop. */
ce_status ce_inbox_receiver(ce_receiver **out, ce_inbox *i, ce_loop *loop,
                            unsigned sink, unsigned max_in_flight);
/* Call before the start where sinks are several: what another receiver has
 * taken first goes into AGAIN, which is silent about events that do not even
 * reach a sink. The other one has told. */
void ce_inbox_receiver_again(ce_receiver *r, ce_stage *again);
/* Call when nothing will be put any more: the receiver calls ENDED when all is
 * settled, at once perhaps. */
void ce_inbox_receiver_finish(ce_receiver *r);
/* Records that wait or are in flight. Any thread. */
uint64_t ce_inbox_count(const ce_inbox *i);
/* Those that SINK has not got. Any thread. */
uint64_t ce_inbox_lag(const ce_inbox *i, unsigned sink);
/* Records that were refused and are kept, as dead letters. Any thread. */
uint64_t ce_inbox_refused(const ce_inbox *i);
/* Call when the stages and the receiver are closed. */
void ce_inbox_close(ce_inbox *i);

#endif
