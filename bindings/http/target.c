/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sender's requests go, and what is in all of them. */
#include "bindings/http/target.h"

#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/base/base64.h"
#include "core/settings/tls.h"
#include "bindings/http/callback.h"
#include "bindings/http/field.h"
#include "bindings/http/multi.h"
#include "bindings/http/origin.h"
#include "bindings/http/proxy.h"
#include "bindings/http/trust.h"

static ce_status copy_text(const char *text, char **out)
{
    *out = text ? ce_strndup(text, strlen(text)) : NULL;
    return text && !*out ? CE_ENOMEM : CE_OK;
}

/* --- credentials --- */

static ce_status read_credentials(ce_http_target *t, ce_error *err)
{
    const ce_settings *s = t->settings;
    const char *user = ce_settings_text(s, "user");
    ce_status status;

    status = ce_settings_secret(s, "token", "token_file", &t->token, err);
    if (status != CE_OK)
        return status;
    status =
        ce_settings_secret(s, "password", "password_file", &t->password, err);
    if (status != CE_OK)
        return status;
    if (!user)
        user = ce_settings_user(s);
    if (copy_text(user, &t->user) != CE_OK)
        return ce_no_memory(err);
    if (!t->password &&
        copy_text(ce_settings_password(s), &t->password) != CE_OK)
        return ce_no_memory(err);
    if (t->token && !*t->token)
        return ce_fail(err, CE_EINVAL, "the token is empty");
    if (t->token && !ce_http_is_value(ce_slice_of(t->token)))
        return ce_fail(err, CE_EINVAL, "the token has a control character");
    return CE_OK;
}

static bool has_credentials(const ce_settings *s)
{
    return ce_settings_has(s, "token") || ce_settings_has(s, "token_file") ||
           ce_settings_has(s, "user") || ce_settings_user(s);
}

/* RFC 7617. */
static ce_status add_basic(ce_http_target *t)
{
    ce_buf pair = { NULL, 0, 0 };
    ce_status status =
        ce_buf_printf(&pair, "%s:%s", t->user, t->password ? t->password : "");

    if (status == CE_OK)
        status = ce_buf_append(&t->head, CE_SLICE("Authorization: Basic "));
    if (status == CE_OK)
        status = ce_base64_encode(ce_buf_slice(&pair), &t->head);
    if (status == CE_OK)
        status = ce_buf_append(&t->head, CE_SLICE("\r\n"));
    if (pair.ptr)
        memset(pair.ptr, 0, pair.len);
    ce_buf_free(&pair);
    return status;
}

static ce_status add_credentials(ce_http_target *t)
{
    if (t->token)
        return ce_buf_printf(&t->head, "Authorization: Bearer %s\r\n",
                             t->token);
    return t->user ? add_basic(t) : CE_OK;
}

/* --- headers of the configuration --- */

/* Set for each request, or matters of one connection (RFC 9110 7.6.1). */
static const char *const own_names[] = {
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
};

static bool is_own(ce_slice name)
{
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        if (ce_slice_eq_nocase(name, ce_slice_of(own_names[i])))
            return true;
    return ce_slice_starts_nocase(name, CE_SLICE("ce-"));
}

static bool is_of_trace(ce_slice name)
{
    return ce_slice_eq_nocase(name, CE_SLICE("traceparent")) ||
           ce_slice_eq_nocase(name, CE_SLICE("tracestate"));
}

/* Why the configuration may not set it, or NULL. */
static const char *objection(const ce_settings *s, ce_slice name,
                             ce_slice value)
{
    if (!ce_http_is_token(name))
        return "this is not the name of a header";
    if (!ce_http_is_value(value))
        return "the value has a control character";
    if (is_own(name))
        return "the sink sets this header itself";
    if (is_of_trace(name) && ce_settings_boolean(s, "trace"))
        return "trace sets this header";
    if (ce_slice_eq_nocase(name, CE_SLICE("Authorization")) &&
        has_credentials(s))
        return "token or user sets this header";
    if (ce_slice_starts_nocase(name, CE_SLICE("WebHook-Request-")) &&
        ce_settings_boolean(s, "webhook"))
        return "webhook sets this header";
    return NULL;
}

typedef struct walk {
    const ce_settings *settings;
    ce_http_target *target;
    bool names_agent; /* there is a User-Agent */
    ce_status status;
    ce_error *err;
} walk;

static void check_field(void *arg, const char *name, const char *value)
{
    walk *w = arg;
    const char *why =
        objection(w->settings, ce_slice_of(name), ce_slice_of(value));

    if (why && w->status == CE_OK)
        w->status = ce_fail(w->err, CE_EINVAL, "header.%.60s: %s", name, why);
}

static bool is_batch(const ce_settings *s)
{
    return !strcmp(ce_settings_text(s, "mode"), "batch");
}

static ce_status check_batch(const ce_settings *s, bool wants_reply,
                             ce_error *err)
{
    static const char *const names[] = { "batch_events", "batch_bytes",
                                         "batch_delay" };

    if (is_batch(s) && wants_reply)
        return ce_fail(err, CE_EINVAL, "mode=batch brings no replies");
    if (is_batch(s) && ce_settings_boolean(s, "webhook"))
        return ce_fail(err, CE_EINVAL,
                       "mode=batch: a webhook takes one event in a request");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!is_batch(s) && ce_settings_has(s, names[i]))
            return ce_fail(err, CE_EINVAL,
                           "%s needs mode=batch, and mode is \"%s\"", names[i],
                           ce_settings_text(s, "mode"));
    return CE_OK;
}

static ce_status check_callback(const ce_settings *s, ce_error *err)
{
    const char *url = ce_settings_text(s, "webhook_callback");

    if (!url || !ce_settings_boolean(s, "webhook"))
        return CE_OK;
    return ce_http_callback_check(url, ce_settings_text(s, "webhook_listen"),
                                  err);
}

ce_status ce_http_target_check(const ce_settings *s, bool wants_reply,
                               ce_error *err)
{
    walk w = { .settings = s, .err = err };

    w.status = check_batch(s, wants_reply, err);
    if (w.status == CE_OK)
        w.status = ce_settings_check_tls(s, "https", err);
    if (w.status == CE_OK)
        w.status = check_callback(s, err);
    if (w.status == CE_OK)
        w.status = ce_http_proxy_check(s, err);
    if (w.status != CE_OK)
        return w.status;
    ce_settings_each(s, "header.", check_field, &w);
    return w.status == CE_OK ? ce_http_path_check(s, err) : w.status;
}

static void add_field(void *arg, const char *name, const char *value)
{
    walk *w = arg;

    w->names_agent |=
        ce_slice_eq_nocase(ce_slice_of(name), CE_SLICE("User-Agent"));
    if (w->status == CE_OK)
        w->status = ce_buf_printf(&w->target->head, "%s: %s\r\n", name, value);
}

static ce_status add_fields(ce_http_target *t)
{
    walk w = { .target = t };

    ce_settings_each(t->settings, "header.", add_field, &w);
    if (w.status == CE_OK && !w.names_agent)
        w.status = ce_buf_append(
            &t->head, CE_SLICE("User-Agent: cloudevents/" CE_VERSION "\r\n"));
    if (w.status == CE_OK && t->webhook_origin)
        w.status = ce_buf_printf(&t->head, "WebHook-Request-Origin: %s\r\n",
                                 t->webhook_origin);
    if (w.status == CE_OK && t->wants_reply)
        w.status =
            ce_buf_append(&t->head, CE_SLICE("Accept-Encoding: gzip\r\n"));
    return w.status;
}

/* --- the URL --- */

/* Appends BEFORE and a part of the URL, if there is that part. */
static ce_status add_part(ce_http_target *t, CURLU *url, CURLUPart part,
                          const char *before)
{
    char *text = NULL;
    ce_status status = CE_OK;

    if (curl_url_get(url, part, &text, CURLU_NO_DEFAULT_PORT) == CURLUE_OK)
        status = ce_buf_printf(&t->head, "%s%s", before, text);
    curl_free(text);
    return status;
}

static ce_status add_url(ce_http_target *t, CURLU *url)
{
    static const struct {
        CURLUPart part;
        const char *before;
    } parts[] = {
        { CURLUPART_PATH, " " },
        { CURLUPART_QUERY, "?" },
        { CURLUPART_HOST, " HTTP/1.1\r\nHost: " },
        { CURLUPART_PORT, ":" },
    };
    ce_status status = CE_OK;

    for (size_t i = t->path != NULL;
         i < sizeof parts / sizeof *parts && status == CE_OK; i++)
        status = add_part(t, url, parts[i].part, parts[i].before);
    if (status == CE_OK)
        status = ce_buf_append(&t->head, CE_SLICE("\r\n"));
    return status;
}

/* libcurl only connects. Of the rest of a URL it refuses what is written into
 * the head encoded, or filled in for each event. */
static ce_status note_site(ce_http_target *t, CURLU *url)
{
    static const CURLUPart others[] = { CURLUPART_USER, CURLUPART_PASSWORD,
                                        CURLUPART_PATH, CURLUPART_QUERY,
                                        CURLUPART_FRAGMENT };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        curl_url_set(url, others[i], NULL, 0);
    return curl_url_get(url, CURLUPART_URL, &t->site, 0) == CURLUE_OK
               ? CE_OK
               : CE_ENOMEM;
}

static ce_status make_head(ce_http_target *t, ce_error *err)
{
    const char *text = ce_settings_target(t->settings);
    CURLU *url = curl_url();
    CURLUcode code = CURLUE_OUT_OF_MEMORY;
    ce_status status = CE_ENOMEM;

    if (url)
        code = curl_url_set(url, CURLUPART_URL, text,
                            CURLU_URLENCODE | CURLU_ALLOW_SPACE);
    if (code == CURLUE_OK)
        status = add_url(t, url);
    if (status == CE_OK)
        status = note_site(t, url);
    curl_url_cleanup(url);
    if (code != CURLUE_OK && code != CURLUE_OUT_OF_MEMORY)
        return ce_fail(err, CE_EINVAL, "%.200s: %s",
                       ce_settings_label(t->settings), curl_url_strerror(code));
    if (status == CE_OK)
        status = add_fields(t);
    if (status == CE_OK)
        status = add_credentials(t);
    return status == CE_OK ? CE_OK : ce_no_memory(err);
}

/* --- webhooks --- */

static ce_status check_no_webhook(const ce_settings *s, ce_error *err)
{
    static const char *const names[] = { "webhook_origin", "webhook_rate",
                                         "webhook_callback", "webhook_listen" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_settings_has(s, names[i]))
            return ce_fail(err, CE_EINVAL, "%s needs webhook=true", names[i]);
    return CE_OK;
}

static ce_status read_origin(ce_http_target *t, ce_error *err)
{
    const char *name = ce_settings_text(t->settings, "webhook_origin");
    char host[CE_HTTP_ORIGIN_MAX + 1] = "";

    if (!name && gethostname(host, sizeof host - 1) == 0)
        name = host;
    if (!name || !ce_http_origin_is_valid(ce_slice_of(name)))
        return ce_fail(err, CE_EINVAL,
                       "webhook_origin: \"%.100s\" is not the name of a host",
                       name ? name : "");
    if (copy_text(name, &t->webhook_origin) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

/* A webhook's target is shown a token and the origin in every request: schemes
 * with a challenge, such as Basic, are out (Web Hooks 3 and 4.1.2; HOOK-04,
 * HOOK-11). */
static ce_status read_webhook(ce_http_target *t, ce_error *err)
{
    if (!ce_settings_boolean(t->settings, "webhook"))
        return check_no_webhook(t->settings, err);
    if (t->user)
        return ce_fail(err, CE_EINVAL,
                       "a webhook's target is shown a token, not user and "
                       "password");
    t->webhook_rate =
        (uint64_t)ce_settings_integer(t->settings, "webhook_rate");
    return read_origin(t, err);
}

/* --- life --- */

ce_status ce_http_target_open(ce_http_target *t, const ce_settings *s,
                              bool wants_reply, ce_error *err)
{
    ce_status status;

    *t = (ce_http_target){ .settings = s, .wants_reply = wants_reply };
    t->max_reply_bytes = ce_settings_bytes(s, "max_event_bytes");
    t->timeout_ms = ce_settings_ms(s, "timeout");
    t->is_plain =
        !strcmp(ce_settings_scheme(s), "http") && ce_http_proxy_is_plain(s);
    t->batches = is_batch(s);
    t->traces = ce_settings_boolean(s, "trace");
    t->gzip = ce_settings_boolean(s, "gzip");
    t->gzip_min = ce_settings_bytes(s, "gzip_min");
    status = ce_http_target_check(s, wants_reply, err);
    if (status == CE_OK)
        status = read_credentials(t, err);
    if (status == CE_OK)
        status = ce_http_trust_read(s, err);
    if (status == CE_OK)
        status = read_webhook(t, err);
    if (status == CE_OK)
        status = ce_http_path_open(&t->path, s, err);
    if (status == CE_OK)
        status = make_head(t, err);
    return status;
}

static void wipe(char *text)
{
    if (text)
        memset(text, 0, strlen(text));
    ce_free(text);
}

void ce_http_target_close(ce_http_target *t)
{
    ce_http_gzip_close(&t->packer);
    wipe(t->token);
    wipe(t->password);
    if (t->head.ptr)
        memset(t->head.ptr, 0, t->head.len);
    ce_buf_free(&t->head);
    ce_target_close(t->path);
    curl_free(t->site);
    ce_free(t->user);
    ce_free(t->webhook_origin);
}

/* --- connections --- */

/* The other files are read for each connection. libcurl keeps the authorities,
 * which take long to read, for a day unless it is told otherwise. */
enum { AUTHORITIES_S = 60 };

static void apply_tls(const ce_settings *s, CURL *easy)
{
    bool verify = ce_settings_boolean(s, "verify");

    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)AUTHORITIES_S);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long)verify);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (ce_settings_text(s, "ca"))
        curl_easy_setopt(easy, CURLOPT_CAINFO, ce_settings_text(s, "ca"));
    if (ce_settings_text(s, "cert"))
        curl_easy_setopt(easy, CURLOPT_SSLCERT, ce_settings_text(s, "cert"));
    if (ce_settings_text(s, "key_file"))
        curl_easy_setopt(easy, CURLOPT_SSLKEY, ce_settings_text(s, "key_file"));
}

ce_status ce_http_target_apply(const ce_http_target *t, CURL *easy)
{
    const ce_settings *s = t->settings;

    if (curl_easy_setopt(easy, CURLOPT_URL, t->site))
        return CE_ENOMEM;
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    /* SIGALRM and threads do not go together. */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)ce_settings_ms(s, "connect_timeout"));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "cloudevents/" CE_VERSION);
    apply_tls(s, easy);
    ce_http_proxy_apply(s, easy);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ce_http_multi_drop);
    return CE_OK;
}
