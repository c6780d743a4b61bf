/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/thread.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/watch/console.h"

/* Of the names of its routes; more are cut off. */
enum { NAMES = 256 };

struct br_thread {
    ce_loop *loop;
    pthread_barrier_t *sinks_started;
    pthread_t id;
    sem_t go;
    bool is_started, is_joined; /* STARTED: before GO, or it only ends */
    br_tenant *tenants;
    unsigned running;
    char names[NAMES];
};

static void take_step(const br_thread *t, br_thread_step step)
{
    for (br_tenant *i = t->tenants; i; i = i->next)
        i->take_step(i, step);
}

/* --- what its log lines are about --- */

/* The tenant with that name or that endpoint; NULL when several have it. */
static const br_tenant *find_tenant(const br_thread *t, const char *route,
                                    const char *endpoint)
{
    const br_tenant *found = NULL;

    if (!t->tenants->next)
        return t->tenants;
    for (const br_tenant *i = t->tenants; i; i = i->next) {
        bool is_it = route ? strcmp(i->route->name, route) == 0
                           : br_route_line(i->route, endpoint) > 0;

        if (is_it && found)
            return NULL;
        found = is_it ? i : found;
    }
    return found;
}

static br_console_place find_place(const void *arg, const char *route,
                                   const char *endpoint)
{
    const br_thread *t = arg;
    const br_tenant *one = find_tenant(t, route, endpoint);
    const br_route_plan *plan = one ? one->route : t->tenants->route;
    unsigned line = br_route_line(plan, endpoint);

    return (br_console_place){ .route = one ? plan->name : t->names,
                               .file = plan->file,
                               .line = line ? line : plan->line };
}

/* --- its life --- */

/* As log lines name them: "ingest+audit". */
static void join_names(br_thread *t)
{
    size_t len = 0;

    for (const br_tenant *i = t->tenants; i && len < sizeof t->names;
         i = i->next)
        len += (size_t)snprintf(t->names + len, sizeof t->names - len, "%s%s",
                                len ? "+" : "", i->route->name);
}

static void name_it(const br_thread *t)
{
    char name[16];

    snprintf(name, sizeof name, "%.15s", t->names);
    pthread_setname_np(pthread_self(), name);
}

static void await_start(br_thread *t)
{
    while (sem_wait(&t->go) != 0)
        ; /* a signal */
}

static void *run(void *arg)
{
    br_thread *t = arg;

    await_start(t);
    if (!t->is_started)
        return NULL;
    name_it(t);
    br_console_about(find_place, t);
    take_step(t, BR_START_SINKS);
    pthread_barrier_wait(t->sinks_started);
    take_step(t, BR_START_SOURCES);
    ce_loop_run(t->loop);
    take_step(t, BR_CLOSE);
    take_step(t, BR_DONE);
    return NULL;
}

static void free_thread(br_thread *t)
{
    ce_loop_close(t->loop);
    sem_destroy(&t->go);
    ce_free(t);
}

ce_status br_thread_open(br_thread **out, pthread_barrier_t *sinks_started,
                         ce_error *err)
{
    br_thread *t = ce_alloc_zeroed(sizeof *t);
    ce_status status;

    if (!t)
        return ce_no_memory(err);
    t->sinks_started = sinks_started;
    sem_init(&t->go, 0, 0);
    status = ce_loop_open(&t->loop, NULL, err);
    if (status == CE_OK && pthread_create(&t->id, NULL, run, t) != 0)
        status = ce_fail(err, CE_EIO, "cannot start a thread");
    if (status == CE_OK)
        *out = t;
    else
        free_thread(t);
    return status;
}

ce_loop *br_thread_loop(const br_thread *t)
{
    return t->loop;
}

void br_thread_enter(br_thread *t, br_tenant *tenant)
{
    br_tenant **at = &t->tenants;

    while (*at)
        at = &(*at)->next;
    *at = tenant;
    tenant->next = NULL;
    t->running++;
}

void br_thread_start(br_thread *t)
{
    if (t->is_started)
        return;
    join_names(t);
    t->is_started = true;
    sem_post(&t->go);
}

void br_thread_finish(br_thread *t)
{
    if (--t->running == 0)
        ce_loop_stop(t->loop);
}

bool br_thread_join(br_thread *t)
{
    if (t->is_started && !t->is_joined)
        pthread_join(t->id, NULL);
    t->is_joined = t->is_started;
    return t->is_started;
}

void br_thread_leave(br_thread *t, br_tenant *tenant)
{
    br_tenant **at = &t->tenants;

    while (*at != tenant)
        at = &(*at)->next;
    *at = tenant->next;
    t->running -= !t->is_started;
    if (t->tenants)
        return;
    if (!t->is_started) {
        sem_post(&t->go);
        pthread_join(t->id, NULL);
    }
    free_thread(t);
}
