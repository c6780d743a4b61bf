/* SPDX-License-Identifier: Apache-2.0 */
/* In each run of the library a few requests of each address have their turn, or
 * one step of a handshake; behind that its handshakes rest for as long as the
 * step has taken. */
#include "bindings/http/turns.h"

#include <limits.h>

#include "bindings/http/peers.h"

/* A quarter of a millisecond of the cheapest requests: some times as long others
 * wait for an address that asks as much as it can, and much more than a run
 * costs. A step of a handshake is longer: it has a signature. */
enum { SHARE = 8, NS_PER_MS = 1000000 };

static unsigned cost_of(const ce_http_peer *p)
{
    return p->request ? 1 : SHARE;
}

static ce_queue *queue_of(const ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    return p->request ? &c->waiting : &c->shaking;
}

static bool is_empty(const ce_http_crowd *c)
{
    return ce_queue_is_empty(&c->waiting) && ce_queue_is_empty(&c->shaking);
}

/* 0: it does not rest. */
static uint64_t rest_ms(const ce_http_crowd *c)
{
    uint64_t now = c->rests_until_ns > 0 ? uv_hrtime() : 0;

    return now < c->rests_until_ns ? (c->rests_until_ns - now) / NS_PER_MS + 1
                                   : 0;
}

static ce_http_peers *peers_of(ce_http_turns *t)
{
    return CE_OWNER(t, ce_http_peers, turns);
}

/* The next run gives turns. */
static void on_rested(ce_timer *t)
{
    peers_of(CE_OWNER(t, ce_http_turns, rest))->resumed = true;
}

void ce_http_turns_open(ce_http_turns *t)
{
    t->rest.fire = on_rested;
}

/* At the end of its rest or later: each run looks, whatever it is for. */
static void come_back(ce_http_turns *t, const ce_http_crowd *c)
{
    uint64_t ms = ce_queue_is_empty(&c->shaking) ? 0 : rest_ms(c);

    if (ms > 0)
        ce_timer_start(peers_of(t)->loop, &t->rest, ms);
}

void ce_http_turns_rest(ce_http_peer *p, uint64_t ns)
{
    p->account->crowd.rests_until_ns = uv_hrtime() + ns;
}

bool ce_http_turns_crowd(const ce_http_account *a)
{
    return a->connections > SHARE && !ce_http_account_is_alone(a);
}

static bool has_share(const ce_http_turns *t, ce_http_crowd *c)
{
    if (c->turn != t->turn)
        c->count = 0;
    c->turn = t->turn;
    return c->count < SHARE;
}

static bool is_due(const ce_http_turns *t, ce_http_crowd *c,
                   const ce_http_peer *p)
{
    return has_share(t, c) && (p->request || rest_ms(c) == 0);
}

static bool may_go_on(ce_http_peer *p)
{
    ce_http_turns *t = &p->all->turns;
    ce_http_crowd *c = &p->account->crowd;

    if (!t->ended && !ce_http_account_is_alone(p->account) && !is_due(t, c, p))
        return false;
    c->count += cost_of(p);
    return true;
}

static void wait(ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    if (is_empty(c))
        ce_queue_add(&p->all->turns.crowds, &c->link);
    ce_queue_add(queue_of(p), &p->link);
    come_back(&p->all->turns, c);
    p->waits = true;
    ce_http_peer_pause(p);
}

bool ce_http_turns_begin(ce_http_peer *p)
{
    if (p->has_turn) {
        p->has_turn = false;
        ce_http_peer_resumed(p);
        ce_http_peer_unpause(p);
        return true;
    }
    if (may_go_on(p))
        return true;
    wait(p);
    ce_http_peer_suspend(p);
    return false;
}

static void go_on(ce_http_peer *p)
{
    p->waits = false;
    p->has_turn = true;
    ce_http_park_goes_on(p);
    ce_http_peer_resume(p);
}

void ce_http_turns_rejoin(ce_http_peer *p)
{
    if (may_go_on(p))
        go_on(p);
    else
        wait(p);
}

static void take_from(ce_http_crowd *c, ce_queue *queue, unsigned share)
{
    ce_http_peer *p;

    while (c->count < share && (p = CE_QUEUE_TAKE(queue, ce_http_peer, link))) {
        c->count += cost_of(p);
        go_on(p);
    }
}

static void take_turns(ce_http_turns *t, ce_http_crowd *c, unsigned share)
{
    c->turn = t->turn;
    c->count = 0;
    if (t->ended || rest_ms(c) == 0)
        take_from(c, &c->shaking, share);
    take_from(c, &c->waiting, share);
    if (is_empty(c))
        return;
    ce_queue_add(&t->crowds, &c->link);
    come_back(t, c);
}

static void next_turn(ce_http_turns *t, unsigned share)
{
    ce_queue crowds = ce_queue_take_all(&t->crowds);
    ce_http_crowd *c;

    t->turn++;
    while ((c = CE_QUEUE_TAKE(&crowds, ce_http_crowd, link)))
        take_turns(t, c, share);
}

void ce_http_turns_next(ce_http_turns *t)
{
    next_turn(t, SHARE);
}

void ce_http_turns_end(ce_http_turns *t)
{
    t->ended = true;
    ce_timer_stop(&t->rest);
    next_turn(t, UINT_MAX);
}
