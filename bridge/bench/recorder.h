/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that notes when the events of a trial arrive. */
#ifndef CE_BRIDGE_BENCH_RECORDER_H
#define CE_BRIDGE_BENCH_RECORDER_H

#include <cloudevents/transport.h>

#include "bridge/bench/trial.h"

/* Put it into a plan by hand: it has no URI. It is gone when the trial is over,
 * which ends its route. */
extern const ce_transport br_recorder_transport;

/* Set the trial before, and keep it until all senders are closed. */
void br_recorder_set(br_trial *t);

#endif
