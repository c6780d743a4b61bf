/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the JSON benchmark that has to be C++. */
#ifndef CE_TESTS_BENCH_JSON_BENCH_H
#define CE_TESTS_BENCH_JSON_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C"
#endif
    /* Parses into a DOM that is kept between calls. */
    bool
    ce_bench_simdjson(const char *text, size_t len);

#endif
