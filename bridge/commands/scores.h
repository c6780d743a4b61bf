/* SPDX-License-Identifier: Apache-2.0 */
/* What a trial has measured, on standard output. */
#ifndef CE_BRIDGE_COMMANDS_SCORES_H
#define CE_BRIDGE_COMMANDS_SCORES_H

#include "bridge/bench/trial.h"

/* Writes lines for people. */
void br_scores_show(const br_trial *t);
/* Writes one JSON object on a line. */
ce_status br_scores_show_json(const br_trial *t);

#endif
