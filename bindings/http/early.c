/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd takes an answer only with the head of a request or with its
 * end. With the head it closes the connection at once, and a client that writes
 * its body first gets a reset instead of the answer. In the middle of a body it
 * takes none at all. So such an answer is written here. */
#include "bindings/http/early.h"

#include <stdio.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <sys/socket.h>

#include "bindings/http/http.h"

/* RFC 9110 6.6.1: an answer has a Date. */
static ce_status write_date(ce_buf *out)
{
    time_t now = time(NULL);
    struct tm at;
    char text[40];

    if (!gmtime_r(&now, &at))
        return CE_OK;
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &at);
    return ce_buf_printf(out, "Date: %s\r\n", text);
}

static ce_status write_field(ce_buf *out, const char *name, const char *value)
{
    return value ? ce_buf_printf(out, "%s: %s\r\n", name, value) : CE_OK;
}

static ce_status write_fields(ce_buf *out, const ce_http_field *f)
{
    for (; f && f->name; f++)
        if (write_field(out, f->name, f->value) != CE_OK)
            return CE_ENOMEM;
    return CE_OK;
}

static ce_status write_head(ce_buf *out, const ce_http_request *r,
                            const ce_http_answer *a)
{
    if (ce_buf_printf(out, "HTTP/1.1 %u %s\r\n", a->status,
                      MHD_get_reason_phrase_for(a->status)) != CE_OK ||
        write_date(out) != CE_OK || write_fields(out, a->fields) != CE_OK ||
        write_fields(out, r ? r->fields : NULL) != CE_OK ||
        write_field(out, "Content-Type", a->content_type) != CE_OK ||
        ce_buf_printf(out, "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                      a->body.len) != CE_OK)
        return CE_ENOMEM;
    return CE_OK;
}

/* The buffer of the socket is empty: all answers before have been read, or
 * there were none. So what does not fit is given up. */
static void send_all(struct MHD_Connection *c, ce_slice text)
{
    gnutls_session_t tls = ce_http_tls_session(c);
    int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
                 ->connect_fd;

    if (tls) {
        (void)gnutls_record_send(tls, text.ptr, text.len);
        gnutls_bye(tls, GNUTLS_SHUT_WR);
    } else {
        (void)send(fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    shutdown(fd, SHUT_WR);
}

void ce_http_early_send(struct MHD_Connection *c, const ce_http_request *r,
                        const ce_http_answer *a)
{
    bool has_body = !r || !ce_slice_eq(r->method, CE_SLICE("HEAD"));
    ce_buf text = { NULL, 0, 0 };

    if (write_head(&text, r, a) != CE_OK ||
        (has_body && ce_buf_append(&text, a->body) != CE_OK))
        ce_buf_clear(&text);
    send_all(c, ce_buf_slice(&text));
    ce_buf_free(&text);
}

void ce_http_early_refuse(struct MHD_Connection *c, unsigned status,
                          const char *detail)
{
    ce_arena *arena = ce_arena_new();
    ce_http_answer a = { .status = status };

    if (arena) {
        a.content_type = "application/problem+json";
        a.body = ce_http_problem(arena, status, detail);
    }
    ce_http_early_send(c, NULL, &a);
    ce_arena_free(arena);
}
