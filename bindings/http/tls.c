/* SPDX-License-Identifier: Apache-2.0 */
/* Asks GnuTLS, on which libmicrohttpd stands. */
#include "bindings/http/tls.h"

#include <gnutls/gnutls.h>

bool ce_http_tls_verified(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned status = 0, count = 0;

    if (!info || !info->tls_session)
        return false;
    if (!gnutls_certificate_get_peers(info->tls_session, &count) || count == 0)
        return false;
    return gnutls_certificate_verify_peers2(info->tls_session, &status) == 0 &&
           status == 0;
}
