/* SPDX-License-Identifier: Apache-2.0 */
/* A browser compares origins byte by byte, and so does this. */
#include "bindings/http/cors.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/field.h"
#include "bindings/http/form.h"
#include "core/base/grow.h"

typedef struct origin {
    char *name; /* "https://HOST:PORT", or "*" */
    ce_http_field fields[4];
} origin;

struct ce_http_cors {
    origin *origins;
    unsigned count;
};

/* --- requests --- */

static bool is_any(const origin *o)
{
    return !strcmp(o->name, "*");
}

void ce_http_cors_mark(const ce_http_cors *c, ce_http_request *r)
{
    ce_slice from = ce_http_header(r, "Origin");

    for (unsigned i = 0; from.ptr && i < c->count; i++)
        if (is_any(&c->origins[i]) ||
            ce_slice_eq(from, ce_slice_of(c->origins[i].name))) {
            r->fields = c->origins[i].fields;
            return;
        }
}

bool ce_http_cors_is_preflight(const ce_http_request *r)
{
    return ce_slice_eq(r->method, CE_SLICE("OPTIONS")) &&
           ce_http_header(r, "Origin").ptr &&
           ce_http_header(r, "Access-Control-Request-Method").ptr;
}

/* What the page wants to send is granted: headers are read as on any other
 * way, and "*" would leave out Authorization. */
void ce_http_cors_answer(ce_http_request *r)
{
    ce_slice wanted = ce_http_header(r, "Access-Control-Request-Headers");
    const ce_http_field fields[] = {
        { "Access-Control-Allow-Methods", "POST" },
        { "Access-Control-Max-Age", "600" },
        { wanted.len ? "Access-Control-Allow-Headers" : NULL, wanted.ptr },
        { NULL, NULL },
    };

    if (!r->fields)
        ce_http_answer_problem(r, 403, "cors_origins does not have this origin",
                               NULL, NULL);
    else
        ce_http_reply(r, &(ce_http_answer){ .status = 204, .fields = fields });
}

/* --- life --- */

/* RFC 6454 6.2: scheme, host, and a port where it is not the scheme's own. */
static bool is_origin(ce_slice name)
{
    const char *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
    ce_slice host;

    if (!colon ||
        !ce_http_is_token((ce_slice){ name.ptr, (size_t)(colon - name.ptr) }))
        return false;
    host = ce_slice_skip(name, (size_t)(colon - name.ptr));
    if (!ce_slice_starts(host, CE_SLICE("://")))
        return false;
    host = ce_slice_skip(host, 3);
    return host.len > 0 && ce_http_is_host(host);
}

static void make_fields(origin *o)
{
    ce_http_field *f = o->fields;

    *f++ = (ce_http_field){ "Access-Control-Allow-Origin", o->name };
    *f++ = (ce_http_field){ "Access-Control-Expose-Headers", "*" };
    if (!is_any(o))
        *f++ = (ce_http_field){ "Vary", "Origin" };
    *f = (ce_http_field){ NULL, NULL };
}

static ce_status add_origin(ce_http_cors *c, ce_slice name, ce_error *err)
{
    origin *grown;

    if (!ce_slice_eq(name, CE_SLICE("*")) && !is_origin(name))
        return ce_fail(err, CE_EINVAL,
                       "cors_origins: \"%.*s\" is neither an origin, such as "
                       "https://HOST, nor \"*\"",
                       name.len < 100 ? (int)name.len : 100, name.ptr);
    grown = ce_grow(c->origins, c->count, sizeof *grown);
    if (!grown)
        return ce_no_memory(err);
    c->origins = grown;
    grown[c->count] = (origin){ .name = ce_strndup(name.ptr, name.len) };
    if (!grown[c->count].name)
        return ce_no_memory(err);
    make_fields(&grown[c->count++]);
    return CE_OK;
}

static ce_status add_origins(ce_http_cors *c, const char *list, ce_error *err)
{
    ce_status status = CE_OK;

    for (const char *at = list; at && status == CE_OK;) {
        size_t len = strcspn(at, ",");

        status = add_origin(c, ce_slice_trim((ce_slice){ at, len }), err);
        at = at[len] ? at + len + 1 : NULL;
    }
    return status;
}

ce_status ce_http_cors_open(ce_http_cors **out, const ce_settings *s,
                            ce_error *err)
{
    const char *list = ce_settings_text(s, "cors_origins");
    ce_status status;

    *out = NULL;
    if (!list)
        return CE_OK;
    *out = ce_alloc_zeroed(sizeof **out);
    if (!*out)
        return ce_no_memory(err);
    status = add_origins(*out, list, err);
    if (status != CE_OK) {
        ce_http_cors_close(*out);
        *out = NULL;
    }
    return status;
}

void ce_http_cors_close(ce_http_cors *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < c->count; i++)
        ce_free(c->origins[i].name);
    ce_free(c->origins);
    ce_free(c);
}
