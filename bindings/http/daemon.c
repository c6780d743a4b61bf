/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd in external epoll mode on a libuv loop.
 *
 * The loop watches the library's own epoll descriptor and calls MHD_run. An
 * answer that comes later resumes its connection and sets a flag; one MHD_run
 * before the loop waits again then serves the whole batch. */
#include "bindings/http/daemon.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "bindings/http/descriptors.h"
#include "bindings/http/doomed.h"
#include "bindings/http/lines.h"
#include "bindings/http/listen.h"
#include "bindings/http/local.h"
#include "bindings/http/peers.h"
#include "bindings/http/requests.h"
#include "bindings/http/stuck.h"
#include "core/base/descriptors.h"
#include "core/base/log.h"

struct ce_http_daemon {
    ce_loop *loop;
    ce_http_daemon_config config;
    struct MHD_Daemon *mhd;
    int fd;              /* listens */
    ce_http_local local; /* with a path */
    unsigned port;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_idle_t again;
    ce_timer timer;
    uint64_t again_ms; /* when it was asked for at last */
    unsigned agains;   /* within that millisecond */
    unsigned still;    /* runs in a row that had nothing to do */
    uint64_t looked_ms;
    ce_http_peers peers;
    ce_http_requests requests;
    uint64_t next_log_ms;
    unsigned closing;
};

/* What clients have for a last request when the daemon closes. */
enum { LAST_MS = 100 };
/* A run that finds nothing takes some microseconds. */
enum { AGAINS_MAX = 16 };
/* Runs in a row that had nothing to do: a request needs fewer. */
enum { STILL_MAX = 4 };
/* Between looks at all peers, while the library asks for runs. */
enum { LOOK_MS = 10 };
/* More than enough for a whole queue (listen.c). */
enum { ACCEPTS_MAX = 128 };
/* More than the path of a unix socket may have. */
enum { NAME_MAX_LEN = 128 };

/* --- running --- */

static void on_again(uv_idle_t *again);

/* At once, but others have a turn between: requests that wait behind others are
 * read one in a run. So many a millisecond, or who sends such would have the
 * loop for itself. */
static void run_again(ce_http_daemon *d)
{
    uint64_t now = ce_loop_now_ms(d->loop);

    if (now != d->again_ms)
        d->agains = 0;
    d->again_ms = now;
    if (d->agains++ < AGAINS_MAX)
        uv_idle_start(&d->again, on_again);
    else
        ce_timer_start(d->loop, &d->timer, 0);
}

static void look_for_stuck(ce_http_daemon *d)
{
    uint64_t now = ce_loop_now_ms(d->loop);

    if (now - d->looked_ms < LOOK_MS)
        return;
    d->looked_ms = now;
    ce_http_stuck_end_lines(&d->peers);
}

static void set_timer(ce_http_daemon *d)
{
    MHD_UNSIGNED_LONG_LONG ms;

    ce_timer_stop(&d->timer);
    if (MHD_get_timeout(d->mhd, &ms) != MHD_YES)
        return;
    if (ms == 0)
        look_for_stuck(d);
    if (ms == 0 && d->still < STILL_MAX)
        run_again(d);
    else
        ce_timer_start(d->loop, &d->timer, ms ? ms : 1);
}

unsigned ce_http_daemon_connections(const ce_http_daemon *d)
{
    return MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
        ->num_connections;
}

static bool is_full(const ce_http_daemon *d)
{
    return ce_http_daemon_connections(d) >= d->config.max_connections;
}

/* Where it listens, as it stands in the log. */
static const char *name_of(const ce_http_daemon *d, char out[NAME_MAX_LEN])
{
    if (d->config.path)
        snprintf(out, NAME_MAX_LEN, "%s", d->config.path);
    else
        snprintf(out, NAME_MAX_LEN, "port %u", d->port);
    return out;
}

static void tell_of_crowd(ce_http_daemon *d)
{
    char name[NAME_MAX_LEN];

    if (d->config.tally)
        d->config.tally->full++;
    if (ce_log_may_repeat(&d->next_log_ms, ce_loop_now_ms(d->loop)))
        ce_log(CE_WARN, "http: %s: all %u connections are taken; %s",
               name_of(d, name), d->config.max_connections,
               d->config.makes_room ? "the oldest without a request ends"
                                    : "others wait");
}

static void run(ce_http_daemon *d)
{
    bool was_full = is_full(d);
    uint64_t left = d->peers.left, moves = d->requests.moves;

    d->peers.resumed = false;
    d->peers.runs++;
    MHD_run(d->mhd);
    ce_http_stuck_end(&d->requests);
    if (!was_full && is_full(d))
        tell_of_crowd(d);
    if (is_full(d) && ce_http_peers_make_room(&d->peers))
        MHD_run(d->mhd);
    /* At its limit of connections, or the system's of descriptors, the library
     * stops listening. Only a run after that in which a connection has ended
     * listens again for those who wait outside. */
    if (d->peers.left != left)
        MHD_run(d->mhd);
    ce_http_parks_fill(&d->peers);
    ce_http_turns_next(&d->peers.turns);
    d->still = d->requests.moves == moves ? d->still + 1 : 0;
    set_timer(d);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* The loop is about to wait: whatever was answered in this turn goes out. */
static void on_prepare(uv_prepare_t *prepare)
{
    ce_http_daemon *d = prepare->data;

    if (d->peers.resumed)
        run(d);
    /* Answered within that run: not now, or others would never have a turn. */
    if (d->peers.resumed)
        run_again(d);
}

static void on_again(uv_idle_t *again)
{
    uv_idle_stop(again);
    run(again->data);
}

static void on_timer(ce_timer *t)
{
    run(CE_OWNER(t, ce_http_daemon, timer));
}

/* --- life --- */

/* The library logs each error of a connection. What it says is not shown: it
 * would let clients fill the log. */
static void on_log(void *arg, const char *text, va_list list)
{
    ce_http_daemon *d = arg;

    (void)list;
    ce_http_doomed_answer(&d->requests, text);
}

static struct MHD_OptionItem text_option(enum MHD_OPTION option,
                                         const char *text)
{
    return (struct MHD_OptionItem){ option, 0, (void *)(uintptr_t)text };
}

/* The options that are not always there. */
enum { OPTIONS_MAX = 6 };

static void list_options(const ce_http_daemon_config *c,
                         struct MHD_OptionItem *out)
{
    *out++ = ce_http_lines_option();
    if (c->tls) {
        *out++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK2, 0,
                                          (void *)(uintptr_t)ce_http_tls_show };
        *out++ = text_option(MHD_OPTION_HTTPS_PRIORITIES, c->tls->priorities);
    }
    /* The library then asks for a client's certificate; the check is ours
     * (tls.c). */
    if (c->tls && c->tls->ca)
        *out++ = text_option(MHD_OPTION_HTTPS_MEM_TRUST, c->tls->ca);
    *out = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

/* A connection's buffer holds the head and, 64 bytes for each header, the list
 * that the library makes of it: a quarter is enough for 288 headers beside
 * 72 KiB of text. */
static size_t buffer_bytes(size_t max_header_bytes)
{
    return max_header_bytes + max_header_bytes / 4;
}

static ce_status start_mhd(ce_http_daemon *d, ce_error *err)
{
    const ce_http_daemon_config *c = &d->config;
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem options[OPTIONS_MAX];

    ce_http_lines_open();
    list_options(c, options);
    if (c->tls)
        flags |= MHD_USE_TLS;
    d->mhd = MHD_start_daemon(
        flags, 0, ce_http_peers_admit, &d->peers, ce_http_requests_take,
        &d->requests, MHD_OPTION_EXTERNAL_LOGGER, on_log, d,
        MHD_OPTION_LISTEN_SOCKET, d->fd, MHD_OPTION_CONNECTION_LIMIT,
        c->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        buffer_bytes(c->max_header_bytes), MHD_OPTION_CONNECTION_TIMEOUT,
        ce_http_peers_idle_s(&d->peers), MHD_OPTION_URI_LOG_CALLBACK,
        ce_http_requests_open_one, &d->requests, MHD_OPTION_NOTIFY_COMPLETED,
        ce_http_requests_over, &d->requests, MHD_OPTION_NOTIFY_CONNECTION,
        ce_http_peers_notice, &d->peers, MHD_OPTION_ARRAY, options,
        MHD_OPTION_END);
    if (d->mhd)
        return CE_OK;
    if (c->path)
        return ce_fail(err, CE_EIO, "cannot serve on %s", c->path);
    return ce_fail(err, CE_EIO, "cannot serve on %s:%u", c->host, d->port);
}

static void join_loop(ce_http_daemon *d)
{
    uv_loop_t *uv = ce_loop_uv(d->loop);
    int fd = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    uv_poll_init(uv, &d->poll, fd);
    uv_prepare_init(uv, &d->prepare);
    uv_idle_init(uv, &d->again);
    d->poll.data = d->prepare.data = d->again.data = d;
    uv_poll_start(&d->poll, UV_READABLE, on_readable);
    uv_prepare_start(&d->prepare, on_prepare);
    set_timer(d);
}

static void stop_listening(ce_http_daemon *d)
{
    if (d->fd < 0)
        return;
    ce_http_local_remove(&d->local);
    close(d->fd);
    d->fd = -1;
}

static void free_unopened(ce_http_daemon *d)
{
    stop_listening(d);
    ce_http_requests_close(&d->requests);
    ce_free(d);
}

static ce_status listen_at(ce_http_daemon *d, ce_error *err)
{
    const ce_http_daemon_config *c = &d->config;
    ce_status status;

    if (c->path)
        return ce_http_local_listen(&d->local, c->path, c->path_mode, &d->fd,
                                    err);
    status = ce_http_listen(c, &d->fd, err);
    if (status == CE_OK)
        d->port = ce_http_listen_port(d->fd);
    return status;
}

/* A crowd could take all descriptors, and a sink would get none. */
static void fit_connections(ce_http_daemon *d)
{
    unsigned long files = ce_descriptors_raise();
    unsigned wanted = d->config.max_connections;
    unsigned fit = ce_http_connections_within(files, wanted);
    char name[NAME_MAX_LEN];

    d->config.max_connections = fit;
    if (fit < wanted)
        ce_log(CE_WARN,
               "http: %s: at most %u connections, not %u, for the process may "
               "open %lu files (ulimit -n)",
               name_of(d, name), fit, wanted, files);
}

static ce_status serve(ce_http_daemon *d, ce_error *err)
{
    ce_status status = ce_http_requests_open(&d->requests, err);

    if (status == CE_OK)
        status = listen_at(d, err);
    if (status == CE_OK)
        fit_connections(d);
    return status == CE_OK ? start_mhd(d, err) : status;
}

ce_status ce_http_daemon_open(ce_http_daemon **out, ce_loop *loop,
                              const ce_http_daemon_config *c, ce_error *err)
{
    ce_http_daemon *d = ce_alloc_zeroed(sizeof *d);
    ce_status status;

    if (!d)
        return ce_no_memory(err);
    d->loop = loop;
    d->config = *c;
    d->fd = -1;
    d->timer.fire = on_timer;
    d->peers.loop = loop;
    d->peers.config = &d->config;
    d->peers.slow = ce_http_requests_slow;
    d->peers.lost = ce_http_requests_lost;
    d->requests.config = &d->config;
    ce_http_peers_open(&d->peers);
    status = serve(d, err);
    if (status != CE_OK) {
        free_unopened(d);
        return status;
    }
    join_loop(d);
    *out = d;
    return CE_OK;
}

unsigned ce_http_daemon_port(const ce_http_daemon *d)
{
    return d->port;
}

static bool has_waiting(const ce_http_daemon *d)
{
    return poll(&(struct pollfd){ .fd = d->fd, .events = POLLIN }, 1, 0) > 0;
}

/* Who has connected already is heard; the system resets who waits when nobody
 * listens any more. The library takes ten at a time. */
static void accept_rest(ce_http_daemon *d)
{
    for (unsigned i = 0; i < ACCEPTS_MAX && has_waiting(d); i++)
        MHD_run(d->mhd);
}

void ce_http_daemon_quiesce(ce_http_daemon *d)
{
    if (d->requests.quiet)
        return;
    accept_rest(d);
    MHD_quiesce_daemon(d->mhd);
    stop_listening(d);
    ce_http_requests_stop(&d->requests);
}

void ce_http_daemon_count(ce_http_daemon *d, ce_http_tally *tally)
{
    d->config.tally = tally;
}

void ce_http_daemon_refuse(ce_http_daemon *d, const void *member)
{
    ce_http_requests_refuse_of(&d->requests, member);
}

void ce_http_daemon_forget(ce_http_daemon *d, const void *member)
{
    ce_http_requests_forget(&d->requests, member);
}

static void on_closed(uv_handle_t *h)
{
    ce_http_daemon *d = h->data;

    if (--d->closing == 0)
        ce_free(d);
}

/* All that wait are answered, which resumes them. Three runs take a resumed
 * connection to the end of its answer. */
static void answer_all(ce_http_daemon *d)
{
    ce_http_turns_end(&d->peers.turns);
    ce_http_parks_end(&d->peers);
    ce_http_requests_refuse(&d->requests);
    for (unsigned i = 0; i < 3; i++)
        MHD_run(d->mhd);
}

/* A client that has kept its connection may just be sending on it: it is told
 * 503, and that the connection ends (RFC 9112 9.6). */
static void serve_rest(ce_http_daemon *d)
{
    uint64_t end = uv_hrtime() + (uint64_t)LAST_MS * 1000000;
    int fd = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    while (ce_http_daemon_connections(d) && uv_hrtime() < end) {
        poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10);
        MHD_run(d->mhd);
    }
}

void ce_http_daemon_close(ce_http_daemon *d)
{
    if (!d)
        return;
    ce_http_daemon_quiesce(d);
    uv_poll_stop(&d->poll);
    answer_all(d);
    serve_rest(d);
    /* One that is still suspended would make MHD_stop_daemon abort the
     * process. */
    while (d->peers.suspended > 0)
        answer_all(d);
    MHD_stop_daemon(d->mhd);
    ce_http_requests_close(&d->requests);
    ce_http_peers_close(&d->peers);
    ce_timer_stop(&d->timer);
    d->closing = 3;
    uv_close((uv_handle_t *)&d->poll, on_closed);
    uv_close((uv_handle_t *)&d->prepare, on_closed);
    uv_close((uv_handle_t *)&d->again, on_closed);
}
