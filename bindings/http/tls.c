/* SPDX-License-Identifier: Apache-2.0 */
/* Asks GnuTLS, on which libmicrohttpd stands. */
#include "bindings/http/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

ce_status ce_http_tls_priorities(char out[CE_HTTP_PRIORITIES_MAX],
                                 const char *min, const char *ciphers,
                                 ce_error *err)
{
    gnutls_priority_t priorities;
    const char *where;
    int n = snprintf(out, CE_HTTP_PRIORITIES_MAX, "%s:-VERS-ALL:+VERS-TLS1.3%s",
                     ciphers ? ciphers : "NORMAL",
                     strcmp(min, "1.3") == 0 ? "" : ":+VERS-TLS1.2");

    if (n < CE_HTTP_PRIORITIES_MAX &&
        gnutls_priority_init(&priorities, out, &where) == 0) {
        gnutls_priority_deinit(priorities);
        return CE_OK;
    }
    return ce_fail(err, CE_EINVAL,
                   "option \"tls_ciphers\" = \"%s\": no priorities of GnuTLS",
                   ciphers);
}

bool ce_http_tls_verified(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    /* A certificate that says what it is for must say that it is for this. */
    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
    };
    unsigned status = 0, count = 0;

    if (!info || !info->tls_session)
        return false;
    if (!gnutls_certificate_get_peers(info->tls_session, &count) || count == 0)
        return false;
    return gnutls_certificate_verify_peers(info->tls_session, &purpose, 1,
                                           &status) == 0 &&
           status == 0;
}
