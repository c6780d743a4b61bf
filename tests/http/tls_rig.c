/* SPDX-License-Identifier: Apache-2.0 */
/* An https receiver with a certificate of its own, and clients that shake hands
 * with it while the rig's loop runs. */
#include "tests/http/tls_rig.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <sys/socket.h>
#include <time.h>

static char folder[200];

/* --- the receiver --- */

static void write_file(const char *name, gnutls_datum_t *text)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    REQUIRE(f != NULL);
    fwrite(text->data, 1, text->size, f);
    REQUIRE_EQ(fclose(f), 0);
    gnutls_free(text->data);
}

static void sign(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    time_t now = time(NULL);

    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, "\1", 1);
    gnutls_x509_crt_set_activation_time(certificate, now - 86400);
    gnutls_x509_crt_set_expiration_time(certificate, now + 86400);
    gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
                                  "localhost", 9);
    gnutls_x509_crt_set_key(certificate, key);
    REQUIRE_EQ(gnutls_x509_crt_sign2(certificate, certificate, key,
                                     GNUTLS_DIG_SHA256, 0),
               0);
}

static void write_files(void)
{
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
    gnutls_datum_t text;

    ce_test_make_folder(folder, sizeof folder);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_privkey_init(&key);
    REQUIRE_EQ(gnutls_x509_privkey_generate(
                   key, GNUTLS_PK_ECDSA,
                   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
               0);
    sign(certificate, key);
    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
    write_file("server.pem", &text);
    gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);
    write_file("server.key", &text);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
}

void tls_start_receiver(rig *r, const char *query)
{
    char uri[1000];

    write_files();
    snprintf(uri, sizeof uri,
             "https://127.0.0.1:0/?cert=%s/server.pem&key_file=%s/server.key%s",
             folder, folder, query);
    rig_start_receiver(r, uri);
}

void tls_remove_files(void)
{
    if (*folder)
        ce_test_remove(folder);
    *folder = '\0';
}

/* --- a hello alone --- */

static char hello[4096];
static size_t hello_len;

static ssize_t keep(gnutls_transport_ptr_t to, const void *bytes, size_t len)
{
    (void)to;
    REQUIRE_CMP(hello_len + len, <=, sizeof hello);
    memcpy(hello + hello_len, bytes, len);
    hello_len += len;
    return (ssize_t)len;
}

static ssize_t read_nothing(gnutls_transport_ptr_t from, void *out, size_t room)
{
    (void)from, (void)out, (void)room;
    errno = EAGAIN;
    return -1;
}

static void open_session(tls_client *c, const char *priorities)
{
    gnutls_init(&c->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
    gnutls_certificate_allocate_credentials(&c->credentials);
    gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE, c->credentials);
    REQUIRE_EQ(gnutls_priority_set_direct(c->session, priorities, NULL), 0);
}

static void close_session(tls_client *c)
{
    gnutls_deinit(c->session);
    gnutls_certificate_free_credentials(c->credentials);
}

ce_slice tls_hello(void)
{
    tls_client c;

    hello_len = 0;
    open_session(&c, "NORMAL");
    gnutls_transport_set_push_function(c.session, keep);
    gnutls_transport_set_pull_function(c.session, read_nothing);
    REQUIRE_EQ(gnutls_handshake(c.session), GNUTLS_E_AGAIN);
    close_session(&c);
    return (ce_slice){ hello, hello_len };
}

/* --- clients --- */

static ssize_t read_some(gnutls_transport_ptr_t from, void *out, size_t room)
{
    return recv(((client *)from)->fd, out, room, MSG_DONTWAIT);
}

static ssize_t write_some(gnutls_transport_ptr_t to, const void *bytes,
                          size_t len)
{
    return send(((client *)to)->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void tls_open(tls_client *c, rig *r, const char *priorities)
{
    client_open(&c->raw, r);
    open_session(c, priorities);
    gnutls_transport_set_ptr(c->session, &c->raw);
    gnutls_transport_set_push_function(c->session, write_some);
    gnutls_transport_set_pull_function(c->session, read_some);
}

/* Lets the server go on; false: it had time enough. */
static bool pass(tls_client *c, uint64_t end)
{
    uv_run(ce_loop_uv(c->raw.r->loop), UV_RUN_ONCE);
    return ce_loop_now_ms(c->raw.r->loop) < end;
}

bool tls_shakes_hands(tls_client *c)
{
    uint64_t end = rig_end(c->raw.r);
    int code;

    while ((code = gnutls_handshake(c->session)) == GNUTLS_E_AGAIN)
        if (!pass(c, end))
            break;
    return code == GNUTLS_E_SUCCESS;
}

void tls_send(tls_client *c, const char *text)
{
    REQUIRE_EQ(gnutls_record_send(c->session, text, strlen(text)),
               (ssize_t)strlen(text));
}

int tls_answer(tls_client *c)
{
    uint64_t end = rig_end(c->raw.r);
    int status = 0;
    ssize_t n;

    while ((n = gnutls_record_recv(c->session, c->raw.in,
                                   sizeof c->raw.in - 1)) == GNUTLS_E_AGAIN)
        if (!pass(c, end))
            break;
    c->raw.in[n > 0 ? n : 0] = '\0';
    sscanf(c->raw.in, "HTTP/1.1 %d", &status);
    return status;
}

void tls_close(tls_client *c)
{
    close_session(c);
    client_close(&c->raw);
}
