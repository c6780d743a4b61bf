/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses pass: a browser shows a page under the name that it asked for, so
 * what asks by an address is no page of somebody else. */
#include "bridge/watch/hosts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bindings/http/origin.h"

/* The next name of LIST, without blanks around. */
static ce_slice next_name(const char **list)
{
    ce_slice name = { *list, strcspn(*list, ",") };

    *list += name.len + ((*list)[name.len] == ',');
    return ce_slice_trim(name);
}

ce_status br_hosts_check(const char *list, ce_error *err)
{
    while (*list) {
        ce_slice name = next_name(&list);

        if (!ce_http_origin_is_valid(name) && !ce_slice_eq(name, CE_SLICE("*")))
            return ce_fail(err, CE_EINVAL,
                           "hosts: \"%.*s\" is no name of a host; a port does "
                           "not belong to it",
                           CE_ARG(name));
    }
    return CE_OK;
}

static bool is_address(ce_slice name, int family)
{
    char text[INET6_ADDRSTRLEN], address[sizeof(struct in6_addr)];

    if (name.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", CE_ARG(name));
    return inet_pton(family, text, address) == 1;
}

/* [ADDRESS], with a port behind it or not. */
static bool is_bracketed(ce_slice host)
{
    const char *end = host.len ? memchr(host.ptr, ']', host.len) : NULL;

    if (!end || host.ptr[0] != '[')
        return false;
    return is_address((ce_slice){ host.ptr + 1, (size_t)(end - host.ptr - 1) },
                      AF_INET6);
}

static bool is_in(ce_slice name, const char *list)
{
    while (list && *list) {
        ce_slice one = next_name(&list);

        if (ce_slice_eq(one, CE_SLICE("*")) || ce_slice_eq_nocase(name, one))
            return true;
    }
    return false;
}

bool br_hosts_allow(ce_slice host, const char *own, const char *list)
{
    const char *colon = host.len ? memchr(host.ptr, ':', host.len) : NULL;
    ce_slice name = host;

    /* Every browser sends the header. */
    if (!host.ptr || is_bracketed(host))
        return true;
    if (colon)
        name.len = (size_t)(colon - host.ptr);
    if (name.len && name.ptr[name.len - 1] == '.')
        name.len--;
    return is_address(name, AF_INET) ||
           ce_slice_eq_nocase(name, CE_SLICE("localhost")) ||
           ce_slice_eq_nocase(name, ce_slice_of(own)) || is_in(name, list);
}
