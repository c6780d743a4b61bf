/* SPDX-License-Identifier: Apache-2.0 */
/* A number that another process can watch. Only for the benchmark. */
#ifndef LIMITS_COUNTER_H
#define LIMITS_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/* The first 8 bytes of FILE, from 0 on. */
_Atomic uint64_t *open_counter(const char *file);

#endif
