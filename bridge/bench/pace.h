/* SPDX-License-Identifier: Apache-2.0 */
/* A timer that is exact to microseconds: those of the loop know milliseconds,
 * which is longer than what is measured. */
#ifndef CE_BRIDGE_BENCH_PACE_H
#define CE_BRIDGE_BENCH_PACE_H

#include <cloudevents/loop.h>

typedef struct br_pace br_pace;

/* DUE is called with ARG on LOOP. Loop thread only, as all below. */
ce_status br_pace_open(br_pace **out, ce_loop *loop, void (*due)(void *arg),
                       void *arg, ce_error *err);
/* Calls DUE once when uv_hrtime has come to NS, which replaces an earlier
 * wish. */
void br_pace_at(br_pace *p, uint64_t ns);
/* Nothing is called any more. Accepts NULL. */
void br_pace_close(br_pace *p);

#endif
