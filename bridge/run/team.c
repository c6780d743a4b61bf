/* SPDX-License-Identifier: Apache-2.0 */
/* Workers by route. */
#include "bridge/run/team.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/run/exposure.h"
#include "core/base/grow.h"

/* --- one route --- */

static void close_crew(br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        br_worker_close(c->workers[i]);
    if (c->is_alone)
        pthread_barrier_destroy(&c->sinks_started);
    ce_free(c->workers);
    ce_free(c);
}

/* HOST: the crew whose threads they share, or NULL. */
static ce_status open_workers(br_crew *c, const br_team_config *config,
                              const br_crew *host, pthread_barrier_t *barrier,
                              ce_error *err)
{
    br_worker_config w = { .plan = c->plan,
                           .grace_ms = config->grace_ms,
                           .board = config->board,
                           .owner = config->owner,
                           .changed = config->changed,
                           .sinks_started = barrier };

    for (; w.number < c->plan->workers; w.number++) {
        ce_status status;

        w.beside = host ? host->workers[w.number] : NULL;
        status = br_worker_open(&c->workers[c->count], &w, err);
        if (status != CE_OK)
            return status;
        c->count++;
    }
    return CE_OK;
}

static void start_workers(br_crew *c)
{
    c->has_begun = true;
    for (unsigned i = 0; i < c->count; i++)
        br_worker_start(c->workers[i]);
}

void br_crew_stop(const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        br_worker_stop(c->workers[i]);
}

bool br_crew_is_started(const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        br_worker *w = c->workers[i];

        if (!br_worker_is_started(w) && !(c->is_alone && br_worker_result(w)))
            return false;
    }
    return true;
}

void br_crew_ask(const br_crew *c, ce_task *answered)
{
    for (unsigned i = 0; i < c->count; i++)
        br_worker_ask(c->workers[i], answered);
}

bool br_crew_is_silent(const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (br_worker_is_silent(c->workers[i]))
            return true;
    return false;
}

bool br_crew_is_closed(const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!br_worker_is_closed(c->workers[i]))
            return false;
    return true;
}

bool br_crew_is_stuck(const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        const br_worker_end *end = br_worker_result(c->workers[i]);

        if (end && end->stuck)
            return true;
    }
    return false;
}

/* --- all of them --- */

static ce_status grow(br_team *t)
{
    br_crew **grown = ce_grow(t->crews, t->count, sizeof(br_crew *));

    if (!grown)
        return CE_ENOMEM;
    t->crews = grown;
    return CE_OK;
}

static br_crew *new_crew(const br_route_plan *plan)
{
    br_crew *c = ce_alloc_zeroed(sizeof *c);

    if (!c)
        return NULL;
    c->plan = plan;
    c->workers = ce_alloc_zeroed(plan->workers * sizeof(br_worker *));
    if (c->workers)
        return c;
    ce_free(c);
    return NULL;
}

/* The first of those at one address that are about to start. */
static const br_crew *find_host(const br_team *t, const br_route_plan *plan)
{
    for (unsigned i = 0; i < t->count; i++) {
        const br_crew *c = t->crews[i];

        if (!c->has_begun && !c->is_guest &&
            br_route_shares_listener(c->plan, plan))
            return c;
    }
    return NULL;
}

/* ALONE: it has a barrier of its own. */
static ce_status open_crew(br_team *t, const br_route_plan *plan, bool alone,
                           ce_error *err)
{
    const br_crew *host = find_host(t, plan);
    br_crew *c;
    ce_status status;

    if (grow(t) != CE_OK || !(c = new_crew(plan)))
        return ce_no_memory(err);
    br_warn_of_exposure(plan);
    c->is_alone = alone;
    c->is_guest = host;
    if (alone)
        pthread_barrier_init(&c->sinks_started, NULL, plan->workers);
    status = open_workers(c, &t->config, host,
                          alone ? &c->sinks_started : &t->sinks_started, err);
    if (status == CE_OK)
        t->crews[t->count++] = c;
    else
        close_crew(c);
    return status;
}

ce_status br_team_open(br_team *t, const br_plan *p, ce_error *err)
{
    for (unsigned i = 0; i < p->count; i++) {
        ce_status status = open_crew(t, &p->routes[i], false, err);

        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

void br_team_start(br_team *t)
{
    unsigned threads = 0;

    for (unsigned i = 0; i < t->count; i++)
        threads += t->crews[i]->is_guest ? 0 : t->crews[i]->count;
    pthread_barrier_init(&t->sinks_started, NULL, threads);
    t->started = true;
    for (unsigned i = 0; i < t->count; i++)
        start_workers(t->crews[i]);
}

ce_status br_team_add(br_team *t, const br_route_plan *plan, ce_error *err)
{
    return open_crew(t, plan, true, err);
}

void br_team_start_added(br_team *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (!t->crews[i]->has_begun)
            start_workers(t->crews[i]);
}

void br_team_set_grace(br_team *t, uint64_t ms)
{
    t->config.grace_ms = ms;
    for (unsigned i = 0; i < t->count; i++)
        for (unsigned k = 0; k < t->crews[i]->count; k++)
            br_worker_set_grace(t->crews[i]->workers[k], ms);
}

void br_team_remove(br_team *t, unsigned index)
{
    close_crew(t->crews[index]);
    t->count--;
    memmove(&t->crews[index], &t->crews[index + 1],
            (t->count - index) * sizeof(br_crew *));
}

void br_team_close(br_team *t)
{
    for (unsigned i = 0; i < t->count; i++)
        close_crew(t->crews[i]);
    ce_free(t->crews);
    if (t->started)
        pthread_barrier_destroy(&t->sinks_started);
}
