/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the results that the sources of one worker were given. They decide
 * about the exit code and are summed up at the end. */
#ifndef CE_BRIDGE_RUN_TALLY_H
#define CE_BRIDGE_RUN_TALLY_H

#include <stdbool.h>
#include <stdint.h>

/* Use it on the loop's thread only, or after the thread has ended. */
typedef struct br_tally {
    uint64_t refused, undelivered;
    uint64_t returned; /* not settled since STOPPING: the source may have
                          them */
    bool stopping;
} br_tally;

#endif
