/* SPDX-License-Identifier: Apache-2.0 */
/* Events of the format "avro". */
#include "tests/fuzz/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_format("avro", bytes, size);
}
