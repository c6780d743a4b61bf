/* SPDX-License-Identifier: Apache-2.0 */
/* A connection may be parked when the library has nothing of it that it has not
 * shown: it shows in each run what there is, so that a run without anything
 * says so. */
#include "bindings/http/park.h"

#include <cloudevents/alloc.h>

#include "bindings/http/peers.h"

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

static void list(ce_http_peer *p)
{
    if (p->park.is_listed || !ce_http_turns_crowd(p->account))
        return;
    p->park.is_listed = true;
    ce_queue_add(&p->all->restless, &p->park.link);
}

static bool is_between_pieces(const ce_http_peer *p)
{
    return p->phase == CE_HTTP_IN_BODY || p->phase == CE_HTTP_LINGERING;
}

void ce_http_park_moved(ce_http_peer *p)
{
    p->park.moved_run = p->all->runs;
    list(p);
}

void ce_http_park_goes_on(ce_http_peer *p)
{
    if (is_between_pieces(p))
        list(p);
}

/* What waits for its turn, or has it with the next run, is not quiet. */
static bool is_quiet(const ce_http_peer *p)
{
    return is_between_pieces(p) && !p->waits && !p->park.poll;
}

static void fill_with(ce_http_peer *p)
{
    p->park.is_listed = false;
    if (!is_quiet(p))
        return;
    if (p->has_turn)
        ce_http_peer_resumed(p);
    p->has_turn = false;
    ce_http_park_begin(p);
}

void ce_http_parks_fill(ce_http_peers *all)
{
    ce_queue restless = ce_queue_take_all(&all->restless);
    ce_http_peer *p;

    while ((p = CE_QUEUE_TAKE(&restless, ce_http_peer, park.link)))
        if (p->park.moved_run < all->runs)
            fill_with(p);
        else
            ce_queue_add(&all->restless, &p->park.link);
    if (!ce_queue_is_empty(&all->restless))
        all->resumed = true;
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
