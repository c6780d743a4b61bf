/* SPDX-License-Identifier: Apache-2.0 */
/* Speaks to GnuTLS, on which libmicrohttpd stands. */
#include "bindings/http/tls.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/http/file_text.h"
#include "core/settings/tls.h"

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

/* --- files --- */

/* Long enough to cost nothing, and short beside the life of a certificate. */
enum { LOOK_MS = 1000 };

/* A link that leads elsewhere is another inode. What is away has zeros. */
static void stamp(ce_http_stamp *out)
{
    struct stat at;

    *out = (ce_http_stamp){ .path = out->path };
    if (!out->path || stat(out->path, &at) != 0)
        return;
    out->inode = at.st_ino;
    out->size = (uint64_t)at.st_size;
    out->seconds = at.st_mtim.tv_sec;
    out->nanoseconds = at.st_mtim.tv_nsec;
}

static bool is_same(const ce_http_stamp *a, const ce_http_stamp *b)
{
    return a->inode == b->inode && a->size == b->size &&
           a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

/* Takes the time before the content: what changes meanwhile is seen later. */
static bool have_changed(ce_http_tls *t)
{
    bool changed = false;

    for (unsigned i = 0; i < CE_HTTP_TLS_FILES; i++) {
        ce_http_stamp before = t->files[i];

        stamp(&t->files[i]);
        changed |= !is_same(&before, &t->files[i]);
    }
    return changed;
}

static ce_status read_identity(const ce_http_tls *t, ce_http_identity **out,
                               ce_error *err)
{
    return ce_http_identity_read(out, t->files[0].path, t->files[1].path,
                                 t->files[2].path, err);
}

/* Files are not changed at once, and may be out of reach for a while: what does
 * not do now may do in the next turn. */
static void read_again(ce_http_tls *t, bool changed)
{
    ce_http_identity *fresh = NULL;
    ce_error err;

    t->is_old = read_identity(t, &fresh, &err) != CE_OK;
    if (t->is_old && changed)
        ce_log(CE_WARN, "https: %s; the certificate stays as it was", err.text);
    if (t->is_old)
        return;
    ce_http_identity_free(t->identity);
    t->identity = fresh;
    t->edition++;
    ce_log(CE_INFO, "https: %s is read again", t->files[0].path);
}

static void on_timer(ce_timer *timer)
{
    ce_http_tls *t = CE_OWNER(timer, ce_http_tls, timer);
    bool changed = have_changed(t);

    if (changed || t->is_old)
        read_again(t, changed);
    ce_timer_start(t->loop, timer, LOOK_MS);
}

static ce_status note_paths(ce_http_tls *t, const ce_settings *s)
{
    static const char *const names[CE_HTTP_TLS_FILES] = { "cert", "key_file",
                                                          "ca" };

    for (unsigned i = 0; i < CE_HTTP_TLS_FILES; i++) {
        const char *path = ce_settings_text(s, names[i]);

        if (path && !(t->files[i].path = ce_strndup(path, strlen(path))))
            return CE_ENOMEM;
    }
    return CE_OK;
}

static ce_status read_files(ce_http_tls *t, const ce_settings *s, ce_error *err)
{
    ce_status status = CE_OK;

    t->edition = 1;
    if (note_paths(t, s) != CE_OK)
        return ce_no_memory(err);
    have_changed(t);
    if (t->files[2].path)
        status = ce_http_file_text(t->files[2].path, &t->ca, err);
    return status == CE_OK ? read_identity(t, &t->identity, err) : status;
}

ce_status ce_http_tls_open(ce_http_tls *t, const ce_settings *s, ce_error *err)
{
    ce_status status;

    if (strcmp(ce_settings_scheme(s), "https") != 0)
        return ce_settings_check_tls(s, "https", err);
    if (!ce_settings_text(s, "cert") || !ce_settings_text(s, "key_file"))
        return ce_fail(err, CE_EINVAL, "https:// needs cert and key_file");
    status = read_priorities(t->priorities, s, err);
    return status == CE_OK ? read_files(t, s, err) : status;
}

void ce_http_tls_watch(ce_http_tls *t, ce_loop *loop)
{
    if (!t->identity)
        return;
    t->loop = loop;
    t->timer.fire = on_timer;
    ce_timer_start(loop, &t->timer, LOOK_MS);
}

void ce_http_tls_close(ce_http_tls *t)
{
    ce_timer_stop(&t->timer);
    ce_http_identity_free(t->identity);
    ce_free(t->ca);
    for (unsigned i = 0; i < CE_HTTP_TLS_FILES; i++)
        ce_free(t->files[i].path);
}

/* --- connections --- */

gnutls_session_t ce_http_tls_session(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info ? (gnutls_session_t)info->tls_session : NULL;
}

size_t ce_http_tls_pending(struct MHD_Connection *c)
{
    gnutls_session_t session = ce_http_tls_session(c);

    return session ? gnutls_record_check_pending(session) : 0;
}

/* A stranger's key may cost seconds of the loop. GnuTLS asks us about a
 * certificate only when it has used its key to check what the client signed
 * (TLS 1.3): this is before. */
static int look_at_key(gnutls_session_t session)
{
    return ce_http_identity_has_fair_key(session) ? 0
                                                  : GNUTLS_E_CERTIFICATE_ERROR;
}

static int on_message(gnutls_session_t session, unsigned type, unsigned when,
                      unsigned incoming, const gnutls_datum_t *message)
{
    ce_http_finding *f = gnutls_db_get_ptr(session);

    (void)message;
    if (!incoming)
        return 0;
    if (type == GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY && when == GNUTLS_HOOK_PRE)
        return look_at_key(session);
    if (type == GNUTLS_HANDSHAKE_FINISHED)
        f->finished = true;
    return 0;
}

/* The callback gets the session alone. Its database is not used here, so that
 * there is room for a pointer. Clients are told no names of authorities: those
 * would be the first ones for ever. */
void ce_http_tls_begin(const ce_http_tls *t, ce_http_finding *f,
                       struct MHD_Connection *c)
{
    gnutls_session_t session = ce_http_tls_session(c);

    if (!session)
        return;
    f->tls = t;
    gnutls_db_set_ptr(session, f);
    gnutls_certificate_send_x509_rdn_sequence(session, 1);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY,
                                       GNUTLS_HOOK_BOTH, on_message);
}

int ce_http_tls_show(gnutls_session_t session,
                     const struct gnutls_cert_retr_st *info,
                     gnutls_pcert_st **chain, unsigned *count,
                     gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
                     gnutls_privkey_t *key, unsigned *flags)
{
    const ce_http_finding *f = gnutls_db_get_ptr(session);

    (void)info;
    *ocsp = NULL;
    *ocsp_count = 0;
    *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return f ? ce_http_identity_show(f->tls->identity, chain, count, key) : -1;
}

static void judge(const ce_http_tls *t, ce_http_finding *f,
                  struct MHD_Connection *c)
{
    gnutls_session_t session = ce_http_tls_session(c);

    f->edition = t->edition;
    f->judged_ms = ce_loop_now_ms(t->loop);
    f->is_good = session && ce_http_identity_believes(t->identity, session);
}

/* To look at a chain of RSA costs more than all the rest of a request. */
bool ce_http_tls_admits(const ce_http_tls *t, ce_http_finding *f,
                        struct MHD_Connection *c)
{
    if (!t->ca)
        return true;
    if (f->edition != t->edition ||
        ce_loop_now_ms(t->loop) - f->judged_ms >= LOOK_MS)
        judge(t, f, c);
    return f->is_good;
}
