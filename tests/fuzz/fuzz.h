/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target begins with. */
#ifndef CE_TESTS_FUZZ_FUZZ_H
#define CE_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void check(bool holds)
{
    if (!holds)
        abort();
}

#endif
