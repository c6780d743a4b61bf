/* SPDX-License-Identifier: Apache-2.0 */
/* Where events stand that a source has taken back: others of their key are
 * before them, and held the credit that other keys need.
 *
 * Of each there is only a stub, by which the source reads it again. A stage
 * that keeps lanes gives back what waits in one for long when the source is
 * short of credit. From then on everything of that key goes back, until the
 * oldest that stands there has come again: so the order holds. What is settled
 * lets others of its key come again. Loop thread only. */
#ifndef CE_CORE_PIPELINE_YARD_H
#define CE_CORE_PIPELINE_YARD_H

#include "core/pipeline/lanes.h"

/* A source reads on only while fewer stand in its yard: some megabytes, and as
 * many records as Kafka sources remember behind one without a result. */
enum { CE_YARD_MAX = 65536 };

typedef struct ce_yard ce_yard;

/* What remains of a delivery that is taken back. */
struct ce_stub {
    ce_place place; /* its number is the source's: later events have more */
    ce_yard *yard;
    uint64_t key;      /* of its lane, once it was there */
    uint64_t since_ms; /* when it first came to its lane, by the loop's clock */
    unsigned attempts; /* until it was taken back */
    bool stands;       /* in the yard */
    bool returns;      /* stood there before */
    bool mark;         /* the source's own */
};

struct ce_yard {
    ce_lanes lanes; /* of those that stand here */
    ce_queue due;   /* lanes of which some may come again */
    ce_queue spare; /* stubs */
    unsigned count, spares;
    /* For the source to set: */
    bool is_short;    /* it has no credit for more */
    unsigned unkeyed; /* deliveries with several events are out: nothing is
                         taken back, for theirs could not be */
};

/* Whether the source of D has taken it back: its result is no result. */
static inline bool ce_yard_has(const ce_delivery *d)
{
    return d->stub && d->stub->stands;
}
/* Whether D comes again after that. */
static inline bool ce_yard_had(const ce_delivery *d)
{
    return d->stub && d->stub->returns;
}

/* --- for the source --- */

void ce_yard_init(ce_yard *y);
/* What stands there is forgotten. Call it when no stub is out. */
void ce_yard_close(ce_yard *y);

/* Returns a stub for a delivery's STUB, or NULL without memory. */
ce_stub *ce_yard_new(ce_yard *y, uint64_t number);
/* Call when its delivery is settled, unless it stands in the yard: others of
 * its key may come again. */
void ce_yard_done(ce_stub *s);

/* Returns the next one that may come again, still in the yard, or NULL. IDLE:
 * nothing is out that could let it. */
ce_stub *ce_yard_next(ce_yard *y, bool idle);
/* Takes it out. It is the caller's again. */
void ce_yard_leave(ce_stub *s);

/* --- for a stage that keeps lanes --- */

/* Call when the delivery of S comes to the lane of KEY. True: older ones stand
 * in the yard, and S too now. Settle the delivery as UNDELIVERED. */
bool ce_yard_keeps(ce_stub *s, uint64_t key);
/* Call for one that waits in its lane, behind others. True: S stands in the
 * yard now, and its delivery is to be settled; give back all newer ones of the
 * lane too. */
bool ce_yard_takes(ce_stub *s);

#endif
