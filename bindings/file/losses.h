/* SPDX-License-Identifier: Apache-2.0 */
/* Tells of lines that were not delivered. */
#ifndef CE_BINDINGS_FILE_LOSSES_H
#define CE_BINDINGS_FILE_LOSSES_H

#include <stdint.h>

#include <cloudevents/delivery.h>

typedef struct ce_file_losses {
    const char *name;  /* of the file; set by the owner */
    uint64_t given_up; /* lines that are not tried again */
} ce_file_losses;

/* A line has its last result; one that was delivered is no loss. */
void ce_file_losses_note(ce_file_losses *l, ce_delivery *d, const ce_result *r);
/* How many have not been told one by one. */
void ce_file_losses_end(const ce_file_losses *l);

#endif
