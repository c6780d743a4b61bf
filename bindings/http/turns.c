/* SPDX-License-Identifier: Apache-2.0 */
/* In each run of the library a few requests of each address have their turn, or
 * one step of a handshake; behind that its handshakes rest for as long as the
 * step has taken. */
#include "bindings/http/turns.h"

#include <limits.h>

#include "bindings/http/peers.h"

enum {
    NS_PER_MS = 1000000,
    /* A quarter of a millisecond of the cheapest requests: some times as long
     * others wait for an address that asks as much as it can, and much more
     * than a run costs. A step of a handshake is longer: it has a signature. */
    SHARE = 8,
    SHARE_NS = NS_PER_MS / 4,
    /* One address alone holds up what else is on the loop. */
    ALONE = 256,
    ALONE_NS = 20 * NS_PER_MS,
    /* A request that takes so long has others wait. */
    LONG_NS = NS_PER_MS,
    /* Others ask that have asked so shortly before. */
    OTHERS_MS = 1000
};

/* --- shares --- */

static bool is_alone(const ce_http_crowd *c)
{
    return ce_http_account_is_alone(CE_OWNER(c, ce_http_account, crowd));
}

bool ce_http_turns_crowd(const ce_http_account *a)
{
    return a->connections > SHARE;
}

bool ce_http_turns_is_shaking(const ce_http_peer *p)
{
    return p->all->config->tls && !p->client.finished;
}

static unsigned cost_of(const ce_http_peer *p)
{
    return ce_http_turns_is_shaking(p) ? SHARE : 1 + p->park.turns / 4;
}

static unsigned share_of(const ce_http_crowd *c)
{
    return is_alone(c) ? ALONE : SHARE;
}

/* How many of those that wait go on in one turn. */
static unsigned fit_of(const ce_http_crowd *c)
{
    unsigned share = share_of(c);

    return c->fit > 0 && c->fit < share ? c->fit : share;
}

static void enter_turn(ce_http_crowd *c, const ce_http_turns *t)
{
    if (c->turn == t->turn)
        return;
    if (!c->overran)
        c->fit = 2 * fit_of(c);
    c->overran = false;
    c->turn = t->turn;
    c->count = 0;
    c->spent_ns = 0;
}

/* Who has waited longest would wait again and again behind others that the
 * library takes first. */
static void overrun(ce_http_crowd *c)
{
    if (!c->overran)
        c->fit = (fit_of(c) + 1) / 2;
    c->overran = true;
}

static bool has_time(const ce_http_crowd *c)
{
    return c->spent_ns < (is_alone(c) ? ALONE_NS : SHARE_NS);
}

static bool has_share(const ce_http_crowd *c)
{
    return c->count < share_of(c) && has_time(c);
}

/* --- lines --- */

static ce_http_line *line_of(const ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    return ce_http_turns_is_shaking(p) ? &c->handshakes : &c->requests;
}

static bool is_empty(const ce_http_crowd *c)
{
    return ce_queue_is_empty(&c->requests.peers) &&
           ce_queue_is_empty(&c->handshakes.peers);
}

/* 0: it does not rest. */
static uint64_t rest_ms(const ce_http_line *l)
{
    uint64_t now = l->rests_until_ns > 0 ? uv_hrtime() : 0;

    return now < l->rests_until_ns ? (l->rests_until_ns - now) / NS_PER_MS + 1
                                   : 0;
}

static void rest(ce_http_line *l, uint64_t ns)
{
    l->rests_until_ns = uv_hrtime() + ns;
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
static void come_back(ce_http_turns *t, const ce_http_line *l)
{
    uint64_t ms = ce_queue_is_empty(&l->peers) ? 0 : rest_ms(l);

    if (ms > 0)
        ce_timer_start(peers_of(t)->loop, &t->rest, ms);
}

void ce_http_turns_rest(ce_http_peer *p, uint64_t ns)
{
    rest(&p->account->crowd.handshakes, ns);
}

static uint64_t now_of(const ce_http_peer *p)
{
    return ce_loop_now_ms(p->all->loop);
}

void ce_http_turns_spend(ce_http_peer *p, uint64_t ns)
{
    ce_http_crowd *c = &p->account->crowd;

    enter_turn(c, &p->all->turns);
    c->spent_ns += ns;
    if (ns >= LONG_NS && now_of(p) - p->all->turns.different_ms < OTHERS_MS)
        rest(&c->requests, ns);
}

/* --- turns --- */

static void note_asker(ce_http_turns *t, const ce_http_peer *p)
{
    if (ce_http_turns_is_shaking(p) || t->last == p->account)
        return;
    t->last = p->account;
    t->different_ms = now_of(p);
}

static bool is_due(const ce_http_peer *p)
{
    const ce_http_crowd *c = &p->account->crowd;

    return p->all->turns.ended ||
           (has_share(c) && (is_alone(c) || rest_ms(line_of(p)) == 0));
}

static bool may_go_on(ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    enter_turn(c, &p->all->turns);
    if (!is_due(p))
        return false;
    c->count += cost_of(p);
    note_asker(&p->all->turns, p);
    return true;
}

/* Whether P, which was resumed for this turn with others, has it; they may have
 * taken all of the time. */
static bool takes_turn(ce_http_peer *p)
{
    ce_http_crowd *c = &p->account->crowd;

    enter_turn(c, &p->all->turns);
    if (!p->all->turns.ended && !has_time(c)) {
        overrun(c);
        return false;
    }
    ce_http_peer_resumed(p);
    p->has_turn = false;
    return true;
}

static void wait(ce_http_peer *p)
{
    ce_http_turns *t = &p->all->turns;
    ce_http_crowd *c = &p->account->crowd;

    if (is_empty(c))
        ce_queue_add(&t->crowds, &c->link);
    if (p->has_turn)
        ce_queue_put_back(&line_of(p)->peers, &p->link);
    else
        ce_queue_add(&line_of(p)->peers, &p->link);
    come_back(t, line_of(p));
    p->has_turn = false;
    p->waits = true;
    ce_http_peer_pause(p);
}

bool ce_http_turns_begin(ce_http_peer *p)
{
    if (p->has_turn ? takes_turn(p) : may_go_on(p))
        return true;
    wait(p);
    ce_http_peer_suspend(p);
    return false;
}

static void go_on(ce_http_peer *p)
{
    if (p->waits)
        ce_http_peer_unpause(p);
    p->waits = false;
    p->has_turn = true;
    p->unread_ms = 0;
    ce_http_park_list(p);
    ce_http_peer_resume(p);
}

void ce_http_turns_rejoin(ce_http_peer *p)
{
    if (may_go_on(p))
        go_on(p);
    else
        wait(p);
}

static void take_from(ce_http_line *l, ce_http_crowd *c)
{
    ce_http_peer *p;

    while (c->count < fit_of(c) && rest_ms(l) == 0 &&
           (p = CE_QUEUE_TAKE(&l->peers, ce_http_peer, link))) {
        c->count += cost_of(p);
        note_asker(&p->all->turns, p);
        go_on(p);
    }
}

static void take_turns(ce_http_turns *t, ce_http_crowd *c)
{
    enter_turn(c, t);
    take_from(&c->handshakes, c);
    take_from(&c->requests, c);
    if (is_empty(c))
        return;
    ce_queue_add(&t->crowds, &c->link);
    come_back(t, &c->handshakes);
    come_back(t, &c->requests);
}

void ce_http_turns_next(ce_http_turns *t)
{
    ce_queue crowds = ce_queue_take_all(&t->crowds);
    ce_http_crowd *c;

    t->turn++;
    while ((c = CE_QUEUE_TAKE(&crowds, ce_http_crowd, link)))
        take_turns(t, c);
}

static void end_line(ce_http_line *l)
{
    ce_http_peer *p;

    while ((p = CE_QUEUE_TAKE(&l->peers, ce_http_peer, link)))
        go_on(p);
}

void ce_http_turns_end(ce_http_turns *t)
{
    ce_http_crowd *c;

    t->ended = true;
    ce_timer_stop(&t->rest);
    while ((c = CE_QUEUE_TAKE(&t->crowds, ce_http_crowd, link))) {
        end_line(&c->handshakes);
        end_line(&c->requests);
    }
}
