/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the retry stage begin with: the stage between a source and a
 * sink in memory, and short words for what happens there. */
#ifndef CE_TESTS_CORE_STAGES_RETRY_RIG_H
#define CE_TESTS_CORE_STAGES_RETRY_RIG_H

#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

extern ce_rig rig;

void open_with(ce_retry_config c);
/* Retries after 100 ms, at most 1 s. */
ce_retry_config usual(void);
void open_usual(void);
/* Returns the number of the sending, for settlements and verdict. */
int arrive(const char *id, const char *key);
unsigned settlements(int number);
ce_verdict verdict(int number);
/* Answer the sending that the sink has got as the NUMBERth. */
void answer(unsigned number, ce_result r);
void fail(unsigned number);
void ack(unsigned number);

#endif
