/* SPDX-License-Identifier: Apache-2.0 */
/* For all transports alike: by the names that their options share, and by a
 * scheme that has a brother with TLS. */
#include "bridge/run/exposure.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/log.h>

#include "core/settings/loopback.h"

static bool has(const br_endpoint_plan *e, const ce_option *table,
                const char *name)
{
    return ce_option_find(table, name) && ce_settings_has(e->settings, name);
}

static bool has_any(const br_endpoint_plan *e, const ce_option *table,
                    const char *const *names)
{
    for (; *names; names++)
        if (has(e, table, *names))
            return true;
    return false;
}

static bool has_credentials(const br_endpoint_plan *e, const ce_option *table)
{
    static const char *const names[] = { "password", "password_file", "token",
                                         "token_file", NULL };

    return ce_settings_password(e->settings) || has_any(e, table, names);
}

/* The scheme with TLS, or NULL: the endpoint has it, or there is none. */
static const char *safe_scheme(const br_endpoint_plan *e,
                               const ce_option *table)
{
    static const char *const names[] = { "ca", "cert",
                                         "rdkafka.security.protocol", NULL };
    const char *scheme = ce_settings_scheme(e->settings);
    size_t len = strlen(scheme);

    if (has_any(e, table, names))
        return NULL;
    for (const char *const *s = e->transport->schemes; *s; s++)
        if (!strncmp(*s, scheme, len) && !strcmp(*s + len, "s"))
            return *s;
    return NULL;
}

/* Whether one of HOST:PORT,HOST:PORT is not this machine. */
static bool leaves_the_machine(const char *authority)
{
    while (*authority) {
        ce_slice host = { authority, strcspn(authority, ",") };

        if (!ce_host_is_loopback(host))
            return true;
        authority += host.len + (authority[host.len] == ',');
    }
    return false;
}

static void look_at(const br_endpoint_plan *e, const ce_option *table)
{
    const char *safe = safe_scheme(e, table);

    if (safe && has_credentials(e, table) &&
        leaves_the_machine(ce_settings_authority(e->settings)))
        ce_log(CE_WARN,
               "%s: its password or token crosses the network without "
               "encryption: use %s://",
               ce_settings_label(e->settings), safe);
}

/* A source that answers its senders does not call them. */
void br_warn_of_exposure(const br_route_plan *p)
{
    const br_endpoint_plan *letters = &p->dead_letter;

    if (p->from.transport && !p->from.transport->answers)
        look_at(&p->from, p->from.transport->receiver_options);
    for (unsigned i = 0; i < p->sinks; i++)
        look_at(&p->to[i], p->to[i].transport->sender_options);
    if (letters->transport)
        look_at(letters, letters->transport->sender_options);
}
