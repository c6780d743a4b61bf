/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/listener.h"

#include <pthread.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/claims.h"
#include "bindings/http/sharing.h"

typedef struct ce_http_listener listener;
struct ce_http_listener {
    ce_loop *loop;
    ce_http_daemon *daemon;
    ce_http_tls tls;
    ce_http_member *members;
    ce_http_claims claims;
    listener *next;
};

/* Of all loops. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static listener *all;

/* --- whose request it is --- */

/* Of those without a claim any may say that there is nothing. */
static ce_http_member *choose(const listener *l, ce_slice path)
{
    const ce_http_claim *c = ce_http_claims_find(&l->claims, path);

    if (c)
        return c->member;
    c = ce_http_claims_find(&l->claims, CE_SLICE("/"));
    return c && !c->is_health ? c->member : l->members;
}

static void begin(void *arg, ce_http_request *r)
{
    ce_http_member *m = choose(arg, r->path);

    r->member = m;
    r->tally = m->tally;
    if (m->is_stopped)
        ce_http_answer_problem(r, 503, "shutting down", "Retry-After", "1");
    else
        m->ops->begin(m->arg, r);
}

static void take_body(void *arg, ce_http_request *r, ce_slice bytes)
{
    ce_http_member *m = r->member;

    (void)arg;
    m->ops->body(m->arg, r, bytes);
}

static void end(void *arg, ce_http_request *r)
{
    ce_http_member *m = r->member;

    (void)arg;
    m->ops->end(m->arg, r);
}

/* Also of what was refused before it had a member. */
static void gone(void *arg, ce_http_request *r)
{
    ce_http_member *m = r->member;

    (void)arg;
    if (m)
        m->ops->gone(m->arg, r);
}

static void moved(void *arg)
{
    const listener *l = arg;

    for (ce_http_member *m = l->members; m; m = m->next)
        m->ops->moved(m->arg);
}

static const ce_http_ops ops = {
    .begin = begin,
    .body = take_body,
    .end = end,
    .gone = gone,
    .moved = moved,
};

/* --- to be there together --- */

/* One whose members have all stopped has closed its port. */
static bool listens(const listener *l)
{
    const ce_http_member *m = l->members;

    while (m && m->is_stopped)
        m = m->next;
    return m;
}

static listener *find(const ce_loop *loop, const ce_settings *s)
{
    listener *l;

    pthread_mutex_lock(&lock);
    for (l = all; l; l = l->next)
        if (l->loop == loop && listens(l) &&
            ce_http_daemon_port(l->daemon) == ce_http_source_port(s) &&
            ce_http_hosts_are_equal(l->members->settings, s))
            break;
    pthread_mutex_unlock(&lock);
    return l;
}

static ce_status fit(const ce_http_member *a, const ce_http_member *b,
                     ce_error *err)
{
    ce_error why;

    if (ce_http_sharing_check(a->settings, b->settings, &why) == CE_OK)
        return CE_OK;
    return ce_fail(err, CE_EINVAL, "%s is shared by receivers: %s",
                   ce_settings_authority(b->settings), why.text);
}

static ce_status fit_at(const listener *l, const char *path,
                        const ce_http_member *m, ce_error *err)
{
    const ce_http_claim *c =
        path ? ce_http_claims_find(&l->claims, ce_slice_of(path)) : NULL;

    return c ? fit(c->member, m, err) : CE_OK;
}

/* What has to be the same is the same in all that are there. */
static ce_status admit(const listener *l, const ce_http_member *m,
                       ce_error *err)
{
    ce_status status = fit(l->members, m, err);

    if (status == CE_OK)
        status = fit_at(l, m->path, m, err);
    return status == CE_OK ? fit_at(l, m->health_path, m, err) : status;
}

static void append(listener *l, ce_http_member *m)
{
    ce_http_member **at = &l->members;

    while (*at)
        at = &(*at)->next;
    *at = m;
    m->next = NULL;
    m->is_stopped = false;
    m->listener = l;
}

/* --- life --- */

static ce_http_daemon_config config_of(listener *l, const ce_http_member *m)
{
    const ce_settings *s = m->settings;

    return (ce_http_daemon_config){
        .host = ce_settings_host(s),
        .port = ce_http_source_port(s),
        .reuse_port = ce_settings_boolean(s, "reuse_port"),
        .max_connections = (unsigned)ce_settings_integer(s, "max_connections"),
        .max_per_address =
            (unsigned)ce_settings_integer(s, "max_connections_per_address"),
        .max_header_bytes = ce_settings_bytes(s, "max_header_bytes"),
        .idle_ms = ce_settings_ms(s, "idle_timeout"),
        .header_ms = ce_settings_ms(s, "header_timeout"),
        .min_rate = ce_settings_bytes(s, "min_rate"),
        .request_ms = ce_settings_ms(s, "request_timeout"),
        .tls = l->tls.identity ? &l->tls : NULL,
        .tally = m->tally,
        .ops = &ops,
        .arg = l,
    };
}

static void free_listener(listener *l)
{
    ce_http_tls_close(&l->tls);
    ce_free(l);
}

static ce_status open_listener(listener **out, ce_loop *loop,
                               const ce_http_member *m, ce_error *err)
{
    listener *l = ce_alloc_zeroed(sizeof *l);
    ce_http_daemon_config c;
    ce_status status;

    if (!l)
        return ce_no_memory(err);
    l->loop = loop;
    l->tls = *m->tls;
    *m->tls = (ce_http_tls){ 0 };
    c = config_of(l, m);
    status = ce_http_daemon_open(&l->daemon, loop, &c, err);
    if (status != CE_OK) {
        free_listener(l);
        return status;
    }
    ce_http_tls_watch(&l->tls, loop);
    pthread_mutex_lock(&lock);
    l->next = all;
    all = l;
    pthread_mutex_unlock(&lock);
    *out = l;
    return CE_OK;
}

static void close_listener(listener *l)
{
    listener **at = &all;

    pthread_mutex_lock(&lock);
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    pthread_mutex_unlock(&lock);
    ce_http_daemon_close(l->daemon);
    free_listener(l);
}

static ce_status enter(listener *l, ce_http_member *m, ce_error *err)
{
    if (ce_http_claims_add(&l->claims, m) == CE_OK) {
        append(l, m);
        return CE_OK;
    }
    if (!l->members)
        close_listener(l);
    return ce_no_memory(err);
}

ce_status ce_http_listener_join(ce_http_member *m, ce_loop *loop, ce_error *err)
{
    listener *l = find(loop, m->settings);
    ce_status status = l ? admit(l, m, err) : open_listener(&l, loop, m, err);

    return status == CE_OK ? enter(l, m, err) : status;
}

unsigned ce_http_member_port(const ce_http_member *m)
{
    return ce_http_daemon_port(m->listener->daemon);
}

unsigned ce_http_member_connections(const ce_http_member *m)
{
    return ce_http_daemon_connections(m->listener->daemon);
}

void ce_http_member_stop(ce_http_member *m)
{
    listener *l = m->listener;

    m->is_stopped = true;
    if (l && listens(l))
        ce_http_daemon_refuse(l->daemon, m);
    else if (l)
        ce_http_daemon_quiesce(l->daemon);
}

void ce_http_member_leave(ce_http_member *m)
{
    listener *l = m->listener;
    ce_http_member **at;

    if (!l)
        return;
    ce_http_member_stop(m);
    ce_http_daemon_forget(l->daemon, m);
    for (at = &l->members; *at != m;)
        at = &(*at)->next;
    *at = m->next;
    ce_http_claims_remove(&l->claims, m);
    m->listener = NULL;
    ce_http_daemon_count(l->daemon, l->members ? l->members->tally : NULL);
    if (!l->members)
        close_listener(l);
}
