/* SPDX-License-Identifier: Apache-2.0 */
/* COUNT events with eight attributes and 300 bytes of JSON, of 1,000 keys: the
 * load. The program ends when all have arrived. */
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 1000, DATA_BYTES = 300 };

static const char *const fixed[][2] = {
    { "specversion", "1.0" },
    { "type", "com.example.order.created" },
    { "source", "/shops/eu-west-1/checkout" },
    { "time", "2024-05-01T12:34:56.789Z" },
    { "subject", "order/123456" },
    { "dataschema", "https://example.com/schemas/order.json" },
};
enum { FIXED = sizeof fixed / sizeof *fixed };

static unsigned long wanted, begun, arrived;
static char names[FIXED + 2][32], data[DATA_BYTES + 1];

static void fill_data(void)
{
    int len = sprintf(data, "{\"orderId\":123456,\"note\":\"");

    memset(data + len, 'x', (size_t)(DATA_BYTES - len - 2));
    memcpy(data + DATA_BYTES - 2, "\"}", 2);
}

static void open_source(const char *uri)
{
    char prefix[8] = "";

    if (sscanf(uri, "made:%lu:%7s", &wanted, prefix) < 1)
        die(uri);
    for (int i = 0; i < FIXED; i++)
        snprintf(names[i], sizeof names[i], "%s%s", prefix, fixed[i][0]);
    snprintf(names[FIXED], sizeof *names, "%sid", prefix);
    snprintf(names[FIXED + 1], sizeof *names, "%spartitionkey", prefix);
    fill_data();
}

static text text_of(const char *word)
{
    return (text){ word, strlen(word) };
}

static void make_one(void)
{
    char id[40], key[40];
    event e;

    snprintf(id, sizeof id, "b3a1c2d4-77aa-4c0e-9f51-%012lu", begun);
    snprintf(key, sizeof key, "customer-%lu", begun++ % KEYS);
    e.count = 0;
    for (int i = 0; i < FIXED; i++)
        add_attribute(&e, text_of(names[i]), text_of(fixed[i][1]));
    add_attribute(&e, text_of(names[FIXED]), text_of(id));
    add_attribute(&e, text_of(names[FIXED + 1]), text_of(key));
    e.type = text_of("application/json");
    e.data = (text){ data, DATA_BYTES };
    e.token = NULL;
    give(&e);
}

static void pull(size_t room)
{
    while (room-- > 0 && begun < wanted)
        make_one();
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
