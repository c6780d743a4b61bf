/* SPDX-License-Identifier: Apache-2.0 */
/* The event that the client and its limit program send. Only for the
 * benchmark. */
#ifndef CLIENT_EVENT_H
#define CLIENT_EVENT_H

#include <stdio.h>
#include <time.h>

static const char *const event_attributes[][2] = {
    { "specversion", "1.0" },
    { "type", "com.example.order.created" },
    { "source", "/shops/eu-west-1/checkout" },
    { "time", "2024-05-01T12:34:56.789Z" },
    { "subject", "order/123456" },
    { "dataschema", "https://example.com/schemas/order.json" },
    { "partitionkey", "customer-98765" },
    { 0, 0 },
};

static const char event_data[] =
    "{\"orderId\":123456,\"customer\":\"customer-98765\",\"lines\":["
    "{\"sku\":\"A-1\",\"count\":2,\"price\":19.90},"
    "{\"sku\":\"B-2\",\"count\":1,\"price\":250.00},"
    "{\"sku\":\"C-3\",\"count\":7,\"price\":1.50}],"
    "\"note\":\"please leave it with the neighbours\"}";
enum { EVENT_DATA_LEN = sizeof event_data - 1 };

/* Memory of this process in KiB. */
static inline long memory_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * 4;
}

static inline double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
