/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver has read of an inbox and not settled yet. Records are read in
 * their order, as far as there is credit; what stages have given back, because
 * others of its key are before it, stands in a yard and is read again later.
 * The receivers' loop only. */
#ifndef CE_CORE_INBOX_INTAKE_H
#define CE_CORE_INBOX_INTAKE_H

#include "core/inbox/store.h"
#include "core/pipeline/yard.h"

/* A delivery of the pool. */
typedef struct ce_incoming {
    ce_delivery d;
    uint64_t number;
    bool is_first; /* of all receivers of the inbox */
    bool is_batch;
    ce_slice record; /* in the arena, before the mark */
    ce_arena_mark mark;
} ce_incoming;

typedef struct ce_intake {
    ce_inbox *inbox;
    unsigned sink;
    uint64_t seed; /* of what its records are named by */
    ce_pool *pool;
    ce_yard yard;
    uint64_t position; /* the last record that was read in order */
    ce_queue fresh;    /* read, for the receiver to push */
    /* Of the last read: */
    unsigned read, skipped;
    bool is_cut;       /* there may be more to read */
    bool is_long;      /* more than a turn of the loop should take */
    bool lacks_memory; /* that is why it is cut */
    bool lacks_room;   /* for the one that was read last */
    ce_stub *wanted;   /* from the yard */
} ce_intake;

/* Fails with CE_ENOMEM only. */
ce_status ce_intake_open(ce_intake *n, ce_inbox *i, unsigned sink,
                         unsigned max_in_flight);
/* Harmless when it is zeroed. */
void ce_intake_close(ce_intake *n);

/* Reads into FRESH what there is credit for. */
ce_status ce_intake_read(ce_intake *n, ce_error *err);
/* Makes IN what it was when it was read. */
void ce_intake_renew(ce_intake *n, ce_incoming *in);
/* Call when IN is settled, or stands in the yard. */
void ce_intake_give(ce_intake *n, ce_incoming *in);
/* Whether all that was read is settled, and nothing waits. */
bool ce_intake_is_done(const ce_intake *n);

#endif
