/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/sharing.h"

#include <string.h>

/* What a connection needs before its first request is known. */
static const char *const options[] = {
    "max_header_bytes",
    "max_connections",
    "max_connections_per_address",
    "header_timeout",
    "min_rate",
    "idle_timeout",
    "request_timeout",
    "cert",
    "key_file",
    "ca",
    "tls_min",
    "tls_ciphers",
    "reuse_port",
};

static bool is_equal(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* --- the address --- */

unsigned ce_http_source_port(const ce_settings *s)
{
    bool is_tls = !strcmp(ce_settings_scheme(s), "https");

    return ce_settings_port(s, is_tls ? 443 : 80);
}

const char *ce_http_source_host(const ce_settings *s)
{
    const char *host = ce_settings_host(s);

    return !strcmp(host, "*") || !strcmp(host, "0.0.0.0") ? "" : host;
}

static bool is_any(const ce_settings *s)
{
    return !*ce_http_source_host(s);
}

bool ce_http_hosts_are_equal(const ce_settings *a, const ce_settings *b)
{
    return !strcmp(ce_http_source_host(a), ce_http_source_host(b));
}

bool ce_http_hosts_overlap(const ce_settings *a, const ce_settings *b)
{
    return ce_http_hosts_are_equal(a, b) || is_any(a) || is_any(b);
}

/* Whether there is an address where both would listen. */
static bool overlap(const ce_settings *a, const ce_settings *b)
{
    unsigned port = ce_http_source_port(a);

    return port != 0 && port == ce_http_source_port(b) &&
           ce_http_hosts_overlap(a, b);
}

/* --- what has to fit --- */

static ce_status check_options(const ce_settings *a, const ce_settings *b,
                               ce_error *err)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (!is_equal(ce_settings_text(a, options[i]),
                      ce_settings_text(b, options[i])))
            return ce_fail(err, CE_EINVAL, "%s has to be the same", options[i]);
    return CE_OK;
}

static bool is_health_path(const ce_settings *a, const ce_settings *b)
{
    const char *path = ce_settings_text(a, "health_path");

    return path && *path == '/' && !strcmp(path + 1, ce_settings_path(b));
}

static ce_status check_paths(const ce_settings *a, const ce_settings *b,
                             ce_error *err)
{
    if (!strcmp(ce_settings_path(a), ce_settings_path(b)))
        return ce_fail(err, CE_EINVAL, "/%s cannot be the path of both",
                       ce_settings_path(a));
    if (is_health_path(a, b) || is_health_path(b, a))
        return ce_fail(err, CE_EINVAL,
                       "the health_path of one is the path of the other");
    return CE_OK;
}

ce_status ce_http_sharing_check(const ce_settings *a, const ce_settings *b,
                                ce_error *err)
{
    ce_status status;

    if (strcmp(ce_settings_scheme(a), ce_settings_scheme(b)) != 0)
        return ce_fail(err, CE_EINVAL, "http:// and https:// do not mix");
    status = check_options(a, b, err);
    return status == CE_OK ? check_paths(a, b, err) : status;
}

ce_status ce_http_share(const ce_settings *a, const ce_settings *b,
                        ce_error *err)
{
    if (!overlap(a, b))
        return CE_ENOENT;
    if (ce_http_hosts_are_equal(a, b))
        return ce_http_sharing_check(a, b, err);
    /* The kernel gives connections to the socket that is more specific. */
    if (ce_settings_boolean(a, "reuse_port") &&
        ce_settings_boolean(b, "reuse_port"))
        return CE_ENOENT;
    return ce_fail(err, CE_EINVAL,
                   "only one can, for %s means every address of the machine",
                   ce_settings_authority(is_any(a) ? a : b));
}
