/* SPDX-License-Identifier: Apache-2.0 */
/* Ask ce_log_is_on before you build a line that costs something. */
#ifndef CE_CORE_BASE_LOG_H
#define CE_CORE_BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/log.h>

/* Lines above it are dropped; -1: all are. ce_log_to sets it. */
extern atomic_int ce_log_threshold;

/* Whether a line of LEVEL reaches the sink of lines: one load and one branch.
 * Any thread. */
static inline bool ce_log_is_on(ce_level level)
{
    return (int)level <=
           atomic_load_explicit(&ce_log_threshold, memory_order_relaxed);
}

/* Whether a line may be written now that peers can cause as often as they like:
 * one in ten seconds. *NEXT_MS is the caller's, and 0 at first; NOW_MS is the
 * loop's time. */
static inline bool ce_log_may_repeat(uint64_t *next_ms, uint64_t now_ms)
{
    if (now_ms < *next_ms)
        return false;
    *next_ms = now_ms + 10000;
    return true;
}

#endif
