/* SPDX-License-Identifier: Apache-2.0 */
/* A source of the events of a trial. */
#ifndef CE_BRIDGE_BENCH_GENERATOR_H
#define CE_BRIDGE_BENCH_GENERATOR_H

#include <cloudevents/transport.h>

#include "bridge/bench/trial.h"

/* Put it into a plan by hand: it has no URI. It begins when every endpoint of
 * the plan is ready, and gives up after the trial's timeout. */
extern const ce_transport br_generator_transport;

/* Set the trial before, and keep it until all receivers are closed. */
void br_generator_set(br_trial *t);

#endif
