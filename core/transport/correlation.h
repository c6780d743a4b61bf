/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the request that an answer belongs to, by a text that travels with the
 * request and comes back with the answer. */
#ifndef CE_CORE_TRANSPORT_CORRELATION_H
#define CE_CORE_TRANSPORT_CORRELATION_H

#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/slice.h>

enum { CE_CORRELATION_LEN = 32 };

typedef struct ce_correlations {
    char nonce[17]; /* begins each text of ours */
    uint64_t last;
    struct ce_correlation_slot *slots;
    unsigned count;  /* of slots */
    unsigned unused; /* the first free one's index + 1, or 0 */
    unsigned waiting;
} ce_correlations;

ce_status ce_correlations_open(ce_correlations *c, ce_error *err);
/* Zeroed, it is closed. */
void ce_correlations_close(ce_correlations *c);
/* Returns a number for the waiting WHO, which is never used again; 0 without
 * memory, and when 65,536 wait. */
uint64_t ce_correlations_add(ce_correlations *c, void *who);
void ce_correlations_drop(ce_correlations *c, uint64_t number);
void ce_correlations_write(const ce_correlations *c, uint64_t number,
                           char out[CE_CORRELATION_LEN + 1]);
/* Returns the one that waits for TEXT, or NULL. *IS_OURS: we made the text, so
 * the answer comes too late; others belong to other programs. */
void *ce_correlations_find(const ce_correlations *c, ce_slice text,
                           bool *is_ours);
/* Returns the one that has the slot INDEX, which is below COUNT, or NULL. */
void *ce_correlations_at(const ce_correlations *c, unsigned index);

#endif
