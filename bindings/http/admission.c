/* SPDX-License-Identifier: Apache-2.0 */
/* The answers 401, 403, 404, 405, 413, 415 and 429 that the head of a request
 * alone decides. The others come later: 400, 413 and 415 when the body is read
 * (receiver.c), the rest when the event is settled (answer.c). */
#include "bindings/http/admission.h"

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/gzip.h"

static bool is_elsewhere(const ce_http_admission *a, const ce_http_request *r)
{
    ce_slice path = ce_slice_of(a->path);

    return path.len > 1 && !ce_slice_eq(r->path, path);
}

static bool is_method(const ce_http_request *r, const char *method)
{
    return ce_slice_eq(r->method, ce_slice_of(method));
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
    return a->webhook ? "POST, OPTIONS" : "POST";
}

/* RFC 9110 9.3.7: "*" asks about the server as a whole. */
static bool answer_server(const ce_http_admission *a, ce_http_request *r)
{
    const ce_http_field fields[] = { { "Allow", allowed(a) }, { NULL, NULL } };

    if (!ce_slice_eq(r->path, CE_SLICE("*")))
        return false;
    ce_http_reply(r, &(ce_http_answer){ .status = 200, .fields = fields });
    return true;
}

bool ce_http_admission_refuses(ce_http_admission *a, ce_http_request *r)
{
    if (answer_server(a, r))
        return true;
    if (is_elsewhere(a, r))
        return refuse(r, 404, "events are taken at another path");
    /* Before the token: consent is given to an origin (Web Hooks 4.1.2). Its
     * events need the token all the same. */
    if (a->webhook && is_method(r, "OPTIONS")) {
        ce_http_webhook_consent(a->webhook, r);
        return true;
    }
    /* RFC 9110 15.5.2: 401 names a scheme that opens. */
    if (!ce_http_auth_allows(&a->auth, r))
        return refuse_with(r, 401, "a valid token or password is required",
                           "WWW-Authenticate",
                           ce_http_auth_challenge(&a->auth));
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
    if (ce_http_content_length(r) > (int64_t)a->max_bytes)
        return refuse(r, 413, "the body is larger than max_event_bytes");
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

ce_status ce_http_admission_open(ce_http_admission *a, ce_loop *loop,
                                 const ce_settings *s, ce_error *err)
{
    ce_status status;

    a->max_bytes = ce_settings_bytes(s, "max_event_bytes");
    status = read_path(a, s, err);
    if (status != CE_OK)
        return status;
    status = ce_http_auth_open(&a->auth, s, err);
    if (status != CE_OK)
        return status;
    return ce_http_webhook_open(&a->webhook, loop, s, err);
}

void ce_http_admission_close(ce_http_admission *a)
{
    ce_http_webhook_close(a->webhook);
    ce_http_auth_close(&a->auth);
    ce_free(a->path);
}
