/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the three questions that operators and probes ask. */
#include "bridge/watch/admin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bindings/http/auth.h"
#include "bindings/http/daemon.h"
#include "bridge/watch/console.h"
#include "bridge/watch/hosts.h"
#include <cloudevents/alloc.h>

struct br_admin {
    ce_http_daemon *daemon;
    br_admin_config config;
    ce_http_auth auth;
    char *path; /* of a unix socket, or empty */
};

const ce_option br_admin_options[] = {
    CE_HTTP_LOGIN_OPTIONS(
        "bearer token to show, but for /livez and /readyz",
        "user to log in as (Basic), but for /livez and /readyz"),
    { "hosts", CE_OPT_LIST, NULL, NULL, 0, 0,
      "names to be asked by, beside addresses, localhost and the name in the "
      "URI; * is any" },
    { "file_mode", CE_OPT_CHOICE, "0600", "0600|0660|0666", 0, 0,
      "access rights of the socket (unix)" },
    CE_OPTION_END,
};

static const char plain[] = "text/plain; charset=utf-8";

static void answer_text(ce_http_request *r, unsigned status, const char *text)
{
    ce_http_reply(r, &(ce_http_answer){ .status = status,
                                        .content_type = plain,
                                        .body = ce_slice_of(text) });
}

static void answer_method(ce_http_request *r, const char *allowed)
{
    const ce_http_field fields[] = { { "Allow", allowed }, { NULL, NULL } };

    ce_http_reply(r, &(ce_http_answer){ .status = 405,
                                        .content_type = plain,
                                        .body = CE_SLICE("see Allow\n"),
                                        .fields = fields });
}

static void answer_ready(br_admin *a, ce_http_request *r)
{
    ce_buf text = { 0 };

    if (br_readiness_text(a->config.board, &text) != CE_OK)
        answer_text(r, 503, "out of memory\n");
    else
        ce_http_reply(
            r, &(ce_http_answer){
                   .status = br_readiness_is_ready(a->config.board) ? 200 : 503,
                   .content_type = plain,
                   .body = ce_buf_slice(&text) });
    ce_buf_free(&text);
}

static void answer_metrics(br_admin *a, ce_http_request *r)
{
    ce_buf text = { 0 };

    if (a->config.metrics(a->config.arg, &text) != CE_OK)
        answer_text(r, 503, "out of memory\n");
    else
        ce_http_reply(
            r, &(ce_http_answer){
                   .status = 200,
                   .content_type = "text/plain; version=0.0.4; charset=utf-8",
                   .body = ce_buf_slice(&text) });
    ce_buf_free(&text);
}

static void answer_reload(br_admin *a, ce_http_request *r)
{
    ce_buf text = { 0 };
    bool done = a->config.reload(a->config.arg, &text);

    ce_http_reply(r, &(ce_http_answer){ .status = done ? 200 : 422,
                                        .content_type = plain,
                                        .body = ce_buf_slice(&text) });
    ce_buf_free(&text);
}

/* Any page can have its browser send one to an address that it guesses. */
static void on_post(br_admin *a, ce_http_request *r)
{
    if (ce_http_header(r, "Origin").ptr)
        answer_text(r, 403, "a page in a browser may not ask for this\n");
    else if (a->config.reload && ce_slice_eq(r->path, CE_SLICE("/reload")))
        answer_reload(a, r);
    else
        answer_method(r, "GET, HEAD");
}

static bool reads(const ce_http_request *r)
{
    return ce_slice_eq(r->method, CE_SLICE("GET")) ||
           ce_slice_eq(r->method, CE_SLICE("HEAD"));
}

static void answer_read(br_admin *a, ce_http_request *r)
{
    if (ce_slice_eq(r->path, CE_SLICE("/reload")))
        answer_method(r, "POST");
    else if (ce_slice_eq(r->path, CE_SLICE("/livez")))
        answer_text(r, 200, "alive\n");
    else if (ce_slice_eq(r->path, CE_SLICE("/readyz")))
        answer_ready(a, r);
    else if (ce_slice_eq(r->path, CE_SLICE("/metrics")))
        answer_metrics(a, r);
    else
        answer_text(r, 404, "there are /livez, /readyz and /metrics\n");
}

/* --- who may ask --- */

static bool is_unix(const ce_settings *s)
{
    return strcmp(ce_settings_scheme(s), "unix") == 0;
}

/* No page can have a browser ask at a unix socket. */
static bool is_called_right(const br_admin *a, const ce_http_request *r)
{
    const ce_settings *s = a->config.settings;

    return is_unix(s) ||
           br_hosts_allow(ce_http_header(r, "Host"), ce_settings_host(s),
                          ce_settings_text(s, "hosts"));
}

/* They have no secrets, and probes know none. */
static bool is_probe(const ce_http_request *r)
{
    return ce_slice_eq(r->path, CE_SLICE("/livez")) ||
           ce_slice_eq(r->path, CE_SLICE("/readyz"));
}

static void answer_challenge(br_admin *a, ce_http_request *r)
{
    const ce_http_field fields[] = {
        { "WWW-Authenticate", ce_http_auth_challenge(&a->auth) }, { NULL, NULL }
    };

    ce_http_reply(r, &(ce_http_answer){ .status = 401,
                                        .content_type = plain,
                                        .body = CE_SLICE("a login is needed\n"),
                                        .fields = fields });
}

static void on_request(void *arg, ce_http_request *r)
{
    br_admin *a = arg;

    if (!is_called_right(a, r))
        answer_text(r, 421,
                    "nobody is called like that Host here; \"hosts\" of "
                    "\"admin\" says who is\n");
    else if (!is_probe(r) && !ce_http_auth_allows(&a->auth, r))
        answer_challenge(a, r);
    else if (ce_slice_eq(r->method, CE_SLICE("POST")))
        on_post(a, r);
    else if (reads(r))
        answer_read(a, r);
    else
        answer_method(r, "GET, HEAD");
}

static void on_begin(void *arg, ce_http_request *r)
{
    (void)arg;
    (void)r;
}

static void on_gone(void *arg, ce_http_request *r)
{
    (void)arg;
    (void)r;
}

static const ce_http_ops ops = {
    .begin = on_begin,
    .end = on_request,
    .gone = on_gone,
};

/* --- settings --- */

static ce_status check_place(const ce_settings *s, ce_error *err)
{
    if (is_unix(s))
        return CE_OK;
    if (strcmp(ce_settings_scheme(s), "http") != 0 || ce_settings_path(s)[0] ||
        strchr(ce_settings_authority(s), ','))
        return ce_fail(err, CE_EINVAL,
                       "it has to look like http://HOST:PORT or unix:PATH");
    return CE_OK;
}

/* An option that has no effect is a mistake. */
static ce_status check_options(const ce_settings *s, ce_error *err)
{
    if (is_unix(s) && ce_settings_has(s, "hosts"))
        return ce_fail(err, CE_EINVAL, "\"hosts\" is for http:// only");
    if (!is_unix(s) && ce_settings_has(s, "file_mode"))
        return ce_fail(err, CE_EINVAL, "\"file_mode\" is for unix: only");
    if (ce_settings_has(s, "hosts"))
        return br_hosts_check(ce_settings_text(s, "hosts"), err);
    return CE_OK;
}

ce_status br_admin_check(const ce_settings *s, ce_error *err)
{
    ce_status status = check_place(s, err);

    return status == CE_OK ? check_options(s, err) : status;
}

ce_status br_admin_rehearse(const ce_settings *s, ce_error *err)
{
    ce_http_auth auth = { 0 };
    ce_status status = ce_http_auth_open(&auth, s, err);

    ce_http_auth_close(&auth);
    return status;
}

unsigned br_admin_port(const ce_settings *s)
{
    return is_unix(s) ? 0 : ce_settings_port(s, 9090);
}

static unsigned mode_of(const ce_settings *s)
{
    return (unsigned)strtoul(ce_settings_text(s, "file_mode"), NULL, 8);
}

bool br_admin_is_at(const br_admin *a, const ce_settings *s)
{
    const ce_settings *now = a->config.settings;

    return is_unix(now) == is_unix(s) &&
           strcmp(ce_settings_authority(now), ce_settings_authority(s)) == 0 &&
           strcmp(ce_settings_path(now), ce_settings_path(s)) == 0;
}

ce_status br_admin_update(br_admin *a, const ce_settings *s, ce_error *err)
{
    ce_http_auth auth = { 0 };
    ce_status status = ce_http_auth_open(&auth, s, err);

    if (status != CE_OK) {
        ce_http_auth_close(&auth);
        return status;
    }
    ce_http_auth_close(&a->auth);
    a->auth = auth;
    a->config.settings = s;
    if (*a->path)
        chmod(a->path, (mode_t)mode_of(s));
    return CE_OK;
}

/* --- life --- */

static ce_status open_daemon(br_admin *a, ce_error *err)
{
    const ce_settings *s = a->config.settings;
    /* Probes and scrapers are few, and their requests small. */
    ce_http_daemon_config c = { .host = ce_settings_host(s),
                                .port = br_admin_port(s),
                                .max_connections = 256,
                                .max_per_address = 64,
                                .makes_room = true,
                                .max_header_bytes = 16 << 10,
                                .idle_ms = 10000,
                                .request_ms = 30000,
                                .ops = &ops,
                                .arg = a };
    ce_status status;

    if (is_unix(s)) {
        c.path = a->path;
        c.path_mode = mode_of(s);
    }
    status = ce_http_daemon_open(&a->daemon, a->config.loop, &c, err);
    if (status == CE_OK && !c.path && c.port == 0)
        br_console_say(CE_INFO, "admin on http://%s:%u", c.host,
                       ce_http_daemon_port(a->daemon));
    return status;
}

static ce_status open_all(br_admin *a, ce_error *err)
{
    const char *path = ce_settings_path(a->config.settings);
    ce_status status = ce_http_auth_open(&a->auth, a->config.settings, err);

    if (status != CE_OK)
        return status;
    a->path = ce_strndup(path, strlen(path));
    return a->path ? open_daemon(a, err) : ce_no_memory(err);
}

ce_status br_admin_open(br_admin **out, const br_admin_config *c, ce_error *err)
{
    br_admin *a = ce_alloc_zeroed(sizeof *a);
    ce_status status;

    if (!a)
        return ce_no_memory(err);
    a->config = *c;
    status = open_all(a, err);
    if (status == CE_OK)
        *out = a;
    else
        br_admin_close(a);
    return status;
}

void br_admin_close(br_admin *a)
{
    if (!a)
        return;
    ce_http_daemon_close(a->daemon);
    ce_http_auth_close(&a->auth);
    ce_free(a->path);
    ce_free(a);
}
