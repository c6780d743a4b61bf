/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what comes. */
#include "relay.h"
#include "tests/bench/limits/counter.h"

#include <stdint.h>
#include <string.h>

static _Atomic uint64_t *counter;

static void open_sink(const char *uri)
{
    counter = open_counter(uri + strlen("count:"));
}

static size_t room(void)
{
    return 1000;
}

static void count(const event *e)
{
    ++*counter;
    settled(e->token);
}

const sink count_sink = { "count", open_sink, room, count };
