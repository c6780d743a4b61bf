/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the target with OPTIONS, and hears the answer at once or, where a
 * callback is offered, later. */
#include "bindings/http/consent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bindings/http/field.h"
#include "bindings/http/transfer.h"

enum {
    /* A target that starts with us is asked again at once; one whose owner
     * still has to agree, twice a minute. */
    PAUSE_FIRST_MS = 100,
    PAUSE_LAST_MS = 30000,
    /* The target may have to ask a person before it calls back. */
    CALLBACK_MS = 60000
};

static void tell(ce_http_consent *c, ce_http_standing standing,
                 const char *reason)
{
    c->standing = standing;
    snprintf(c->reason, sizeof c->reason, "%s", reason);
    c->changed(c->arg);
}

/* --- outcomes --- */

static void ask_again(ce_http_consent *c, uint64_t wait_ms)
{
    ce_timer_start(c->loop, &c->again, wait_ms);
}

/* Asks again after the pause, which grows, or after WAIT_MS if that is
 * longer. */
static void refuse(ce_http_consent *c, const char *reason, uint64_t wait_ms)
{
    uint64_t pause = c->pause_ms;

    c->pause_ms = pause * 2 < PAUSE_LAST_MS ? pause * 2 : PAUSE_LAST_MS;
    ask_again(c, wait_ms > pause ? wait_ms : pause);
    tell(c, CE_HTTP_NO_CONSENT, reason);
}

/* The target's rate, and no more than we have asked for; false: RATE is none
 * (Web Hooks 4.2.2, HOOK-14). A callback may leave it out
 * (4.1.3): then it is what was asked for. */
static bool grant(ce_http_consent *c, ce_slice rate)
{
    uint64_t asked = c->target->webhook_rate, granted = 0;

    if (rate.ptr && !ce_http_rate_parse(rate, &granted))
        return false;
    if (granted == 0 || (asked && asked < granted))
        granted = asked;
    c->rate = (ce_http_rate){ .per_minute = granted, .burst = 1 };
    ce_timer_stop(&c->again);
    tell(c, CE_HTTP_CONSENT, "");
    return true;
}

static bool on_callback(void *arg, ce_slice rate)
{
    ce_http_consent *c = arg;

    /* A call on its way while the target answers 410: 410 is for good. */
    if (c->standing == CE_HTTP_RETIRED)
        return true;
    return grant(c, rate);
}

void ce_http_consent_retire(ce_http_consent *c)
{
    ce_timer_stop(&c->again);
    tell(c, CE_HTTP_RETIRED, "the target has retired (HTTP 410)");
}

/* --- the response --- */

static void keep(ce_slice value, char *out, size_t size, bool *has)
{
    snprintf(out, size, "%.*s", CE_ARG(value));
    *has = true;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    ce_http_consent *c = arg;
    ce_slice line = { bytes, size * count }, name, value;

    /* A new response begins, perhaps after an interim one (RFC 9110 15.2). */
    if (ce_slice_starts(line, CE_SLICE("HTTP/")))
        c->has_origin = c->has_rate = false;
    if (!ce_http_split_line(line, &name, &value))
        return line.len;
    if (ce_slice_eq_nocase(name, CE_SLICE("WebHook-Allowed-Origin")))
        keep(value, c->origin, sizeof c->origin, &c->has_origin);
    else if (ce_slice_eq_nocase(name, CE_SLICE("WebHook-Allowed-Rate")))
        keep(value, c->allowed_rate, sizeof c->allowed_rate, &c->has_rate);
    return line.len;
}

/* RFC 4343: names of hosts do not differ by case. */
static bool is_for_us(const ce_http_consent *c)
{
    return !strcmp(c->origin, "*") ||
           !strcasecmp(c->origin, c->target->webhook_origin);
}

static void refuse_status(ce_http_consent *c, long status, uint64_t wait_ms)
{
    char reason[sizeof c->reason];

    snprintf(reason, sizeof reason,
             "the target has not consented to webhooks (HTTP %ld)", status);
    refuse(c, reason, wait_ms);
}

/* The answer has to name us: a success alone means nothing, for many servers
 * answer OPTIONS with 200 (Web Hooks 4.2.1, HOOK-13). */
static void judge(ce_http_consent *c, long status, uint64_t wait_ms)
{
    ce_slice rate = { NULL, 0 };
    char reason[sizeof c->reason];

    if (status < 200 || status > 299) {
        refuse_status(c, status, wait_ms);
        return;
    }
    if (!c->has_origin && c->callback) {
        refuse(c, "the target has not called back yet", CALLBACK_MS);
        return;
    }
    if (!c->has_origin) {
        refuse_status(c, status, wait_ms);
        return;
    }
    if (!is_for_us(c)) {
        snprintf(reason, sizeof reason,
                 "the target has consented to another origin: %.100s",
                 c->origin);
        refuse(c, reason, wait_ms);
        return;
    }
    if (c->has_rate)
        rate = ce_slice_of(c->allowed_rate);
    if (grant(c, rate))
        return;
    snprintf(reason, sizeof reason,
             "the target's WebHook-Allowed-Rate is no rate: %s",
             c->allowed_rate);
    refuse(c, reason, wait_ms);
}

static void end_request(ce_http_consent *c)
{
    if (!c->easy)
        return;
    ce_http_multi_remove(c->multi, c->easy);
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
}

bool ce_http_consent_takes(ce_http_consent *c, CURL *easy, CURLcode code)
{
    uint64_t wait_ms;
    long status = 0;

    if (!c->easy || c->easy != easy)
        return false;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    wait_ms = ce_http_retry_after_ms(easy);
    end_request(c);
    /* A callback was faster. */
    if (c->standing != CE_HTTP_NO_CONSENT)
        return true;
    if (code != CURLE_OK)
        refuse(c, curl_easy_strerror(code), 0);
    else if (status == 410)
        ce_http_consent_retire(c);
    else
        judge(c, status, wait_ms);
    return true;
}

/* --- the request --- */

static bool apply(ce_http_consent *c)
{
    if (ce_http_target_apply(c->target, c->easy) != CE_OK)
        return false;
    curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "OPTIONS");
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, ce_http_multi_drop);
    return true;
}

static void ask(ce_timer *t)
{
    ce_http_consent *c = CE_OWNER(t, ce_http_consent, again);

    if (c->easy)
        return;
    c->easy = curl_easy_init();
    if (c->easy && apply(c) && ce_http_multi_add(c->multi, c->easy) == CE_OK)
        return;
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
    refuse(c, "out of memory", 0);
}

static ce_status add_header(ce_http_consent *c, ce_error *err, const char *line)
{
    struct curl_slist *more = curl_slist_append(c->headers, line);

    if (!more)
        return ce_no_memory(err);
    c->headers = more;
    return CE_OK;
}

static ce_status add_named(ce_http_consent *c, ce_error *err, const char *name,
                           const char *value)
{
    ce_buf line = { NULL, 0, 0 };
    ce_status status = ce_buf_printf(&line, "%s: %s", name, value);

    if (status == CE_OK)
        status = add_header(c, err, line.ptr);
    else
        status = ce_no_memory(err);
    ce_buf_free(&line);
    return status;
}

static ce_status add_rate(ce_http_consent *c, ce_error *err, uint64_t rate)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, rate);
    return add_named(c, err, "WebHook-Request-Rate", text);
}

/* The handshake of Web Hooks 4.1.2 to 4.1.4 (HOOK-12). The origin is one of the
 * target's fixed headers, since every event carries it too. */
static ce_status make_headers(ce_http_consent *c, ce_error *err)
{
    const ce_http_target *t = c->target;
    ce_status status = CE_OK;

    for (const struct curl_slist *f = t->fixed; f && status == CE_OK;
         f = f->next)
        status = add_header(c, err, f->data);
    if (status == CE_OK && t->bearer)
        status = add_header(c, err, t->bearer);
    if (status == CE_OK && t->webhook_rate)
        status = add_rate(c, err, t->webhook_rate);
    if (status == CE_OK && c->callback)
        status = add_named(c, err, "WebHook-Request-Callback",
                           ce_http_callback_url(c->callback));
    return status;
}

/* --- life --- */

ce_status ce_http_consent_start(ce_http_consent *c, ce_error *err)
{
    const ce_settings *s = c->target->settings;
    const ce_http_callback_config config = {
        .url = ce_settings_text(s, "webhook_callback"),
        .listen = ce_settings_text(s, "webhook_listen"),
        .heard = on_callback,
        .arg = c,
    };
    ce_status status = CE_OK;

    c->again.fire = ask;
    c->pause_ms = PAUSE_FIRST_MS;
    if (config.url)
        status = ce_http_callback_open(&c->callback, c->loop, &config, err);
    if (status != CE_OK)
        return status;
    status = make_headers(c, err);
    if (status != CE_OK)
        return status;
    ask_again(c, 0);
    return CE_OK;
}

void ce_http_consent_hurry(ce_http_consent *c)
{
    if (!c->easy)
        ask_again(c, 0);
}

void ce_http_consent_stop(ce_http_consent *c)
{
    ce_timer_stop(&c->again);
    end_request(c);
}

void ce_http_consent_close(ce_http_consent *c)
{
    ce_http_consent_stop(c);
    ce_http_callback_close(c->callback);
    curl_slist_free_all(c->headers);
}
