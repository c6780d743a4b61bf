/* SPDX-License-Identifier: Apache-2.0 */
/* What we do with a structured event beside a DOM parser's work on the same
 * bytes, in one run: only the ratios are comparable between machines. To split
 * is to validate the whole text and find the members of the envelope; to decode
 * is that, and to check every attribute by its rules. */
#include <cjson/cJSON.h>
#include <cloudevents/cloudevents.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json/scan.h"
#include "tests/bench/json_bench.h"

enum { ROUNDS = 40, ROUND_NS = 3000000 };

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

static void split_ours(void)
{
    ce_json_reader r = ce_json_read((ce_slice){ document, length });
    ce_status status = ce_json_enter(&r, '{', NULL);
    bool more = true;

    for (bool first = true; status == CE_OK; first = false) {
        ce_json_value value;
        ce_slice name;

        status = ce_json_more(&r, '}', first, &more, NULL);
        if (!more)
            break;
        if (status == CE_OK)
            status = ce_json_name(&r, &name, NULL);
        if (status == CE_OK)
            status = ce_json_value_next(&r, &value, NULL);
    }
    if (status != CE_OK || ce_json_end(&r, NULL) != CE_OK)
        abort();
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

typedef struct contender {
    void (*work)(void);
    unsigned times; /* for a round of about ROUND_NS */
    double best_ns;
} contender;

static void warm_up(contender *c)
{
    double start = now_ns();

    for (c->times = 1; now_ns() - start < ROUND_NS; c->times++)
        c->work();
    c->best_ns = once(c->work, c->times);
}

/* By turns, so that whatever else the machine does meets all of them, and the
 * best of each: nothing makes a program faster than it is. */
static void measure(contender *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        warm_up(&c[i]);
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < count; i++) {
            double ns = once(c[i].work, c[i].times);

            c[i].best_ns = ns < c[i].best_ns ? ns : c[i].best_ns;
        }
}

int main(void)
{
    static const char *const names[] = { "cJSON", "simdjson" };
    static const size_t sizes[] = { 300, 4096, 65536 };
    contender c[] = {
        { split_ours, 0, 0 },
        { decode_ours, 0, 0 },
        { decode_cjson, 0, 0 },
#ifdef CE_BENCH_SIMDJSON
        { decode_simdjson, 0, 0 },
#endif
    };
    enum { COUNT = sizeof c / sizeof *c };

    arena = ce_arena_new();
    if (!arena)
        return 1;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_document(sizes[i]);
        measure(c, COUNT);
        printf("%6zu bytes: split %.0f ns (%.0f MB/s), decoded %.0f ns", length,
               c[0].best_ns, (double)length * 1e3 / c[0].best_ns, c[1].best_ns);
        for (unsigned k = 2; k < COUNT; k++)
            printf("; %s: split %.2f, decoded %.2f times as long", names[k - 2],
                   c[0].best_ns / c[k].best_ns, c[1].best_ns / c[k].best_ns);
        putchar('\n');
    }
    ce_arena_free(arena);
    return 0;
}
