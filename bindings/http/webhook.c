/* SPDX-License-Identifier: Apache-2.0 */
/* Consent is a matter of configuration, so that nothing has to be remembered:
 * every origin in the list has it, whether or not it has asked. */
#include "bindings/http/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/answer.h"
#include "bindings/http/grant.h"
#include "bindings/http/origin.h"
#include "bindings/http/rate.h"
#include "core/base/grow.h"

/* Its rate counts what it has sent; "*" has one for all. */
typedef struct origin {
    char *name;
    ce_http_rate rate;
} origin;

struct ce_http_webhook {
    ce_loop *loop;
    origin *origins;
    unsigned count;
    uint64_t per_minute;    /* 0: any */
    ce_http_grants *grants; /* NULL: consent is in the answer */
};

static bool is_any(const origin *o)
{
    return !strcmp(o->name, "*");
}

/* The whole name and nothing else: "a.example" does not admit
 * "a.example.other.example" (Web Hooks 4.2.1, HOOK-40). */
static origin *find(ce_http_webhook *w, ce_slice name)
{
    for (unsigned i = 0; i < w->count; i++) {
        origin *o = &w->origins[i];

        if (is_any(o) || ce_slice_eq_nocase(name, ce_slice_of(o->name)))
            return o;
    }
    return NULL;
}

/* --- consent --- */

typedef struct consent {
    char origin[CE_HTTP_ORIGIN_MAX + 1], rate[24];
} consent;

/* Why it is refused; NULL: it is not, and OUT is what to say. */
static const char *judge(ce_http_webhook *w, const ce_http_request *r,
                         unsigned *status, consent *out)
{
    ce_slice name = ce_http_header(r, "WebHook-Request-Origin");
    ce_slice rate = ce_http_header(r, "WebHook-Request-Rate");
    uint64_t asked = 0, granted = w->per_minute;

    *status = 400;
    if (!name.ptr)
        return "WebHook-Request-Origin is missing";
    if (!ce_http_origin_is_valid(name))
        return "WebHook-Request-Origin is not the name of a host";
    if (rate.ptr && (!ce_http_rate_parse(rate, &asked) || asked == 0))
        return "WebHook-Request-Rate is not a positive integer";
    *status = 403;
    if (!find(w, name))
        return "WebHook-Request-Origin has no consent";
    if (granted && asked && asked < granted)
        granted = asked;
    snprintf(out->origin, sizeof out->origin, "%.*s", CE_ARG(name));
    snprintf(out->rate, sizeof out->rate, granted ? "%" PRIu64 : "*", granted);
    return NULL;
}

/* Consent names the origin and the rate, and allows POST (Web Hooks 4.2 and
 * 4.2.2; HOOK-36, HOOK-37). */
static void consent_now(ce_http_request *r, const consent *c)
{
    const ce_http_field fields[] = {
        { "Allow", "POST" },
        { "WebHook-Allowed-Origin", c->origin },
        { "WebHook-Allowed-Rate", c->rate },
        { NULL, NULL },
    };

    ce_http_reply(r, &(ce_http_answer){ .status = 200, .fields = fields });
}

/* The answer itself says nothing: consent comes by the call (Web Hooks 4.2,
 * HOOK-38). */
static void consent_later(ce_http_webhook *w, ce_http_request *r,
                          const consent *c)
{
    static const ce_http_field fields[] = { { "Allow", "POST" },
                                            { NULL, NULL } };
    ce_error err;
    ce_status status = ce_http_grants_send(w->grants, r, c->rate, &err);

    if (status == CE_OK)
        ce_http_reply(r, &(ce_http_answer){ .status = 202, .fields = fields });
    else if (status == CE_EINVAL)
        ce_http_answer_problem(r, 400, err.text, NULL, NULL);
    else
        ce_http_answer_problem(r, 503, err.text, "Retry-After", "10");
}

void ce_http_webhook_consent(ce_http_webhook *w, ce_http_request *r)
{
    unsigned status;
    consent c;
    const char *refusal = judge(w, r, &status, &c);

    if (refusal)
        ce_http_answer_problem(r, status, refusal, "Allow", "POST");
    else if (w->grants && ce_http_header(r, "WebHook-Request-Callback").ptr)
        consent_later(w, r, &c);
    else
        consent_now(r, &c);
}

/* --- events --- */

bool ce_http_webhook_refuses(ce_http_webhook *w, ce_http_request *r)
{
    origin *o = find(w, ce_http_header(r, "WebHook-Request-Origin"));
    char seconds[24];
    uint64_t wait_ms;

    /* Each delivery names the origin that has consent (Web Hooks 4.1.2,
     * HOOK-41). */
    if (!o) {
        ce_http_count(r, CE_HTTP_UNAUTHORIZED);
        ce_http_answer_problem(r, 403, "WebHook-Request-Origin has no consent",
                               NULL, NULL);
        return true;
    }
    wait_ms = ce_http_rate_take(&o->rate, ce_loop_now_ms(w->loop));
    if (wait_ms == 0)
        return false;
    ce_http_count(r, CE_HTTP_TOO_FAST);
    /* 429 has to say when to come again (Web Hooks 2.2, HOOK-33). */
    snprintf(seconds, sizeof seconds, "%" PRIu64, (wait_ms + 999) / 1000);
    ce_http_answer_problem(r, 429, "more events than webhook_rate allows",
                           "Retry-After", seconds);
    return true;
}

/* --- life --- */

static ce_status add_origin(ce_http_webhook *w, ce_slice name, ce_error *err)
{
    origin *grown;

    if (!ce_slice_eq(name, CE_SLICE("*")) && !ce_http_origin_is_valid(name))
        return ce_fail(err, CE_EINVAL,
                       "webhook_origins: \"%.*s\" is neither the name of a "
                       "host nor \"*\"",
                       name.len < 100 ? (int)name.len : 100, name.ptr);
    grown = ce_grow(w->origins, w->count, sizeof *grown);
    if (!grown)
        return ce_no_memory(err);
    w->origins = grown;
    grown[w->count] = (origin){ .name = ce_strndup(name.ptr, name.len),
                                .rate = { .per_minute = w->per_minute,
                                          .burst = w->per_minute } };
    if (!grown[w->count].name)
        return ce_no_memory(err);
    w->count++;
    return CE_OK;
}

static ce_status add_origins(ce_http_webhook *w, const char *list,
                             ce_error *err)
{
    ce_status status = CE_OK;

    for (const char *at = list; at && status == CE_OK;) {
        const char *comma = strchr(at, ',');
        size_t len = comma ? (size_t)(comma - at) : strlen(at);

        status = add_origin(w, ce_slice_trim((ce_slice){ at, len }), err);
        at = comma ? comma + 1 : NULL;
    }
    return status;
}

static ce_status open_grants(ce_http_webhook *w, const char *how, ce_error *err)
{
    ce_http_reach reach = CE_HTTP_REACH_PUBLIC;

    if (!strcmp(how, "off"))
        return CE_OK;
    if (!strcmp(how, "any"))
        reach = CE_HTTP_REACH_ANY;
    if (ce_http_grants_open(&w->grants, w->loop, reach) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status check_alone(const ce_settings *s, ce_error *err)
{
    static const char *const names[] = { "webhook_rate", "webhook_callback" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_settings_has(s, names[i]))
            return ce_fail(err, CE_EINVAL, "%s needs webhook_origins",
                           names[i]);
    return CE_OK;
}

ce_status ce_http_webhook_open(ce_http_webhook **out, ce_loop *loop,
                               const ce_settings *s, ce_error *err)
{
    const char *list = ce_settings_text(s, "webhook_origins");
    ce_http_webhook *w;
    ce_status status;

    *out = NULL;
    if (!list)
        return check_alone(s, err);
    w = ce_alloc_zeroed(sizeof *w);
    if (!w)
        return ce_no_memory(err);
    w->loop = loop;
    w->per_minute = (uint64_t)ce_settings_integer(s, "webhook_rate");
    status = add_origins(w, list, err);
    if (status == CE_OK)
        status = open_grants(w, ce_settings_text(s, "webhook_callback"), err);
    if (status != CE_OK) {
        ce_http_webhook_close(w);
        return status;
    }
    *out = w;
    return CE_OK;
}

void ce_http_webhook_close(ce_http_webhook *w)
{
    if (!w)
        return;
    for (unsigned i = 0; i < w->count; i++)
        ce_free(w->origins[i].name);
    ce_http_grants_close(w->grants);
    ce_free(w->origins);
    ce_free(w);
}
