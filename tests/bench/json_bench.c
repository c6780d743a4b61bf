/* SPDX-License-Identifier: Apache-2.0 */
/* Our decoding of a structured event beside a DOM parser's of the same bytes,
 * in one run: only the ratios are comparable between machines. */
#include <cjson/cJSON.h>
#include <cloudevents/cloudevents.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json_bench.h"

enum { ROUNDS = 9, WARM_NS = 20000000 };

static char document[80000];
static size_t length;
static ce_arena *arena;

/* An envelope with about SIZE bytes of token-dense data. */
static void make_document(size_t size)
{
    char *p = document, *data;

    p += sprintf(p, "{\"specversion\":\"1.0\",\"type\":\"com.example.order."
                    "created\",\"source\":\"/shops/eu-west-1/checkout\",\"id\":"
                    "\"b3a1c2d4-77aa-4c0e-9f51-1d2e3f405162\",\"time\":"
                    "\"2024-05-01T12:34:56.789Z\",\"subject\":\"order/123456\","
                    "\"datacontenttype\":\"application/json\",\"data\":");
    data = p;
    p += sprintf(p, "{\"customer\":{\"id\":98765,\"name\":\"Jane \\\"J\\\" "
                    "Example\"},\"items\":[");
    for (int i = 0; (size_t)(p - data) + 60 < size; i++)
        p += sprintf(p,
                     "%s{\"sku\":\"A-%d\",\"qty\":%d,\"price\":%d.99,"
                     "\"gift\":%s}",
                     i ? "," : "", i, i % 7, i % 100, i & 1 ? "true" : "false");
    p += sprintf(p, "],\"total\":52.40}}");
    length = (size_t)(p - document);
}

static void decode_ours(void)
{
    ce_event e;

    if (ce_format_json.decode((ce_slice){ document, length }, arena, &e,
                              NULL) != CE_OK)
        abort();
    ce_arena_reset(arena);
}

static void decode_cjson(void)
{
    cJSON *tree = cJSON_ParseWithLength(document, length);

    if (!tree)
        abort();
    cJSON_Delete(tree);
}

#ifdef CE_BENCH_SIMDJSON
static void decode_simdjson(void)
{
    if (!ce_bench_simdjson(document, length))
        abort();
}
#endif

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double once(void (*work)(void), unsigned times)
{
    double start = now_ns();

    for (unsigned i = 0; i < times; i++)
        work();
    return (now_ns() - start) / times;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median. */
static double measure(void (*work)(void))
{
    double ns[ROUNDS], start = now_ns();
    unsigned times = 1;

    for (; now_ns() - start < WARM_NS; times++)
        work();
    for (unsigned i = 0; i < ROUNDS; i++)
        ns[i] = once(work, times);
    qsort(ns, ROUNDS, sizeof *ns, compare);
    return ns[ROUNDS / 2];
}

int main(void)
{
    static const size_t sizes[] = { 300, 4096, 65536 };

    arena = ce_arena_new();
    if (!arena)
        return 1;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double ours, cjson;

        make_document(sizes[i]);
        ours = measure(decode_ours);
        cjson = measure(decode_cjson);
        printf("%6zu bytes: ours %.0f ns (%.0f MB/s), cJSON %.2f times ours",
               length, ours, (double)length * 1e3 / ours, cjson / ours);
#ifdef CE_BENCH_SIMDJSON
        printf(", ours %.2f times simdjson", ours / measure(decode_simdjson));
#endif
        putchar('\n');
    }
    ce_arena_free(arena);
    return 0;
}
