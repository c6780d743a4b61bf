/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/circle.h"

#include <string.h>

#include "bindings/http/sharing.h"
#include "core/settings/loopback.h"
#include "core/settings/places.h"

static bool is_any(const char *host)
{
    return !*host || !strcmp(host, "0.0.0.0") || !strcmp(host, "::");
}

/* To be sent to, every address is this machine. */
static bool is_here(const char *host)
{
    return is_any(host) || !strcmp(host, "::1") ||
           ce_host_is_loopback(ce_slice_of(host));
}

static bool is_heard(const char *listener, const char *target)
{
    return ce_hosts_are_one(listener, target) ||
           (is_any(listener) && is_here(target)) ||
           (is_any(target) && is_here(listener));
}

static bool is_by_proxy(const ce_settings *to)
{
    const char *proxy = ce_settings_text(to, "proxy");

    return proxy && strcmp(proxy, "none") != 0;
}

static bool is_same(const ce_settings *from, const ce_settings *to)
{
    unsigned port = ce_http_source_port(from);

    return port != 0 && port == ce_http_source_port(to) &&
           !strcmp(ce_settings_scheme(from), ce_settings_scheme(to)) &&
           !strcmp(ce_settings_path(from), ce_settings_path(to)) &&
           is_heard(ce_http_source_host(from), ce_settings_host(to)) &&
           !is_by_proxy(to);
}

ce_overlap ce_http_returns(const ce_settings *from, const ce_settings *to)
{
    return is_same(from, to) ? CE_SAME : CE_APART;
}
