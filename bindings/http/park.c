/* SPDX-License-Identifier: Apache-2.0 */
/* A connection may be parked when the library has nothing of it that it has not
 * shown: it shows in each run what there is, so that a run without anything
 * says so. */
#include "bindings/http/park.h"

#include <cloudevents/alloc.h>

#include "bindings/http/peers.h"
#include "bindings/http/stuck.h"

/* An idle client that asks again within this has not been idle. */
enum { SHORT_MS = 10 };

/* --- to wait for the client --- */

static void free_poll(uv_handle_t *h)
{
    ce_free(h);
}

static void unwatch(ce_http_park *k)
{
    if (!k->poll)
        return;
    uv_poll_stop(k->poll);
    uv_close((uv_handle_t *)k->poll, free_poll);
    k->poll = NULL;
}

/* Also when the client has left, or the socket is shut down. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    ce_http_peer *p = poll->data;

    (void)status, (void)events;
    unwatch(&p->park);
    ce_http_turns_rejoin(p);
}

static uv_poll_t *new_poll(ce_http_peer *p)
{
    uv_poll_t *poll = ce_alloc_zeroed(sizeof *poll);

    if (!poll || uv_poll_init(ce_loop_uv(p->all->loop), poll,
                              ce_http_peer_socket(p)) != 0) {
        ce_free(poll);
        return NULL;
    }
    poll->data = p;
    return poll;
}

void ce_http_park_begin(ce_http_peer *p)
{
    ce_http_park *k = &p->park;

    k->poll = p->all->turns.ended ? NULL : new_poll(p);
    if (!k->poll)
        return;
    k->since_ms = ce_loop_now_ms(p->all->loop);
    uv_poll_start(k->poll, UV_READABLE, on_readable);
    ce_http_peer_suspend(p);
}

bool ce_http_park_is_idle(const ce_http_peer *p, uint64_t now)
{
    const ce_http_park *k = &p->park;

    return k->poll && now - k->since_ms >= p->all->config->idle_ms;
}

/* --- those of a crowd --- */

void ce_http_park_list(ce_http_peer *p)
{
    if (p->park.is_listed || !ce_http_turns_crowd(p->account))
        return;
    p->park.is_listed = true;
    ce_queue_add(&p->all->restless, &p->park.link);
}

void ce_http_park_moved(ce_http_peer *p)
{
    p->park.moved_run = p->all->runs;
    p->park.turns = 0;
    ce_http_park_list(p);
}

/* Who asks again and again is not parked between two requests. */
static bool is_short_idle(const ce_http_peer *p)
{
    return p->phase == CE_HTTP_IDLE &&
           ce_loop_now_ms(p->all->loop) - p->phase_ms < SHORT_MS;
}

/* What waits for its turn or its answer is listed again when it goes on; a
 * handshake parks by itself. */
static bool is_with_the_library(const ce_http_peer *p)
{
    return !p->waits && !p->park.poll && p->phase != CE_HTTP_BUSY &&
           p->phase != CE_HTTP_ENDING && !ce_http_turns_is_shaking(p);
}

/* It may have a piece of a line: the library reads 1.5 KB in a run, and
 * searches all that it has for an end. What GnuTLS has read is not in the
 * socket any more. */
static void park(ce_http_peer *p)
{
    if (p->has_turn) {
        ce_http_peer_resumed(p);
        p->park.turns++;
    }
    p->has_turn = false;
    if (ce_http_tls_pending(p->connection) == 0) {
        ce_http_park_begin(p);
    } else {
        ce_http_peer_suspend(p);
        ce_http_turns_rejoin(p);
    }
}

static bool has_moved(const ce_http_peer *p)
{
    return p->park.moved_run == p->all->runs;
}

/* Whether P may be parked later. */
static bool look_at(ce_http_peer *p)
{
    if (!is_with_the_library(p) || !ce_http_turns_crowd(p->account))
        return false;
    if (is_short_idle(p))
        return true;
    if (has_moved(p))
        return true;
    if (!ce_http_stuck_end_line(p))
        park(p);
    return !p->park.poll;
}

void ce_http_parks_fill(ce_http_peers *all)
{
    ce_queue restless = ce_queue_take_all(&all->restless);
    ce_http_peer *p;

    while ((p = CE_QUEUE_TAKE(&restless, ce_http_peer, park.link))) {
        p->park.is_listed = look_at(p);
        if (!p->park.is_listed)
            continue;
        ce_queue_add(&all->restless, &p->park.link);
        all->resumed |= has_moved(p) && !is_short_idle(p);
    }
}

/* --- the end --- */

void ce_http_parks_end(ce_http_peers *all)
{
    for (ce_http_peer *p = all->first; p; p = p->after) {
        if (!p->park.poll)
            continue;
        unwatch(&p->park);
        ce_http_turns_rejoin(p);
    }
}

void ce_http_park_close(ce_http_peer *p)
{
    unwatch(&p->park);
    if (p->park.is_listed)
        ce_queue_remove(&p->all->restless, &p->park.link);
}
