/* SPDX-License-Identifier: Apache-2.0 */
/* Few calls at once, short ones, no redirects, and none into networks that the
 * caller could not reach itself. */
#include "bindings/http/grant.h"

#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "bindings/http/address.h"
#include "bindings/http/field.h"
#include "bindings/http/multi.h"
#include "core/base/log.h"

enum {
    CALLS_MAX = 8, /* a stranger may ask for many: it is to cost little */
    SHARE_MAX = 2, /* of them for one address */
    TIMEOUT_MS = 10000
};

typedef struct call {
    ce_http_job job;
    ce_http_grants *grants;
    CURL *easy; /* NULL: free */
    struct curl_slist *headers;
    char *url;
    unsigned char address[CE_HTTP_ADDRESS_BYTES]; /* of who has asked */
} call;

struct ce_http_grants {
    ce_http_multi multi;
    ce_http_reach reach;
    uint64_t next_log_ms;
    call calls[CALLS_MAX];
};

static void free_call(call *c)
{
    curl_easy_cleanup(c->easy);
    curl_slist_free_all(c->headers);
    ce_free(c->url);
    c->easy = NULL;
    c->headers = NULL;
    c->url = NULL;
}

static void end_call(call *c)
{
    if (!c->easy)
        return;
    ce_http_multi_remove(&c->grants->multi, c->easy);
    free_call(c);
}

static void warn(call *c, CURLcode code, long status)
{
    ce_http_grants *g = c->grants;

    if (!ce_log_may_repeat(&g->next_log_ms, ce_loop_now_ms(g->multi.loop)))
        return;
    if (code != CURLE_OK)
        ce_log(CE_WARN, "webhook callback %.200s: %s", c->url,
               curl_easy_strerror(code));
    else
        ce_log(CE_WARN, "webhook callback %.200s: HTTP %ld", c->url, status);
}

static void on_done(ce_http_job *job, CURLcode code)
{
    call *c = CE_OWNER(job, call, job);
    long status = 0;

    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status < 200 || status > 299)
        warn(c, code, status);
    end_call(c);
}

/* The name is resolved by now, so that it cannot lead elsewhere any more. A
 * check of the name alone could be passed with one address and used with
 * another. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose,
                                 struct curl_sockaddr *at)
{
    (void)arg;
    (void)purpose;
    if (!ce_http_address_is_public(&at->addr))
        return CURL_SOCKET_BAD;
    return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static bool is_allowed(const ce_http_grants *g, ce_slice url)
{
    if (!ce_http_is_value(url))
        return false;
    if (ce_slice_starts_nocase(url, CE_SLICE("https://")))
        return true;
    return g->reach == CE_HTTP_REACH_ANY &&
           ce_slice_starts_nocase(url, CE_SLICE("http://"));
}

static void apply(const ce_http_grants *g, const call *c)
{
    bool is_any = g->reach == CE_HTTP_REACH_ANY;

    curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR,
                     is_any ? "http,https" : "https");
    if (!is_any)
        curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    /* A proxy of the environment could reach what we must not. */
    curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "cloudevents/" CE_VERSION);
    curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, ce_http_multi_drop);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

/* The call grants with POST and an empty body (Web Hooks 4.1.3). C is to be
 * freed when this fails. */
static ce_status begin_call(ce_http_grants *g, call *c, ce_slice url,
                            const char *rate)
{
    ce_buf line = { NULL, 0, 0 };

    c->easy = curl_easy_init();
    c->url = ce_strndup(url.ptr, url.len);
    if (ce_buf_printf(&line, "WebHook-Allowed-Rate: %s", rate) == CE_OK)
        c->headers = curl_slist_append(NULL, line.ptr);
    ce_buf_free(&line);
    if (!c->easy || !c->url || !c->headers ||
        curl_easy_setopt(c->easy, CURLOPT_URL, c->url) != CURLE_OK)
        return CE_ENOMEM;
    apply(g, c);
    c->job.done = on_done;
    c->grants = g;
    return ce_http_multi_add(&g->multi, c->easy, &c->job);
}

/* NULL: there is none for this address. */
static call *free_place(ce_http_grants *g, const unsigned char *address)
{
    call *found = NULL;
    unsigned share = 0;

    for (call *c = g->calls; c < g->calls + CALLS_MAX; c++) {
        if (!c->easy)
            found = c;
        else
            share += !memcmp(c->address, address, sizeof c->address);
    }
    return share < SHARE_MAX ? found : NULL;
}

ce_status ce_http_grants_send(ce_http_grants *g, const ce_http_request *r,
                              const char *rate, ce_error *err)
{
    ce_slice url = ce_http_header(r, "WebHook-Request-Callback");
    const unsigned char *address = ce_http_address_of(r);
    call *c = free_place(g, address);

    if (!is_allowed(g, url))
        return ce_fail(err, CE_EINVAL,
                       "WebHook-Request-Callback has to be an https:// URL");
    if (!c)
        return ce_fail(err, CE_EAGAIN, "too many callbacks are under way");
    memcpy(c->address, address, sizeof c->address);
    if (begin_call(g, c, url, rate) == CE_OK)
        return CE_OK;
    free_call(c);
    return ce_no_memory(err);
}

ce_status ce_http_grants_open(ce_http_grants **out, ce_loop *loop,
                              ce_http_reach reach)
{
    ce_http_grants *g = ce_alloc_zeroed(sizeof *g);

    if (!g)
        return CE_ENOMEM;
    g->reach = reach;
    if (ce_http_multi_open(&g->multi, loop) != CE_OK) {
        ce_free(g);
        return CE_ENOMEM;
    }
    *out = g;
    return CE_OK;
}

void ce_http_grants_close(ce_http_grants *g)
{
    if (!g)
        return;
    for (unsigned i = 0; i < CALLS_MAX; i++)
        end_call(&g->calls[i]);
    ce_http_multi_close(&g->multi);
    ce_free(g);
}
