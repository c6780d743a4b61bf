/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/identity.h"

#include <gnutls/x509.h>
#include <stdint.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/file_text.h"

enum {
    CHAIN_MAX = 16, /* of a client */
    KEY_ID_MAX = 64,
    /* Of a client's key. The time to check what it has signed grows with the
     * product of its modulus, squared, and its exponent. */
    MODULUS_BITS_MAX = 8192,
    RSA_EXPONENT_MAX = 8, /* bytes */
    DSA_ORDER_MAX = 64
};

struct ce_http_identity {
    gnutls_x509_crt_t *chain;
    unsigned count;
    gnutls_x509_privkey_t key;
    gnutls_x509_trust_list_t trusted; /* NULL: no certificate is asked for */
};

/* --- reading --- */

typedef int use_fn(ce_http_identity *i, const gnutls_datum_t *pem);

static int use_chain(ce_http_identity *i, const gnutls_datum_t *pem)
{
    return gnutls_x509_crt_list_import2(&i->chain, &i->count, pem,
                                        GNUTLS_X509_FMT_PEM, 0);
}

static int use_key(ce_http_identity *i, const gnutls_datum_t *pem)
{
    int rc = gnutls_x509_privkey_init(&i->key);

    return rc ? rc
              : gnutls_x509_privkey_import2(i->key, pem, GNUTLS_X509_FMT_PEM,
                                            NULL, 0);
}

static int use_trusted(ce_http_identity *i, const gnutls_datum_t *pem)
{
    int rc = gnutls_x509_trust_list_init(&i->trusted, 0);

    if (rc)
        return rc;
    rc = gnutls_x509_trust_list_add_trust_mem(i->trusted, pem, NULL,
                                              GNUTLS_X509_FMT_PEM, 0, 0);
    return rc > 0 ? 0 : GNUTLS_E_NO_CERTIFICATE_FOUND;
}

static ce_status use_file(ce_http_identity *i, const char *path, use_fn *use,
                          ce_error *err)
{
    char *text = NULL;
    ce_status status = ce_http_file_text(path, &text, err);
    gnutls_datum_t pem;
    int rc;

    if (status != CE_OK)
        return status;
    pem = (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen(text) };
    rc = use(i, &pem);
    ce_free(text);
    if (rc < 0)
        return ce_fail(err, CE_EIO, "%s is not usable: %s", path,
                       gnutls_strerror(rc));
    return CE_OK;
}

static bool is_pair(const ce_http_identity *i)
{
    unsigned char of_cert[KEY_ID_MAX], of_key[KEY_ID_MAX];
    size_t cert_len = sizeof of_cert, key_len = sizeof of_key;

    return gnutls_x509_crt_get_key_id(i->chain[0], 0, of_cert, &cert_len) ==
               0 &&
           gnutls_x509_privkey_get_key_id(i->key, 0, of_key, &key_len) == 0 &&
           cert_len == key_len && memcmp(of_cert, of_key, key_len) == 0;
}

static ce_status read_all(ce_http_identity *i, const char *cert,
                          const char *key, const char *ca, ce_error *err)
{
    ce_status status = use_file(i, cert, use_chain, err);

    if (status == CE_OK)
        status = use_file(i, key, use_key, err);
    if (status == CE_OK && !is_pair(i))
        status = ce_fail(err, CE_EIO, "%s is not the key of %s", key, cert);
    if (status == CE_OK && ca)
        status = use_file(i, ca, use_trusted, err);
    return status;
}

ce_status ce_http_identity_read(ce_http_identity **out, const char *cert,
                                const char *key, const char *ca, ce_error *err)
{
    ce_http_identity *i = ce_alloc_zeroed(sizeof *i);
    ce_status status;

    if (!i)
        return ce_no_memory(err);
    status = read_all(i, cert, key, ca, err);
    if (status == CE_OK)
        *out = i;
    else
        ce_http_identity_free(i);
    return status;
}

void ce_http_identity_free(ce_http_identity *i)
{
    if (!i)
        return;
    for (unsigned n = 0; n < i->count; n++)
        gnutls_x509_crt_deinit(i->chain[n]);
    gnutls_free(i->chain);
    if (i->key)
        gnutls_x509_privkey_deinit(i->key);
    if (i->trusted)
        gnutls_x509_trust_list_deinit(i->trusted, 1);
    ce_free(i);
}

/* --- handshakes --- */

static void free_copy(gnutls_pcert_st *chain, unsigned count)
{
    while (count > 0)
        gnutls_pcert_deinit(&chain[--count]);
    gnutls_free(chain);
}

static int copy_chain(const ce_http_identity *i, gnutls_pcert_st **out)
{
    gnutls_pcert_st *copy = gnutls_calloc(i->count, sizeof *copy);
    int rc = copy ? 0 : GNUTLS_E_MEMORY_ERROR;

    for (unsigned n = 0; n < i->count && rc == 0; n++) {
        rc = gnutls_pcert_import_x509(&copy[n], i->chain[n], 0);
        if (rc)
            free_copy(copy, n);
    }
    *out = copy;
    return rc;
}

static int copy_key(const ce_http_identity *i, gnutls_privkey_t *out)
{
    int rc = gnutls_privkey_init(out);

    if (rc)
        return rc;
    rc = gnutls_privkey_import_x509(*out, i->key, GNUTLS_PRIVKEY_IMPORT_COPY);
    if (rc)
        gnutls_privkey_deinit(*out);
    return rc;
}

int ce_http_identity_show(const ce_http_identity *i, gnutls_pcert_st **chain,
                          unsigned *count, gnutls_privkey_t *key)
{
    int rc = copy_chain(i, chain);

    if (rc)
        return rc;
    rc = copy_key(i, key);
    if (rc)
        free_copy(*chain, i->count);
    *count = i->count;
    return rc;
}

/* --- clients --- */

/* Reads up to MAX certificates, the client's own first. */
static unsigned read_clients(gnutls_session_t session, gnutls_x509_crt_t *out,
                             unsigned max)
{
    unsigned shown = 0, n = 0;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &shown);

    for (; der && n < shown && n < max; n++) {
        if (gnutls_x509_crt_init(&out[n]))
            break;
        if (gnutls_x509_crt_import(out[n], &der[n], GNUTLS_X509_FMT_DER)) {
            gnutls_x509_crt_deinit(out[n]);
            break;
        }
    }
    return n;
}

/* Without the zeros before it. */
static size_t significant(const gnutls_datum_t *number)
{
    size_t zeros = 0;

    while (zeros < number->size && !number->data[zeros])
        zeros++;
    return number->size - zeros;
}

static bool is_fair_rsa(gnutls_x509_crt_t cert)
{
    gnutls_datum_t modulus, exponent;
    bool is_fair;

    if (gnutls_x509_crt_get_pk_rsa_raw(cert, &modulus, &exponent))
        return false;
    is_fair = significant(&exponent) <= RSA_EXPONENT_MAX;
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return is_fair;
}

static bool is_fair_dsa(gnutls_x509_crt_t cert)
{
    gnutls_datum_t p, q, g, y;
    bool is_fair;

    if (gnutls_x509_crt_get_pk_dsa_raw(cert, &p, &q, &g, &y))
        return false;
    is_fair = significant(&q) <= DSA_ORDER_MAX;
    gnutls_free(p.data);
    gnutls_free(q.data);
    gnutls_free(g.data);
    gnutls_free(y.data);
    return is_fair;
}

/* The curves of the others are given. */
static bool is_fair(gnutls_x509_crt_t cert)
{
    unsigned bits = 0;

    switch (gnutls_x509_crt_get_pk_algorithm(cert, &bits)) {
    case GNUTLS_PK_RSA:
    case GNUTLS_PK_RSA_PSS:
        return bits <= MODULUS_BITS_MAX && is_fair_rsa(cert);
    case GNUTLS_PK_DSA:
        return bits <= MODULUS_BITS_MAX && is_fair_dsa(cert);
    default:
        return true;
    }
}

bool ce_http_identity_has_fair_key(gnutls_session_t session)
{
    gnutls_x509_crt_t cert;
    bool fair;

    if (read_clients(session, &cert, 1) == 0)
        return false;
    fair = is_fair(cert);
    gnutls_x509_crt_deinit(cert);
    return fair;
}

bool ce_http_identity_believes(const ce_http_identity *i,
                               gnutls_session_t session)
{
    /* A certificate that says what it is for must say that it is for this. */
    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
    };
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned count = read_clients(session, chain, CHAIN_MAX), status = 0;
    bool good =
        count > 0 &&
        gnutls_x509_trust_list_verify_crt2(i->trusted, chain, count, &purpose,
                                           1, 0, &status, NULL) == 0 &&
        status == 0;

    while (count > 0)
        gnutls_x509_crt_deinit(chain[--count]);
    return good;
}
