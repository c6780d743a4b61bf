/* SPDX-License-Identifier: Apache-2.0 */
#include "core/settings/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- paths --- */

static size_t trimmed(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    return len;
}

/* Where the last part of PATH begins. */
static size_t last_part(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len;
}

/* Resolves the first LEN bytes: nothing stands for the working directory. */
static bool resolve(const char *path, size_t len, char out[PATH_MAX])
{
    char part[PATH_MAX];

    snprintf(part, sizeof part, "%.*s", len ? (int)len : 1, len ? path : ".");
    return realpath(part, out);
}

static void append(char out[PATH_MAX], const char *rest, size_t len)
{
    size_t used = strlen(out);

    snprintf(out + used, PATH_MAX - used, "%s%.*s",
             used > 0 && out[used - 1] == '/' ? "" : "/", (int)len, rest);
}

void ce_real_path(const char *path, char out[PATH_MAX])
{
    size_t len = trimmed(path), known = len;

    if (len >= PATH_MAX)
        len = known = PATH_MAX - 1;
    while (!resolve(path, known, out)) {
        if (known == 0) {
            out[0] = '\0';
            break;
        }
        known = last_part(path, known - 1);
    }
    if (known < len)
        append(out, path + known, len - known);
}

/* --- peers --- */

static bool is_local_address(const char *host)
{
    return !strcmp(host, "127.0.0.1") || !strcmp(host, "::1");
}

static bool is_localhost(const char *host)
{
    return !strcasecmp(host, "localhost");
}

bool ce_hosts_are_one(const char *a, const char *b)
{
    return !strcasecmp(a, b) || (is_localhost(a) && is_local_address(b)) ||
           (is_localhost(b) && is_local_address(a));
}

bool ce_peers_are_one(const ce_settings *a, const ce_settings *b,
                      unsigned fallback)
{
    return ce_hosts_are_one(ce_settings_host(a), ce_settings_host(b)) &&
           ce_settings_port(a, fallback) == ce_settings_port(b, fallback);
}
