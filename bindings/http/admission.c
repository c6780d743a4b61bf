/* SPDX-License-Identifier: Apache-2.0 */
/* The answers 401, 403, 404, 405, 413, 415 and 429 that the head of a request
 * alone decides. The others come later: 400, 413 and 415 when the body is read
 * (receiver.c), the rest when the event is settled (answer.c). */
#include "bindings/http/admission.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/gzip.h"

static bool is_method(const ce_http_request *r, const char *method)
{
    return ce_slice_eq(r->method, ce_slice_of(method));
}

static bool is_elsewhere(const ce_http_admission *a, const ce_http_request *r)
{
    ce_slice path = ce_slice_of(a->path);

    return path.len > 1 && !ce_slice_eq(r->path, path);
}

static bool refuse(ce_http_request *r, unsigned status, const char *detail)
{
    ce_http_answer_problem(r, status, detail, NULL, NULL);
    return true;
}

static bool refuse_with(ce_http_request *r, unsigned status, const char *detail,
                        const char *field, const char *value)
{
    ce_http_answer_problem(r, status, detail, field, value);
    return true;
}

/* RFC 9110 15.5.6: 405 lists what is allowed. */
static const char *allowed(const ce_http_admission *a)
{
    return a->webhook || a->cors ? "POST, OPTIONS" : "POST";
}

/* Load balancers that see only this port ask here, without a token. */
static bool answer_health(const ce_http_admission *a, ce_http_request *r)
{
    if (!a->health_path || !ce_slice_eq(r->path, ce_slice_of(a->health_path)))
        return false;
    if (!is_method(r, "GET") && !is_method(r, "HEAD"))
        return refuse_with(r, 405, "this is the path of health_path", "Allow",
                           "GET, HEAD");
    if (!a->is_ready(a->arg))
        return refuse_with(r, 503, "not ready", "Retry-After", "1");
    ce_http_reply(r, &(ce_http_answer){ .status = 200,
                                        .content_type = "text/plain",
                                        .body = CE_SLICE("ready\n") });
    return true;
}

/* RFC 9110 9.3.7: "*" asks about the server as a whole. */
static bool is_server(const ce_http_request *r)
{
    return ce_slice_eq(r->path, CE_SLICE("*"));
}

static bool tell_methods(const ce_http_admission *a, ce_http_request *r)
{
    const ce_http_field fields[] = { { "Allow", allowed(a) }, { NULL, NULL } };

    ce_http_reply(r, &(ce_http_answer){ .status = 200, .fields = fields });
    return true;
}

/* Before the token: a browser asks without, and consent is given to an origin
 * (Web Hooks 4.1.2). Their events need the token all the same. */
static bool answer_options(ce_http_admission *a, ce_http_request *r)
{
    if (!is_method(r, "OPTIONS") || !(a->cors || a->webhook))
        return false;
    if (a->cors && ce_http_cors_is_preflight(r))
        ce_http_cors_answer(r);
    else if (a->webhook)
        ce_http_webhook_consent(a->webhook, r);
    else
        tell_methods(a, r);
    return true;
}

bool ce_http_admission_refuses(ce_http_admission *a, ce_http_request *r)
{
    if (a->cors)
        ce_http_cors_mark(a->cors, r);
    if (is_server(r))
        return tell_methods(a, r);
    if (answer_health(a, r))
        return true;
    if (is_elsewhere(a, r))
        return refuse(r, 404, "events are taken at another path");
    if (answer_options(a, r))
        return true;
    /* RFC 9110 15.5.2: 401 names a scheme that opens. */
    if (!ce_http_auth_allows(&a->auth, r)) {
        ce_http_count(r, CE_HTTP_UNAUTHORIZED);
        return refuse_with(r, 401, "a valid token or password is required",
                           "WWW-Authenticate",
                           ce_http_auth_challenge(&a->auth));
    }
    /* Without webhooks this is the answer to OPTIONS too (Web Hooks 4.2). */
    if (!is_method(r, "POST"))
        return refuse_with(r, 405, "events are taken with POST", "Allow",
                           allowed(a));
    /* RFC 9110 12.5.3: with a 415 Accept-Encoding says what would be taken. */
    if (ce_http_coding_of(r) == CE_HTTP_UNKNOWN)
        return refuse_with(
            r, 415, "Content-Encoding may only be gzip, x-gzip or identity",
            "Accept-Encoding", "gzip");
    /* A body in chunks says no length. It is counted as it comes (body.c). */
    if (ce_http_content_length(r) > (int64_t)a->max_bytes) {
        ce_http_count(r, CE_HTTP_TOO_LARGE);
        return refuse(r, 413, "the body is larger than max_event_bytes");
    }
    /* Last, for it counts R against the rate of its sender. */
    return a->webhook && ce_http_webhook_refuses(a->webhook, r);
}

/* --- life --- */

static ce_status read_path(ce_http_admission *a, const ce_settings *s,
                           ce_error *err)
{
    ce_buf path = { NULL, 0, 0 };
    ce_status status = ce_buf_printf(&path, "/%s", ce_settings_path(s));

    if (status == CE_OK)
        a->path = ce_strndup(path.ptr, path.len);
    ce_buf_free(&path);
    return a->path ? CE_OK : ce_no_memory(err);
}

static ce_status check_health_path(const ce_http_admission *a, ce_error *err)
{
    const char *path = a->health_path;

    if (path && *path != '/')
        return ce_fail(err, CE_EINVAL,
                       "health_path: \"%s\" does not begin with \"/\"", path);
    if (path && !strcmp(path, a->path))
        return ce_fail(err, CE_EINVAL,
                       "health_path: \"%s\" is the path of the events", path);
    return CE_OK;
}

ce_status ce_http_admission_open(ce_http_admission *a, ce_loop *loop,
                                 const ce_settings *s, ce_error *err)
{
    ce_status status;

    a->health_path = ce_settings_text(s, "health_path");
    a->max_bytes = ce_settings_bytes(s, "max_event_bytes");
    status = read_path(a, s, err);
    if (status != CE_OK)
        return status;
    status = check_health_path(a, err);
    if (status == CE_OK)
        status = ce_http_auth_open(&a->auth, s, err);
    if (status == CE_OK)
        status = ce_http_cors_open(&a->cors, s, err);
    if (status != CE_OK)
        return status;
    return ce_http_webhook_open(&a->webhook, loop, s, err);
}

void ce_http_admission_close(ce_http_admission *a)
{
    ce_http_webhook_close(a->webhook);
    ce_http_cors_close(a->cors);
    ce_http_auth_close(&a->auth);
    ce_free(a->path);
}
