/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/trust.h"

#include <gnutls/x509.h>
#include <string.h>

#include "bindings/http/identity.h"

/* Those of OpenSSL, which libcurl may stand on, GnuTLS does not know. */
static bool is_of_openssl(const gnutls_datum_t *pem)
{
    static const char mark[] = "-----BEGIN TRUSTED CERTIFICATE-----";

    return memmem(pem->data, pem->size, mark, sizeof mark - 1) != NULL;
}

static int find_certificates(const gnutls_datum_t *pem)
{
    gnutls_x509_crt_t *all = NULL;
    unsigned count = 0;
    int rc =
        gnutls_x509_crt_list_import2(&all, &count, pem, GNUTLS_X509_FMT_PEM, 0);

    while (count > 0)
        gnutls_x509_crt_deinit(all[--count]);
    gnutls_free(all);
    return rc < 0 && is_of_openssl(pem) ? 0 : rc;
}

/* Of any size: there are large collections. */
static ce_status read_ca(const char *ca, ce_error *err)
{
    gnutls_datum_t pem = { NULL, 0 };
    int rc = gnutls_load_file(ca, &pem);

    if (rc < 0)
        return ce_fail(err, CE_EIO, "ca: cannot read %s", ca);
    rc = find_certificates(&pem);
    gnutls_free(pem.data);
    if (rc < 0)
        return ce_fail(err, CE_EIO, "ca: %s is not usable: %s", ca,
                       gnutls_strerror(rc));
    return CE_OK;
}

/* As libcurl does, a key is looked for in CERT if it has no file. */
static ce_status read_cert(const char *cert, const char *key, ce_error *err)
{
    ce_http_identity *i = NULL;
    ce_error why;
    ce_status status =
        ce_http_identity_read(&i, cert, key ? key : cert, NULL, &why);

    ce_http_identity_free(i);
    if (status == CE_OK)
        return CE_OK;
    return ce_fail(err, status, "%s: %s", key ? "cert and key_file" : "cert",
                   why.text);
}

ce_status ce_http_trust_read(const ce_settings *s, ce_error *err)
{
    const char *ca = ce_settings_text(s, "ca");
    const char *cert = ce_settings_text(s, "cert");
    ce_status status = ca ? read_ca(ca, err) : CE_OK;

    if (status != CE_OK || !cert)
        return status;
    return read_cert(cert, ce_settings_text(s, "key_file"), err);
}
