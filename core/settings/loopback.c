/* SPDX-License-Identifier: Apache-2.0 */
/* By what is written: nothing is resolved. */
#include "core/settings/loopback.h"

#include <string.h>

bool ce_host_is_loopback(ce_slice host)
{
    const char *port = host.len ? memchr(host.ptr, ':', host.len) : NULL;
    ce_slice name = { host.ptr, port ? (size_t)(port - host.ptr) : host.len };

    /* A name may begin like an address. */
    return (ce_slice_starts(name, CE_SLICE("127.")) &&
            strspn(name.ptr, "0123456789.") >= name.len) ||
           ce_slice_starts(host, CE_SLICE("[::1]")) ||
           ce_slice_eq_nocase(name, CE_SLICE("localhost"));
}
