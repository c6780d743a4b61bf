/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/inquiry.h"

#include <pthread.h>
#include <stdatomic.h>

#include <cloudevents/alloc.h>

/* Questions at once: most of their time they wait. */
enum { THREADS = 16 };

typedef struct work {
    br_inquiry *inquiry;
    uint64_t timeout_ms;
    atomic_uint next;
} work;

/* --- one --- */

static void ask(br_answer *a, uint64_t timeout_ms)
{
    const ce_transport *t = a->at->transport;
    ce_endpoint at = { .settings = a->at->settings, .name = a->route->name };

    a->status = CE_ENOTSUP;
    if (!t->ask)
        return;
    a->status = ce_loop_open(&at.loop, NULL, &a->why);
    if (a->status != CE_OK)
        return;
    a->status = t->ask(a->role, &at, timeout_ms, &a->why);
    ce_loop_close(at.loop);
}

static void *run(void *arg)
{
    work *w = arg;

    for (;;) {
        unsigned i = atomic_fetch_add(&w->next, 1);

        if (i >= w->inquiry->count)
            return NULL;
        ask(&w->inquiry->answers[i], w->timeout_ms);
    }
}

/* --- all of them --- */

static void add(br_inquiry *out, const br_route_plan *r,
                const br_endpoint_plan *at, const char *part, ce_role role)
{
    out->answers[out->count++] =
        (br_answer){ .route = r, .at = at, .part = part, .role = role };
}

static void list_route(br_inquiry *out, const br_route_plan *r)
{
    add(out, r, &r->from, "from",
        r->requests ? CE_ROLE_RESPONDER : CE_ROLE_RECEIVER);
    for (unsigned i = 0; i < r->sinks; i++)
        add(out, r, &r->to[i], "to",
            r->requests ? CE_ROLE_REQUESTER : CE_ROLE_SENDER);
    if (r->dead_letter.transport)
        add(out, r, &r->dead_letter, "dead_letter", CE_ROLE_SENDER);
}

static ce_status list(br_inquiry *out, const br_plan *plan)
{
    unsigned most = 0;

    for (unsigned i = 0; i < plan->count; i++)
        most += plan->routes[i].sinks + 2;
    out->answers = ce_alloc_zeroed((most + 1) * sizeof *out->answers);
    if (!out->answers)
        return CE_ENOMEM;
    for (unsigned i = 0; i < plan->count; i++)
        list_route(out, &plan->routes[i]);
    return CE_OK;
}

ce_status br_inquire(br_inquiry *out, const br_plan *plan, uint64_t timeout_ms,
                     ce_error *err)
{
    work w = { .inquiry = out, .timeout_ms = timeout_ms };
    pthread_t threads[THREADS];
    unsigned started = 0;

    *out = (br_inquiry){ NULL, 0 };
    if (list(out, plan) != CE_OK)
        return ce_no_memory(err);
    /* This thread works too, so that one is enough. */
    while (started < THREADS - 1 && started + 1 < out->count &&
           pthread_create(&threads[started], NULL, run, &w) == 0)
        started++;
    run(&w);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    return CE_OK;
}

void br_inquiry_free(br_inquiry *i)
{
    ce_free(i->answers);
    *i = (br_inquiry){ NULL, 0 };
}
