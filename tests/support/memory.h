/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that counts, and that fails when the test wants it to. */
#ifndef CE_TESTS_SUPPORT_MEMORY_H
#define CE_TESTS_SUPPORT_MEMORY_H

#include <cloudevents/error.h>

/* Makes it the library's allocator. What was allocated before must have been
 * freed. */
void ce_memory_watch(void);
/* Restores malloc; everything must have been freed. */
void ce_memory_unwatch(void);

/* Blocks that are allocated now. */
long ce_memory_live(void);
/* Allocations and moves since the watch began. */
long ce_memory_calls(void);

/* From the N-th following call on (0 is the next one) nothing is allocated. */
void ce_memory_fail_from(long n);
/* Only the N-th following call fails. */
void ce_memory_fail_at(long n);
/* Between the two there is memory, and nothing is counted down: for the test's
 * own needs. */
void ce_memory_spare_begin(void);
void ce_memory_spare_end(void);
/* There is memory again. */
void ce_memory_heal(void);

/* Runs WORK with its first allocation failing, then its second, until none is
 * left to fail: it fails with CE_ENOMEM and leaves nothing behind. */
void ce_memory_torture(ce_status (*work)(void));

#endif
