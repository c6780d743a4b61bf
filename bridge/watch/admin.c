/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the three questions that operators and probes ask. */
#include "bridge/watch/admin.h"

#include <stdio.h>
#include <string.h>

#include "bindings/http/daemon.h"
#include "bridge/watch/console.h"
#include <cloudevents/alloc.h>
#include <cloudevents/transport.h>

struct br_admin {
    ce_http_daemon *daemon;
    br_admin_config config;
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

static void on_post(br_admin *a, ce_http_request *r)
{
    if (a->config.reload && ce_slice_eq(r->path, CE_SLICE("/reload")))
        answer_reload(a, r);
    else
        answer_method(r, "GET, HEAD");
}

static bool reads(const ce_http_request *r)
{
    return ce_slice_eq(r->method, CE_SLICE("GET")) ||
           ce_slice_eq(r->method, CE_SLICE("HEAD"));
}

static void on_request(void *arg, ce_http_request *r)
{
    br_admin *a = arg;

    if (ce_slice_eq(r->method, CE_SLICE("POST")))
        on_post(a, r);
    else if (!reads(r))
        answer_method(r, "GET, HEAD");
    else if (ce_slice_eq(r->path, CE_SLICE("/reload")))
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

static const ce_option no_options[] = { CE_OPTION_END };

/* On success *OUT is the caller's to close. */
static ce_status read_uri(ce_settings **out, const char *uri, ce_error *err)
{
    ce_settings *s = NULL;
    ce_status status;

    status = ce_settings_open(&s, no_options, uri, CE_URI_STRICT, err);
    if (status != CE_OK)
        return status;
    if (strcmp(ce_settings_scheme(s), "http") != 0 || ce_settings_path(s)[0] ||
        ce_settings_user(s)) {
        ce_settings_close(s);
        return ce_fail(err, CE_EINVAL, "it has to look like http://HOST:PORT");
    }
    *out = s;
    return CE_OK;
}

ce_status br_admin_check(const char *uri, ce_error *err)
{
    ce_settings *s = NULL;
    ce_status status = read_uri(&s, uri, err);

    ce_settings_close(s);
    return status;
}

static ce_status open_daemon(br_admin *a, ce_error *err)
{
    ce_settings *s = NULL;
    /* Probes and scrapers are few, and their requests small. */
    ce_http_daemon_config c = { .max_connections = 256,
                                .max_per_address = 64,
                                .makes_room = true,
                                .max_header_bytes = 16 << 10,
                                .idle_ms = 10000,
                                .request_ms = 30000,
                                .ops = &ops,
                                .arg = a };
    ce_status status = read_uri(&s, a->config.uri, err);

    if (status != CE_OK)
        return status;
    c.host = ce_settings_host(s);
    c.port = ce_settings_port(s, 9090);
    status = ce_http_daemon_open(&a->daemon, a->config.loop, &c, err);
    if (status == CE_OK && c.port == 0)
        br_console_say(CE_INFO, "admin on http://%s:%u", c.host,
                       ce_http_daemon_port(a->daemon));
    ce_settings_close(s);
    return status;
}

ce_status br_admin_open(br_admin **out, const br_admin_config *c, ce_error *err)
{
    br_admin *a = ce_alloc_zeroed(sizeof *a);
    ce_status status;

    if (!a)
        return ce_no_memory(err);
    a->config = *c;
    status = open_daemon(a, err);
    if (status == CE_OK)
        *out = a;
    else
        ce_free(a);
    return status;
}

void br_admin_close(br_admin *a)
{
    if (!a)
        return;
    ce_http_daemon_close(a->daemon);
    ce_free(a);
}
