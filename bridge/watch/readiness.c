/* SPDX-License-Identifier: Apache-2.0 */
/* The truth about every endpoint, behind one lock. */
#include "bridge/watch/readiness.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/grow.h"
#include "core/base/printable.h"

/* Copies, so that readers need no loop but the lock. A route's name has at most
 * 100 characters. */
typedef struct state {
    bool up;
    char reason[200];
} state;

typedef struct entry {
    char route[104], sink[104];
    const char *role;
    char label[200];
    state connection, flow;
    bool is_free; /* nobody's: the next one gets it */
} entry;

struct br_readiness {
    pthread_mutex_t lock;
    ce_loop *loop;
    ce_task *changed;
    entry *entries; /* under the lock, with all below */
    unsigned count;
    bool stopped;
};

ce_status br_readiness_open(br_readiness **out, ce_loop *loop, ce_task *changed)
{
    br_readiness *b = ce_alloc_zeroed(sizeof *b);

    if (!b)
        return CE_ENOMEM;
    pthread_mutex_init(&b->lock, NULL);
    b->loop = loop;
    b->changed = changed;
    *out = b;
    return CE_OK;
}

void br_readiness_close(br_readiness *b)
{
    if (!b)
        return;
    pthread_mutex_destroy(&b->lock);
    ce_free(b->entries);
    ce_free(b);
}

/* Peers have their say in a reason: it stays one line, at /readyz and for a
 * service manager, whose protocol is lines. */
static void note(state *s, const ce_health *h)
{
    s->up = h->up;
    snprintf(s->reason, sizeof s->reason, "%s", h->reason);
    ce_printable(s->reason);
}

static void on_change(ce_watch *watch, const ce_health *h)
{
    br_readiness_watch *w = CE_OWNER(watch, br_readiness_watch, watch);
    br_readiness *b = w->board;

    pthread_mutex_lock(&b->lock);
    note(&b->entries[w->index].connection, h);
    pthread_mutex_unlock(&b->lock);
    ce_loop_post(b->loop, b->changed);
}

static void on_flow(ce_watch *watch, const ce_health *h)
{
    br_readiness_watch *w = CE_OWNER(watch, br_readiness_watch, flow);
    br_readiness *b = w->board;

    pthread_mutex_lock(&b->lock);
    note(&b->entries[w->index].flow, h);
    pthread_mutex_unlock(&b->lock);
    ce_loop_post(b->loop, b->changed);
}

/* A free entry, under the lock; NULL without memory. */
static entry *take_entry(br_readiness *b)
{
    entry *grown;

    for (unsigned i = 0; i < b->count; i++)
        if (b->entries[i].is_free)
            return &b->entries[i];
    grown = ce_grow(b->entries, b->count, sizeof *grown);
    if (!grown)
        return NULL;
    b->entries = grown;
    return &grown[b->count++];
}

/* *INDEX is that of the entry. */
static ce_status add_entry(br_readiness *b, const br_place *at,
                           const ce_health *h, unsigned *index)
{
    entry *e;

    pthread_mutex_lock(&b->lock);
    e = take_entry(b);
    if (e) {
        *e = (entry){ .role = at->role, .flow.up = true };
        snprintf(e->route, sizeof e->route, "%s", at->route);
        snprintf(e->sink, sizeof e->sink, "%s", at->sink);
        snprintf(e->label, sizeof e->label, "%s", h->label);
        note(&e->connection, h);
        *index = (unsigned)(e - b->entries);
    }
    pthread_mutex_unlock(&b->lock);
    return e ? CE_OK : CE_ENOMEM;
}

ce_status br_readiness_add(br_readiness *b, const br_place *at, ce_health *h,
                           br_readiness_watch *w)
{
    unsigned index = 0;

    if (add_entry(b, at, h, &index) != CE_OK)
        return CE_ENOMEM;
    *w = (br_readiness_watch){ .watch.changed = on_change,
                               .flow.changed = on_flow,
                               .board = b,
                               .index = index };
    ce_health_watch(h, &w->watch);
    return CE_OK;
}

void br_readiness_leave(br_readiness_watch *w)
{
    br_readiness *b = w->board;

    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    b->entries[w->index].is_free = true;
    pthread_mutex_unlock(&b->lock);
    w->board = NULL;
}

void br_readiness_follow(br_readiness_watch *w, ce_health *flow)
{
    ce_health_watch(flow, &w->flow);
}

void br_readiness_stop(br_readiness *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopped = true;
    pthread_mutex_unlock(&b->lock);
}

/* Why it is down, or NULL: without a connection nothing can flow. */
static const char *trouble_of(const entry *e)
{
    if (e->is_free)
        return NULL;
    if (!e->connection.up)
        return e->connection.reason;
    return e->flow.up ? NULL : e->flow.reason;
}

bool br_readiness_is_ready(br_readiness *b)
{
    bool ready;

    pthread_mutex_lock(&b->lock);
    ready = !b->stopped;
    for (unsigned i = 0; i < b->count; i++)
        ready = ready && !trouble_of(&b->entries[i]);
    pthread_mutex_unlock(&b->lock);
    return ready;
}

ce_status br_readiness_text(br_readiness *b, ce_buf *out)
{
    ce_status status = CE_OK;

    pthread_mutex_lock(&b->lock);
    if (b->stopped)
        status = ce_buf_append(out, CE_SLICE("shutting down\n"));
    for (unsigned i = 0; i < b->count && status == CE_OK; i++) {
        const entry *e = &b->entries[i];
        const char *why = trouble_of(e);

        if (e->is_free)
            continue;
        status = ce_buf_printf(out, "%s %s %s: %s%s\n", e->route, e->role,
                               e->label, why ? "down: " : "up", why ? why : "");
    }
    pthread_mutex_unlock(&b->lock);
    return status;
}

/* --- routes --- */

static bool is_of_route(const entry *e, const char *route)
{
    return !e->is_free && strcmp(e->route, route) == 0;
}

static bool is_listed_before(const br_readiness *b, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (is_of_route(&b->entries[i], b->entries[index].route))
            return true;
    return false;
}

/* An endpoint of ROUTE that is down, or NULL. */
static const entry *find_trouble(const br_readiness *b, const char *route)
{
    for (unsigned i = 0; i < b->count; i++)
        if (is_of_route(&b->entries[i], route) && trouble_of(&b->entries[i]))
            return &b->entries[i];
    return NULL;
}

/* Under the lock. */
static void write_brief(const br_readiness *b, char *out, size_t size)
{
    const entry *down = NULL;
    unsigned routes = 0, up = 0;

    for (unsigned i = 0; i < b->count; i++) {
        const entry *e = &b->entries[i], *trouble;

        if (e->is_free || is_listed_before(b, i))
            continue;
        trouble = find_trouble(b, e->route);
        routes++;
        up += !trouble;
        down = down ? down : trouble;
    }
    if (down)
        snprintf(out, size, "%u of %u routes up; %s %s %s: %s", up, routes,
                 down->route, down->role, down->label, trouble_of(down));
    else
        snprintf(out, size, "%u of %u routes up", up, routes);
}

void br_readiness_brief(br_readiness *b, char *out, size_t size)
{
    pthread_mutex_lock(&b->lock);
    write_brief(b, out, size);
    pthread_mutex_unlock(&b->lock);
}

/* --- for the metrics --- */

static bool is_same(const entry *a, const entry *b)
{
    return a->is_free == b->is_free && strcmp(a->route, b->route) == 0 &&
           strcmp(a->role, b->role) == 0 && strcmp(a->sink, b->sink) == 0;
}

static bool is_first(const br_readiness *b, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (is_same(&b->entries[i], &b->entries[index]))
            return false;
    return true;
}

static bool all_are_up(const br_readiness *b, const entry *e)
{
    for (unsigned i = 0; i < b->count; i++)
        if (is_same(&b->entries[i], e) && trouble_of(&b->entries[i]))
            return false;
    return true;
}

void br_readiness_walk(br_readiness *b, br_standing_fn *fn, void *arg)
{
    pthread_mutex_lock(&b->lock);
    for (unsigned i = 0; i < b->count; i++) {
        const entry *e = &b->entries[i];
        const br_standing s = { { e->route, e->role, e->sink },
                                e->label,
                                all_are_up(b, e) };

        if (!e->is_free && is_first(b, i))
            fn(arg, &s);
    }
    pthread_mutex_unlock(&b->lock);
}
