/* SPDX-License-Identifier: Apache-2.0 */
/* The store behind the inbox stage and the inbox receiver. */
#ifndef CE_CORE_INBOX_STORE_H
#define CE_CORE_INBOX_STORE_H

#include "core/inbox/inbox.h"

/* Appends the record of one message: every field, byte for byte. */
ce_status ce_record_write(const ce_message *m, const ce_origin *o,
                          const char *defect, ce_buf *out);
/* Fills D's message, origin, defect and plain with views of RECORD. */
ce_status ce_record_read(ce_slice record, ce_delivery *d);

/* How long ago RECORD was written, by the wall clock; 0 if it does not say. */
uint64_t ce_record_age_ms(ce_slice record);
/* A name for RECORD, which has NUMBER in the inbox that SEED tells from others:
 * milliseconds since 1970 when it was written in 48 bits, then what tells it
 * from others of that time. */
void ce_record_name(ce_slice record, uint64_t seed, uint64_t number,
                    uint64_t out[2]);
/* Whether its sum fits it. */
bool ce_record_is_intact(ce_slice record);

/* Stores COUNT records in one commit. Any thread. */
ce_status ce_inbox_append(ce_inbox *i, const ce_slice *records, size_t count,
                          ce_error *err);

/* The same for one that comes alone. Any thread. */
ce_status ce_inbox_add(ce_inbox *i, ce_slice record, ce_error *err);

/* What became of a record: it goes, and a letter may stay among the refused. */
typedef struct ce_inbox_outcome {
    uint64_t number;
    ce_slice letter;  /* a record, or absent */
    unsigned sink;    /* that has it; it goes when all have */
    bool is_for_all;  /* ... or at once: no sink is to get it */
    bool was_refused; /* the number is that of a letter, which goes */
} ce_inbox_outcome;
/* Notes COUNT outcomes, removes the records that are done with and keeps their
 * letters, all in one commit. Any thread. */
ce_status ce_inbox_finish(ce_inbox *i, const ce_inbox_outcome *outcomes,
                          size_t count, ce_error *err);

/* What the refused take, and may take at most. Beyond that a refused record has
 * to stay where it is. Any thread. */
uint64_t ce_inbox_bytes(const ce_inbox *i); /* of what waits */
uint64_t ce_inbox_refused_bytes(const ce_inbox *i);
uint64_t ce_inbox_max_refused_bytes(const ce_inbox *i);

/* Stores RECORD under the number that it had. Call it only before others use
 * the inbox. */
ce_status ce_inbox_keep(ce_inbox *i, bool refused, uint64_t number,
                        ce_slice record);

/* Shows the records after number AFTER in order until FN returns false. RECORD
 * is valid during the call. */
typedef bool ce_record_fn(void *arg, uint64_t number, ce_slice record);
ce_status ce_inbox_walk(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                        void *arg, ce_error *err);
/* The same for the refused. */
ce_status ce_inbox_walk_refused(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                                void *arg, ce_error *err);

/* Why the disk has no room for what may still come, as an errno; 0: it has.
 * Until then the inbox counts as high. Any thread. */
int ce_inbox_lack(const ce_inbox *i);
/* Call now and then while the disk lacks room. Any thread. */
void ce_inbox_make_room(ce_inbox *i);

/* Whether SINK has the record from an earlier process. Any thread. */
bool ce_inbox_has(const ce_inbox *i, unsigned sink, uint64_t number);
/* Whether no other receiver of this inbox has taken the record; that of SINK
 * has now. Each takes them in order. The receivers' loop only. */
bool ce_inbox_take(ce_inbox *i, unsigned sink, uint64_t number);

/* Posts T on LOOP whenever records were added, for the receiver of SINK; NULL:
 * no more. */
void ce_inbox_on_added(ce_inbox *i, unsigned sink, ce_loop *loop, ce_task *t);

const char *ce_inbox_dir(const ce_inbox *i);
const char *ce_inbox_route(const ce_inbox *i);
/* NULL: there is one, and it needs no name. */
const ce_inbox_sink *ce_inbox_sinks(const ce_inbox *i, unsigned *count);

#endif
