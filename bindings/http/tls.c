/* SPDX-License-Identifier: Apache-2.0 */
/* Asks GnuTLS, on which libmicrohttpd stands. */
#include "bindings/http/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/file_text.h"

/* TLS from version tls_min on, with tls_ciphers (unset: those that GnuTLS finds
 * good) before it. */
static ce_status read_priorities(char out[CE_HTTP_PRIORITIES_MAX],
                                 const ce_settings *s, ce_error *err)
{
    const char *min = ce_settings_text(s, "tls_min");
    const char *ciphers = ce_settings_text(s, "tls_ciphers");
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

static ce_status check_no_tls(const ce_settings *s, ce_error *err)
{
    if (ce_settings_text(s, "cert") || ce_settings_text(s, "ca"))
        return ce_fail(err, CE_EINVAL,
                       "cert and ca belong to https://, not to http://");
    return CE_OK;
}

static ce_status read_files(ce_http_tls *t, const ce_settings *s, ce_error *err)
{
    const char *ca = ce_settings_text(s, "ca");
    ce_status status =
        ce_http_file_text(ce_settings_text(s, "cert"), &t->cert, err);

    if (status == CE_OK)
        status =
            ce_http_file_text(ce_settings_text(s, "key_file"), &t->key, err);
    if (status == CE_OK && ca)
        status = ce_http_file_text(ca, &t->ca, err);
    return status;
}

ce_status ce_http_tls_open(ce_http_tls *t, const ce_settings *s, ce_error *err)
{
    ce_status status;

    if (strcmp(ce_settings_scheme(s), "https") != 0)
        return check_no_tls(s, err);
    if (!ce_settings_text(s, "cert") || !ce_settings_text(s, "key_file"))
        return ce_fail(err, CE_EINVAL, "https:// needs cert and key_file");
    status = read_priorities(t->priorities, s, err);
    return status == CE_OK ? read_files(t, s, err) : status;
}

void ce_http_tls_close(ce_http_tls *t)
{
    ce_free(t->cert);
    ce_free(t->key);
    ce_free(t->ca);
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
