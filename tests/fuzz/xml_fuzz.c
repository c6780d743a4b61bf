/* SPDX-License-Identifier: Apache-2.0 */
/* Events and batches of the format "xml". */
#include "tests/fuzz/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_format("xml", bytes, size);
}
