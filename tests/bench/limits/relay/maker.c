/* SPDX-License-Identifier: Apache-2.0 */
/* Events with eight attributes and 300 bytes of JSON, of 1,000 keys. */
#include "maker.h"

#include <stdio.h>
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

static char names[FIXED + 2][32], data[DATA_BYTES + 1];

static void fill_data(void)
{
    int len = sprintf(data, "{\"orderId\":123456,\"note\":\"");

    memset(data + len, 'x', (size_t)(DATA_BYTES - len - 2));
    memcpy(data + DATA_BYTES - 2, "\"}", 2);
}

void name_attributes(const char *prefix)
{
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

void make_one(unsigned long number, void *token)
{
    char id[40], key[40];
    event e;

    snprintf(id, sizeof id, "b3a1c2d4-77aa-4c0e-9f51-%012lu", number);
    snprintf(key, sizeof key, "customer-%lu", number % KEYS);
    e.count = 0;
    for (int i = 0; i < FIXED; i++)
        add_attribute(&e, text_of(names[i]), text_of(fixed[i][1]));
    add_attribute(&e, text_of(names[FIXED]), text_of(id));
    add_attribute(&e, text_of(names[FIXED + 1]), text_of(key));
    e.type = text_of("application/json");
    e.data = (text){ data, DATA_BYTES };
    e.token = token;
    give(&e);
}
