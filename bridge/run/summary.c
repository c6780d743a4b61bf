/* SPDX-License-Identifier: Apache-2.0 */
/* Adds up the results of workers, and says them. */
#include "bridge/run/summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bridge/watch/console.h"

enum {
    PART = 4200,      /* of the line: a path and some words */
    INBOXES_NAMED = 8 /* more would hide the rest of the line */
};

static void add_worker(br_summary *sum, br_worker *w)
{
    const br_worker_end *end = br_worker_result(w);
    const br_route *route = br_worker_route(w);

    sum->delivered += atomic_load(&route->meter.delivered);
    sum->dead_lettered += atomic_load(&route->meter.dead_lettered);
    sum->lost += atomic_load(&route->lost);
    sum->refused += end->tally.refused;
    sum->undelivered += end->tally.undelivered;
    sum->stuck = sum->stuck || end->stuck;
    sum->failed = sum->failed || end->failed;
    sum->sink_gone = sum->sink_gone || end->sink_gone;
    /* At its end a source has nothing more to lose: it ended by itself, or
     * the route was to take no more. */
    if (end->can_take_again || end->is_at_end)
        sum->returned += end->tally.returned;
    else
        sum->lost += end->tally.returned;
}

void br_summary_add(br_summary *sum, const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        add_worker(sum, c->workers[i]);
}

static void add(ce_buf *text, const char *fmt, ...) CE_PRINTF(2, 3);

static void add(ce_buf *text, const char *fmt, ...)
{
    char part[PART];
    va_list args;

    va_start(args, fmt);
    vsnprintf(part, sizeof part, fmt, args);
    va_end(args);
    if (ce_buf_append(text, ce_slice_of(part)) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
}

/* Left out when there is nothing to say. */
static void add_count(ce_buf *text, uint64_t count, const char *what)
{
    if (count)
        add(text, ", %" PRIu64 " %s", count, what);
}

typedef struct kept {
    ce_buf names;
    uint64_t events;
    unsigned inboxes;
} kept;

static void count_kept(kept *k, const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        const br_route *r = br_worker_route(c->workers[i]);
        uint64_t events;

        if (!r->lines.dir)
            continue;
        events = br_route_kept(r);
        k->events += events;
        if (++k->inboxes <= INBOXES_NAMED)
            add(&k->names, ", %" PRIu64 " kept in inbox %s", events,
                r->lines.dir);
    }
}

static void add_kept(ce_buf *text, const br_team *t)
{
    kept k = { 0 };

    for (unsigned i = 0; i < t->count; i++)
        count_kept(&k, t->crews[i]);
    if (k.inboxes > INBOXES_NAMED)
        add(text, ", %" PRIu64 " kept in %u inboxes", k.events, k.inboxes);
    else if (ce_buf_append(text, ce_buf_slice(&k.names)) != CE_OK)
        ce_log(CE_ERROR, "out of memory");
    ce_buf_free(&k.names);
}

void br_summary_say(const br_summary *sum, const br_team *t, uint64_t ms)
{
    ce_buf text = { 0 };

    add(&text, "stopped in %" PRIu64 " ms: %" PRIu64 " delivered", ms,
        sum->delivered);
    add_count(&text, sum->dead_lettered, "dead-lettered");
    add_count(&text, sum->refused, "refused");
    add_count(&text, sum->returned, "handed back to the source");
    add_kept(&text, t);
    add(&text, ", %" PRIu64 " lost%s", sum->lost,
        sum->stuck ? ", some without an answer" : "");
    br_console_say(CE_INFO, "%.*s", (int)text.len, text.ptr);
    ce_buf_free(&text);
}
