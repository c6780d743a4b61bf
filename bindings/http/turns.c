/* SPDX-License-Identifier: Apache-2.0 */
/* In each run of the library a few requests of each address have their turn, or
 * one step of a handshake. */
#include "bindings/http/turns.h"

#include <limits.h>

#include "bindings/http/peers.h"

/* About a millisecond of the cheapest requests: so long others wait for an
 * address that asks as much as it can, and much more than a run costs. A step
 * of a handshake is about as long: it has a signature. */
enum { SHARE = 16 };

static unsigned cost_of(const ce_http_peer *p)
{
    return p->request ? 1 : SHARE;
}

static bool has_share(const ce_http_turns *t, ce_http_crowd *c)
{
    if (c->turn != t->turn)
        c->count = 0;
    c->turn = t->turn;
    return c->count < SHARE;
}

static bool may_go_on(ce_http_peer *p)
{
    ce_http_turns *t = &p->all->turns;
    ce_http_crowd *c = &p->account->crowd;

    if (!t->ended && !ce_http_account_is_alone(p->account) && !has_share(t, c))
        return false;
    c->count += cost_of(p);
    return true;
}

static void wait(ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    if (ce_queue_is_empty(&c->waiting))
        ce_queue_add(&p->all->turns.crowds, &c->link);
    ce_queue_add(&c->waiting, &p->link);
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
    ce_http_peer_resume(p);
}

void ce_http_turns_rejoin(ce_http_peer *p)
{
    if (may_go_on(p))
        go_on(p);
    else
        wait(p);
}

static void take_turns(ce_http_turns *t, ce_http_crowd *c, unsigned share)
{
    ce_http_peer *p;

    c->turn = t->turn;
    c->count = 0;
    while (c->count < share &&
           (p = CE_QUEUE_TAKE(&c->waiting, ce_http_peer, link))) {
        c->count += cost_of(p);
        go_on(p);
    }
    if (!ce_queue_is_empty(&c->waiting))
        ce_queue_add(&t->crowds, &c->link);
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
    next_turn(t, UINT_MAX);
}
