/* SPDX-License-Identifier: Apache-2.0 */
/* Which folders a test has flushed: fsync is counted on its way. */
#ifndef CE_TESTS_SUPPORT_FLUSHES_H
#define CE_TESTS_SUPPORT_FLUSHES_H

/* From now on, or since the start. */
void ce_test_flushes_begin(void);
/* How often DIR was flushed since. */
unsigned ce_test_flushes_of(const char *dir);
/* The next flush of a folder fails with CODE. */
void ce_test_flushes_fail(int code);

#endif
