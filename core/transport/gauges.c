/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transport/gauges.h"

#include <pthread.h>

#include <cloudevents/alloc.h>

struct ce_gauges {
    pthread_mutex_t lock; /* of all below */
    ce_gauge *rows;
    unsigned count, room;
};

ce_gauges *ce_gauges_new(void)
{
    ce_gauges *g = ce_alloc_zeroed(sizeof *g);

    if (g)
        pthread_mutex_init(&g->lock, NULL);
    return g;
}

void ce_gauges_free(ce_gauges *g)
{
    if (!g)
        return;
    ce_free(g->rows);
    pthread_mutex_destroy(&g->lock);
    ce_free(g);
}

void ce_gauges_begin(ce_gauges *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->lock);
    g->count = 0;
}

static bool grow(ce_gauges *g)
{
    unsigned room = g->room ? g->room * 2 : 16;
    ce_gauge *rows = ce_realloc(g->rows, room * sizeof *rows);

    if (!rows)
        return false;
    g->rows = rows;
    g->room = room;
    return true;
}

void ce_gauges_put(ce_gauges *g, const ce_gauge *gauge)
{
    if (g && (g->count < g->room || grow(g)))
        g->rows[g->count++] = *gauge;
}

void ce_gauges_end(ce_gauges *g)
{
    if (g)
        pthread_mutex_unlock(&g->lock);
}

void ce_gauges_each(ce_gauges *g, void (*fn)(void *arg, const ce_gauge *gauge),
                    void *arg)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->lock);
    for (unsigned i = 0; i < g->count; i++)
        fn(arg, &g->rows[i]);
    pthread_mutex_unlock(&g->lock);
}
