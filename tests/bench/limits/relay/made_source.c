/* SPDX-License-Identifier: Apache-2.0 */
/* COUNT events as fast as the sink takes them. The program ends when all have
 * arrived. */
#include "maker.h"
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned long wanted, begun, arrived;

static void open_source(const char *uri)
{
    char prefix[8] = "";

    if (sscanf(uri, "made:%lu:%7s", &wanted, prefix) < 1)
        die(uri);
    name_attributes(prefix);
}

static void pull(size_t room)
{
    while (room-- > 0 && begun < wanted)
        make_one(begun++, NULL);
}

static void settle(void *token)
{
    (void)token;
    if (++arrived == wanted)
        exit(0);
}

/* Nothing wakes the first turn. */
static int pause_ms(void)
{
    return begun ? -1 : 0;
}

const source made_source = { "made", open_source, pull, settle, pause_ms };
