/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of configurations begin with: transports that only have names and
 * options, and the newest plan. */
#ifndef CE_TESTS_BRIDGE_CONFIG_PLAN_RIG_H
#define CE_TESTS_BRIDGE_CONFIG_PLAN_RIG_H

#include "bridge/config/plan.h"
#include "tests/support/ce_test.h"

extern br_plan plan;
extern br_faults faults;

/* Plans TEXT; the faults are in FAULTS. The transports are custody, which needs
 * an inbox, foreign, whose URI may have other parameters, and mute, which only
 * receives. */
void plan_text(const char *text);
/* Whether TEXT has no fault. */
bool is_planned(const char *text);
/* Frees the plan and the faults. */
void forget(void);

#endif
