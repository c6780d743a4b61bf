/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd ends connections that are silent; those that send a byte now
 * and then are swept here. */
#include "bindings/http/peers.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cloudevents/alloc.h>

#include "bindings/http/early.h"
#include "bindings/http/stuck.h"
#include "bindings/http/traffic.h"
#include "core/base/log.h"

enum {
    /* How late a limit may be noticed. */
    SWEEP_MS = 500,
    /* The rest of a request that was answered early is read for so long: a
     * client that writes first needs this time to come to our answer. */
    LINGER_MS = 10000
};

/* --- time --- */

static uint64_t now_of(const ce_http_peer *p)
{
    return ce_loop_now_ms(p->all->loop);
}

void ce_http_peer_enter(ce_http_peer *p, ce_http_phase phase)
{
    if (p->phase == CE_HTTP_ENDING)
        return;
    p->phase = phase;
    p->phase_ms = now_of(p);
}

int ce_http_peer_socket(const ce_http_peer *p)
{
    return MHD_get_connection_info(p->connection,
                                   MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

/* The socket belongs to the library, which reads its end and closes it. */
void ce_http_peer_shut_down(ce_http_peer *p)
{
    ce_http_peer_enter(p, CE_HTTP_ENDING);
    shutdown(ce_http_peer_socket(p), SHUT_RDWR);
}

void ce_http_peer_end(ce_http_peer *p, unsigned status, const char *detail)
{
    ce_http_early_refuse(p->connection, status, detail);
    ce_http_peer_shut_down(p);
}

/* Who has written nothing gets no answer: some clients connect long before they
 * ask, and take an answer to nothing for an error. */
static void end_head(ce_http_peer *p)
{
    if (p->phase != CE_HTTP_IDLE)
        ce_http_tally_refuse(p->all->config->tally, CE_HTTP_SLOW_HEAD);
    if (p->request || p->phase == CE_HTTP_IDLE ||
        ce_http_traffic_is_one_way(ce_http_peer_socket(p)))
        ce_http_peer_end(p, 408, "the head takes too long");
    else
        ce_http_peer_shut_down(p);
}

static bool is_late(const ce_http_peer *p, uint64_t now)
{
    const ce_http_daemon_config *c = p->all->config;
    uint64_t head_ms = c->header_ms ? c->header_ms : c->request_ms;

    if (p->phase == CE_HTTP_IN_HEAD && now - p->phase_ms >= head_ms)
        return true;
    return now - p->since_ms >= c->request_ms;
}

/* A body may pause for idle_timeout altogether; for the rest of its time it
 * has to come at min_rate. */
static bool is_slow(const ce_http_peer *p, uint64_t now)
{
    const ce_http_daemon_config *c = p->all->config;
    uint64_t ms = now - p->phase_ms;

    if (ms <= c->idle_ms)
        return false;
    return p->received < (ms - c->idle_ms) * c->min_rate / 1000;
}

static void look_at(ce_http_peer *p, uint64_t now)
{
    if (p->waits)
        return;
    switch (p->phase) {
    case CE_HTTP_IN_HEAD:
    case CE_HTTP_IDLE:
        if (is_late(p, now))
            end_head(p);
        else if (ce_http_park_is_idle(p, now))
            ce_http_peer_shut_down(p);
        return;
    case CE_HTTP_IN_BODY:
        if (is_late(p, now) || is_slow(p, now))
            p->all->slow(p->request);
        else if (ce_http_park_is_idle(p, now))
            ce_http_peer_shut_down(p);
        return;
    case CE_HTTP_LINGERING:
        if (now - p->phase_ms >= LINGER_MS || ce_http_park_is_idle(p, now))
            ce_http_peer_shut_down(p);
        return;
    case CE_HTTP_BUSY:
    case CE_HTTP_ENDING:
        return;
    }
}

static void on_sweep(ce_timer *t)
{
    ce_http_peers *all = CE_OWNER(t, ce_http_peers, sweep);
    uint64_t now = ce_loop_now_ms(all->loop);

    ce_http_stuck_end_lines(all);
    for (ce_http_peer *p = all->first; p; p = p->after)
        look_at(p, now);
    if (all->first)
        ce_timer_start(all->loop, &all->sweep, SWEEP_MS);
}

/* --- to wait for an answer --- */

unsigned ce_http_peers_idle_s(const ce_http_peers *p)
{
    /* 0 would be for ever. */
    return (unsigned)((p->config->idle_ms + 999) / 1000);
}

static void set_idle(const ce_http_peer *p, unsigned seconds)
{
    MHD_set_connection_option(p->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                              seconds);
}

void ce_http_peer_pause(ce_http_peer *p)
{
    p->paused_ms = now_of(p);
}

/* It may have begun while P was paused. */
static void put_off(uint64_t *begun_ms, uint64_t ms, uint64_t now)
{
    *begun_ms = *begun_ms + ms < now ? *begun_ms + ms : now;
}

void ce_http_peer_unpause(ce_http_peer *p)
{
    uint64_t now = now_of(p), ms = now - p->paused_ms;

    put_off(&p->phase_ms, ms, now);
    put_off(&p->since_ms, ms, now);
}

/* While it is suspended, the library neither times it nor notices that the
 * client has left. When it goes on, the library reads before it answers, and a
 * client that has ended its side then gets no answer; but first of all it calls
 * for each connection whose timeout is not that of all. */
void ce_http_peer_suspend(ce_http_peer *p)
{
    set_idle(p, ce_http_peers_idle_s(p->all) + 1);
    p->all->suspended++;
    MHD_suspend_connection(p->connection);
}

void ce_http_peer_resume(ce_http_peer *p)
{
    p->all->suspended--;
    p->all->resumed = true;
    MHD_resume_connection(p->connection);
}

void ce_http_peer_resumed(ce_http_peer *p)
{
    set_idle(p, ce_http_peers_idle_s(p->all));
}

/* --- the share of one address --- */

/* Without a number: all but a sixteenth, so that others find room. */
static unsigned share_of(const ce_http_daemon_config *c)
{
    if (c->max_per_address)
        return c->max_per_address;
    return c->max_connections - c->max_connections / 16;
}

static void log_refusal(ce_http_peers *p, const struct sockaddr *from,
                        socklen_t len)
{
    char name[64] = "an address";

    if (!ce_log_may_repeat(&p->next_log_ms, ce_loop_now_ms(p->loop)))
        return;
    getnameinfo(from, len, name, sizeof name, NULL, 0, NI_NUMERICHOST);
    ce_log(CE_WARN, "http: %s has %u connections%s", name, share_of(p->config),
           p->config->makes_room
               ? " that all wait for their answers, and gets no more"
               : " to this source and gets no more "
                 "(max_connections_per_address)");
}

/* Not all of its request is here, or it was answered before that. */
static bool is_unfinished(const ce_http_peer *p)
{
    return p->phase != CE_HTTP_BUSY && p->phase != CE_HTTP_ENDING && !p->waits;
}

/* Where a few short requests are all there is, who has not asked yet is worth
 * less than who comes next. Ends the oldest of A; NULL: of the address that has
 * most. The first in the list is the newest. */
static bool end_unfinished(ce_http_peers *all, const ce_http_account *a)
{
    ce_http_peer *oldest = NULL;

    for (ce_http_peer *p = all->first; p; p = p->after)
        if ((!a || p->account == a) && is_unfinished(p) &&
            (!oldest ||
             p->account->connections >= oldest->account->connections))
            oldest = p;
    if (oldest)
        ce_http_peer_shut_down(oldest);
    return oldest;
}

bool ce_http_peers_make_room(ce_http_peers *all)
{
    return all->config->makes_room && end_unfinished(all, NULL);
}

enum MHD_Result ce_http_peers_admit(void *peers, const struct sockaddr *from,
                                    socklen_t len)
{
    ce_http_peers *p = peers;
    const ce_http_account *a = ce_http_accounts_find(&p->accounts, from);

    if (!a || a->connections < share_of(p->config))
        return MHD_YES;
    if (p->config->makes_room && end_unfinished(p, a))
        return MHD_YES;
    ce_http_tally_refuse(p->config->tally, CE_HTTP_CROWD);
    log_refusal(p, from, len);
    return MHD_NO;
}

/* --- life --- */

static const struct sockaddr *address_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
        ->client_addr;
}

static void tell_move(const ce_http_peers *all)
{
    const ce_http_daemon_config *c = all->config;

    if (c->ops->moved)
        c->ops->moved(c->arg);
}

static void begin_tls(ce_http_peer *p)
{
    ce_http_tls_begin(p->all->config->tls, &p->client, p->connection);
    ce_http_handshake_begin(p);
}

static ce_http_peer *open_peer(ce_http_peers *all, struct MHD_Connection *c)
{
    ce_http_peer *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return NULL;
    p->all = all;
    p->connection = c;
    p->account = ce_http_account_enter(&all->accounts, address_of(c));
    if (!p->account) {
        ce_free(p);
        return NULL;
    }
    if (all->config->tls)
        begin_tls(p);
    p->since_ms = p->phase_ms = ce_loop_now_ms(all->loop);
    tell_move(all);
    p->after = all->first;
    if (all->first)
        all->first->before = p;
    else
        ce_timer_start(all->loop, &all->sweep, SWEEP_MS);
    all->first = p;
    ce_http_park_list(p);
    return p;
}

/* The library has ended it because of its first line: without a word, or with
 * an answer of its own. */
static bool is_dismissed(const ce_http_peer *p)
{
    const ce_http_daemon_config *c = p->all->config;

    return p->phase == CE_HTTP_IN_HEAD &&
           now_of(p) - p->phase_ms < c->idle_ms &&
           ce_http_traffic_has_come(ce_http_peer_socket(p));
}

/* 0.9.75 closes some connections without a word about their requests (of a
 * query with too many parameters, say): they are over here at the latest. */
static void close_peer(ce_http_peer *p)
{
    if (!p)
        return;
    if (p->request)
        p->all->lost(p->request);
    else if (is_dismissed(p))
        ce_http_tally_refuse(p->all->config->tally, CE_HTTP_MALFORMED);
    ce_http_handshake_close(p);
    ce_http_park_close(p);
    if (p->phase != CE_HTTP_ENDING)
        ce_http_linger(&p->all->lingering, ce_http_peer_socket(p));
    if (p->before)
        p->before->after = p->after;
    else
        p->all->first = p->after;
    if (p->after)
        p->after->before = p->before;
    p->all->left++;
    tell_move(p->all);
    ce_http_account_leave(p->account);
    ce_free(p);
}

void ce_http_peers_open(ce_http_peers *p)
{
    p->sweep.fire = on_sweep;
    ce_http_turns_open(&p->turns);
    p->lingering = (ce_http_lingering){ .loop = p->loop };
}

void ce_http_peers_close(ce_http_peers *p)
{
    ce_timer_stop(&p->sweep);
    ce_http_linger_end(&p->lingering);
}

void ce_http_peers_notice(void *peers, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = open_peer(peers, c);
    else
        close_peer(*context);
}

ce_http_peer *ce_http_peer_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

void ce_http_peer_request_begins(ce_http_peer *p,
                                 struct ce_http_open_request *r)
{
    p->request = r;
    if (p->phase == CE_HTTP_IDLE)
        ce_http_peer_enter(p, CE_HTTP_IN_HEAD);
    ce_http_park_moved(p);
}

void ce_http_peer_request_is_over(ce_http_peer *p)
{
    p->request = NULL;
    p->received = 0;
    ce_http_peer_enter(p, CE_HTTP_IDLE);
    p->since_ms = p->phase_ms;
    ce_http_park_list(p);
}
