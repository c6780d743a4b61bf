/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/settings/loopback.h"

/* "none", the user's, or NULL: that of the environment, if there is one. No
 * proxy of the environment can reach what listens on this machine alone. */
static const char *proxy_of(const ce_settings *s)
{
    const char *proxy = ce_settings_text(s, "proxy");
    ce_slice host = ce_slice_of(ce_settings_authority(s));

    return !proxy && ce_host_is_loopback(host) ? "none" : proxy;
}

static bool is_none(const char *proxy)
{
    return !*proxy || !strcmp(proxy, "none");
}

/* --- its URL --- */

static bool has_part(CURLU *url, CURLUPart part, const char *but)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK &&
               strcasecmp(text, but) != 0;

    curl_free(text);
    return has;
}

static bool is_scheme_known(CURLU *url)
{
    static const char *const names[] = { "http",   "https",   "socks",
                                         "socks4", "socks4a", "socks5",
                                         "socks5h" };
    bool known = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known |= !has_part(url, CURLUPART_SCHEME, names[i]);
    return known;
}

/* libcurl takes "http://user:12#rest@host" for a host "user", and would name it
 * in what it says: nothing may follow the port. */
static bool ends_with_port(CURLU *url)
{
    return !has_part(url, CURLUPART_PATH, "/") &&
           !has_part(url, CURLUPART_QUERY, "") &&
           !has_part(url, CURLUPART_FRAGMENT, "");
}

ce_status ce_http_proxy_check(const ce_settings *s, ce_error *err)
{
    const char *proxy = ce_settings_text(s, "proxy");
    CURLU *url = proxy && !is_none(proxy) ? curl_url() : NULL;
    bool is_good = !url || (curl_url_set(url, CURLUPART_URL, proxy,
                                         CURLU_NON_SUPPORT_SCHEME |
                                             CURLU_GUESS_SCHEME) == CURLUE_OK &&
                            is_scheme_known(url) && ends_with_port(url));

    curl_url_cleanup(url);
    if (is_good)
        return CE_OK;
    return ce_fail(err, CE_EINVAL,
                   "option \"proxy\" is neither none nor "
                   "http://USER:PASSWORD@HOST:PORT (or https, socks4, socks5, "
                   "socks5h), with other characters percent-encoded");
}

/* --- its use --- */

/* A proxy of another kind might encrypt. */
bool ce_http_proxy_is_plain(const ce_settings *s)
{
    const char *proxy = proxy_of(s);

    if (proxy)
        return is_none(proxy) || !strncasecmp(proxy, "http:", 5);
    return !getenv("http_proxy") && !getenv("all_proxy") &&
           !getenv("ALL_PROXY");
}

/* libcurl takes a proxy from the environment unless it is given one; "" is
 * none. What we write is for the target, so that a proxy has to tunnel. */
void ce_http_proxy_apply(const ce_settings *s, CURL *easy)
{
    const char *proxy = proxy_of(s);

    if (proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, is_none(proxy) ? "" : proxy);
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
}

/* Nobody has checked one of the environment. */
const char *ce_http_proxy_hide(const ce_settings *s, const char *text)
{
    const char *proxy = ce_settings_text(s, "proxy");
    bool tells = proxy && !is_none(proxy) && strstr(text, proxy);

    return tells || strstr(text, "Unsupported proxy")
               ? "the URL of the proxy is none that can be used"
               : text;
}
