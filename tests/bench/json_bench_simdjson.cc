// SPDX-License-Identifier: Apache-2.0
// simdjson's DOM, for comparison. It may read beyond the end of the text, so
// it is given a copy with room, as its callers have to.
#include "tests/bench/json_bench.h"

#include <simdjson.h>

bool ce_bench_simdjson(const char *text, size_t len)
{
    static simdjson::dom::parser parser;
    simdjson::dom::element root;

    return parser.parse(text, len, true).get(root) == simdjson::SUCCESS;
}
