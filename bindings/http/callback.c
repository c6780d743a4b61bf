/* SPDX-License-Identifier: Apache-2.0 */
/* A small server of its own: consent may come at any time. */
#include "bindings/http/callback.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <cloudevents/alloc.h>

#include "core/settings/uri.h"
#include "bindings/http/answer.h"
#include "bindings/http/daemon.h"

enum {
    KEY_BYTES = 16,   /* 128 bits cannot be guessed */
    CONNECTIONS = 16, /* one target calls, once; the rest is for strangers */
    HEADER_BYTES = 16 << 10,
    IDLE_MS = 10000,
    REQUEST_MS = 30000
};

struct ce_http_callback {
    ce_http_callback_config config;
    ce_http_daemon *daemon;
    char key[2 * KEY_BYTES + 1];
    ce_buf url;
    char *path; /* decoded, without the first '/' */
};

/* --- calls --- */

static bool is_ours(const ce_http_callback *c, const ce_http_request *r)
{
    return r->path.len > 0 &&
           ce_slice_eq(ce_slice_skip(r->path, 1), ce_slice_of(c->path)) &&
           ce_slice_eq(ce_http_parameter(r, "key"), ce_slice_of(c->key));
}

static bool is_method(const ce_http_request *r, const char *method)
{
    return ce_slice_eq(r->method, ce_slice_of(method));
}

/* Consent may come with either method and in the head alone (Web Hooks 4.1.3,
 * HOOK-15). */
static void begin(void *arg, ce_http_request *r)
{
    ce_http_callback *c = arg;
    ce_slice rate = ce_http_header(r, "WebHook-Allowed-Rate");

    if (!is_ours(c, r))
        ce_http_answer_problem(r, 404, "nobody waits for this", NULL, NULL);
    else if (!is_method(r, "GET") && !is_method(r, "POST"))
        ce_http_answer_problem(r, 405, "consent is given with GET or POST",
                               "Allow", "GET, POST");
    else if (!c->config.heard(c->config.arg, rate))
        ce_http_answer_problem(
            r, 400, "WebHook-Allowed-Rate is neither \"*\" nor a rate", NULL,
            NULL);
    else
        ce_http_reply(r, &(ce_http_answer){ .status = 200 });
}

static void nothing(void *arg, ce_http_request *r)
{
    (void)arg;
    (void)r;
}

static const ce_http_ops ops = {
    .begin = begin,
    .end = nothing,
    .gone = nothing,
};

/* --- options --- */

/* "": TEXT is no URI with a host. */
static void read_scheme(const char *text, char out[8])
{
    ce_uri u = { 0 };
    ce_error err;

    *out = '\0';
    if (ce_uri_parse(&u, text, &err) == CE_OK && *u.authority)
        snprintf(out, 8, "%s", u.scheme);
    ce_uri_free(&u);
}

ce_status ce_http_callback_check(const char *url, const char *listen,
                                 ce_error *err)
{
    char called[8], heard[8];

    read_scheme(url, called);
    read_scheme(listen ? listen : url, heard);
    if (strcmp(called, "http") != 0 && strcmp(called, "https") != 0)
        return ce_fail(err, CE_EINVAL,
                       "webhook_callback is no http URL: %.100s", url);
    if (!strcmp(heard, "http"))
        return CE_OK;
    if (listen)
        return ce_fail(err, CE_EINVAL,
                       "webhook_listen is not http://HOST:PORT: %.100s",
                       listen);
    return ce_fail(err, CE_EINVAL,
                   "webhook_callback is not http://, so webhook_listen has to "
                   "say where its calls arrive");
}

/* --- life --- */

static ce_status make_key(ce_http_callback *c, ce_error *err)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[KEY_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return ce_fail(err, CE_EIO, "no random bytes");
    for (unsigned i = 0; i < KEY_BYTES; i++) {
        c->key[2 * i] = hex[bytes[i] >> 4];
        c->key[2 * i + 1] = hex[bytes[i] & 15];
    }
    return CE_OK;
}

static ce_status make_url(ce_http_callback *c, ce_error *err)
{
    const char *url = c->config.url;
    char separator = strchr(url, '?') ? '&' : '?';
    ce_status status = make_key(c, err);

    if (status != CE_OK)
        return status;
    if (ce_buf_printf(&c->url, "%s%ckey=%s", url, separator, c->key) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status listen_at(ce_http_callback *c, ce_loop *loop, const ce_uri *at,
                           ce_error *err)
{
    ce_http_daemon_config config = {
        .host = at->host,
        .port = at->has_port ? at->port : 80,
        .max_connections = CONNECTIONS,
        .makes_room = true,
        .max_header_bytes = HEADER_BYTES,
        .idle_ms = IDLE_MS,
        .request_ms = REQUEST_MS,
        .ops = &ops,
        .arg = c,
    };

    return ce_http_daemon_open(&c->daemon, loop, &config, err);
}

/* Behind a proxy the URL that is called is not where we listen. */
static ce_status listen_elsewhere(ce_http_callback *c, ce_loop *loop,
                                  ce_error *err)
{
    ce_uri at = { 0 };
    ce_status status = ce_uri_parse(&at, c->config.listen, err);

    if (status == CE_OK)
        status = listen_at(c, loop, &at, err);
    ce_uri_free(&at);
    return status;
}

static ce_status open_at(ce_http_callback *c, ce_loop *loop, const ce_uri *url,
                         ce_error *err)
{
    ce_status status = make_url(c, err);

    if (status != CE_OK)
        return status;
    c->path = ce_strndup(url->path, strlen(url->path));
    if (!c->path)
        return ce_no_memory(err);
    return c->config.listen ? listen_elsewhere(c, loop, err)
                            : listen_at(c, loop, url, err);
}

static ce_status open_url(ce_http_callback *c, ce_loop *loop, ce_error *err)
{
    ce_uri url = { 0 };
    ce_status status = ce_uri_parse(&url, c->config.url, err);

    if (status == CE_OK)
        status = open_at(c, loop, &url, err);
    ce_uri_free(&url);
    return status;
}

ce_status ce_http_callback_open(ce_http_callback **out, ce_loop *loop,
                                const ce_http_callback_config *config,
                                ce_error *err)
{
    ce_http_callback *c = ce_alloc_zeroed(sizeof *c);
    ce_status status;

    if (!c)
        return ce_no_memory(err);
    c->config = *config;
    status = open_url(c, loop, err);
    if (status != CE_OK) {
        ce_http_callback_close(c);
        return status;
    }
    *out = c;
    return CE_OK;
}

const char *ce_http_callback_url(const ce_http_callback *c)
{
    return c->url.ptr;
}

void ce_http_callback_close(ce_http_callback *c)
{
    if (!c)
        return;
    ce_http_daemon_close(c->daemon);
    ce_buf_free(&c->url);
    ce_free(c->path);
    ce_free(c);
}
