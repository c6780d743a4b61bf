/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sender's requests go, and what is in all of them. */
#include "bindings/http/target.h"

#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "bindings/http/field.h"
#include "bindings/http/origin.h"

static ce_status copy_text(const char *text, char **out)
{
    *out = text ? ce_strndup(text, strlen(text)) : NULL;
    return text && !*out ? CE_ENOMEM : CE_OK;
}

static ce_status make_bearer(ce_http_target *t, ce_error *err)
{
    ce_buf line = { NULL, 0, 0 };

    if (!ce_http_is_value(ce_slice_of(t->token)))
        return ce_fail(err, CE_EINVAL, "the token has a control character");
    if (ce_buf_printf(&line, "Authorization: Bearer %s", t->token) == CE_OK)
        t->bearer = ce_strndup(line.ptr, line.len);
    ce_buf_free(&line);
    return t->bearer ? CE_OK : ce_no_memory(err);
}

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
    return t->token ? make_bearer(t, err) : CE_OK;
}

typedef struct fixed {
    ce_http_target *target;
    ce_status status;
    ce_error *err;
} fixed;

static ce_status check_field(const char *name, const char *value, ce_error *err)
{
    if (!ce_http_is_token(ce_slice_of(name)))
        return ce_fail(err, CE_EINVAL,
                       "header.%.60s: this is not the name of a header", name);
    if (!ce_http_is_value(ce_slice_of(value)))
        return ce_fail(err, CE_EINVAL,
                       "header.%.60s: the value has a control character", name);
    return CE_OK;
}

static void add_fixed(void *arg, const char *name, const char *value)
{
    fixed *f = arg;
    ce_buf line = { NULL, 0, 0 };
    struct curl_slist *more = NULL;

    if (f->status == CE_OK)
        f->status = check_field(name, value, f->err);
    if (f->status != CE_OK)
        return;
    /* An empty value is a header without one. */
    if (ce_buf_printf(&line, *value ? "%s: %s" : "%s;", name, value) == CE_OK)
        more = curl_slist_append(f->target->fixed, line.ptr);
    ce_buf_free(&line);
    if (more)
        f->target->fixed = more;
    else
        f->status = ce_no_memory(f->err);
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
    fixed f = { .target = t, .err = err };
    ce_status status;

    if (!ce_settings_boolean(t->settings, "webhook"))
        return check_no_webhook(t->settings, err);
    if (t->user)
        return ce_fail(err, CE_EINVAL,
                       "a webhook's target is shown a token, not user and "
                       "password");
    t->webhook_rate =
        (uint64_t)ce_settings_integer(t->settings, "webhook_rate");
    status = read_origin(t, err);
    if (status != CE_OK)
        return status;
    add_fixed(&f, "WebHook-Request-Origin", t->webhook_origin);
    return f.status;
}

ce_status ce_http_target_open(ce_http_target *t, const ce_settings *s,
                              bool wants_reply, ce_error *err)
{
    fixed f = { .target = t, .err = err };
    ce_status status;

    *t = (ce_http_target){ .settings = s, .wants_reply = wants_reply };
    t->max_reply_bytes = ce_settings_bytes(s, "max_event_bytes");
    t->gzip = ce_settings_boolean(s, "gzip");
    t->gzip_min = ce_settings_bytes(s, "gzip_min");
    ce_settings_each(s, "header.", add_fixed, &f);
    if (f.status != CE_OK)
        return f.status;
    status = read_credentials(t, err);
    if (status != CE_OK)
        return status;
    return read_webhook(t, err);
}

static void wipe(char *text)
{
    if (text)
        memset(text, 0, strlen(text));
    ce_free(text);
}

void ce_http_target_close(ce_http_target *t)
{
    curl_slist_free_all(t->fixed);
    ce_http_gzip_close(&t->packer);
    wipe(t->token);
    wipe(t->bearer);
    wipe(t->password);
    ce_free(t->user);
    ce_free(t->webhook_origin);
}

static void apply_tls(const ce_settings *s, CURL *easy)
{
    bool verify = ce_settings_boolean(s, "verify");

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

    if (curl_easy_setopt(easy, CURLOPT_URL, ce_settings_target(s)))
        return CE_ENOMEM;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    /* libcurl would take one from the environment. */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    /* SIGALRM and threads do not go together. */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)ce_settings_ms(s, "timeout"));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)ce_settings_ms(s, "connect_timeout"));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "cloudevents/" CE_VERSION);
    if (t->user) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, t->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD,
                         t->password ? t->password : "");
    }
    apply_tls(s, easy);
    return CE_OK;
}
