/* SPDX-License-Identifier: Apache-2.0 */
/* The handle stays inside the multi interface for as long as the connection is
 * used: libcurl closes a connection of CURLOPT_CONNECT_ONLY when its handle is
 * removed. From the first byte sent it counts as used, so that libcurl leaves
 * it alone when it makes others. */
#include "bindings/http/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "bindings/http/proxy.h"

/* --- the socket --- */

static void on_event(uv_poll_t *poll, int status, int events)
{
    ce_http_connection *c = poll->data;

    (void)events;
    /* libuv watches no socket that has an error. */
    c->ended = status < 0;
    c->ready(c);
}

static void free_poll(uv_handle_t *h)
{
    ce_free(h);
}

static uv_poll_t *new_poll(ce_http_connection *c)
{
    uv_poll_t *poll = ce_alloc_zeroed(sizeof *poll);
    curl_socket_t fd = CURL_SOCKET_BAD;

    curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (!poll || fd == CURL_SOCKET_BAD ||
        uv_poll_init_socket(ce_loop_uv(c->multi->loop), poll, fd)) {
        ce_free(poll);
        return NULL;
    }
    poll->data = c;
    return poll;
}

void ce_http_connection_watch(ce_http_connection *c, bool writes)
{
    if (c->writes == writes || c->ended)
        return;
    c->writes = writes;
    uv_poll_start(c->poll, writes ? UV_READABLE | UV_WRITABLE : UV_READABLE,
                  on_event);
}

/* --- life --- */

/* libcurl says of a process without descriptors only that it could not
 * connect. Another failure is that of one address, and there may be more. */
static curl_socket_t open_socket(void *connection, curlsocktype purpose,
                                 struct curl_sockaddr *at)
{
    ce_http_connection *c = connection;
    int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);

    (void)purpose;
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        c->lack = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

const char *ce_http_connection_error(const ce_http_connection *c)
{
    if (!*c->error)
        return NULL;
    return ce_http_proxy_hide(c->target->settings, c->error);
}

static const char *text_of(const ce_http_connection *c, CURLcode code)
{
    const char *error = ce_http_connection_error(c);

    if (c->lack)
        return strerror(c->lack);
    return error ? error : curl_easy_strerror(code);
}

static void on_done(ce_http_job *job, CURLcode code)
{
    ce_http_connection *c = CE_OWNER(job, ce_http_connection, job);

    if (code != CURLE_OK) {
        ce_http_connection_close(c);
        c->connected(c, text_of(c, code));
        return;
    }
    c->poll = new_poll(c);
    if (!c->poll) {
        ce_http_connection_close(c);
        c->connected(c, "the new connection cannot be watched");
        return;
    }
    /* What went wrong on the way is no reason of its end. */
    c->error[0] = '\0';
    c->writes = c->ended = c->is_direct = false;
    uv_poll_start(c->poll, UV_READABLE, on_event);
    c->connected(c, NULL);
}

ce_status ce_http_connection_open(ce_http_connection *c)
{
    c->job.done = on_done;
    c->lack = 0;
    c->error[0] = '\0';
    c->easy = curl_easy_init();
    if (c->easy && ce_http_target_apply(c->target, c->easy) == CE_OK) {
        curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
        curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETDATA, c);
        if (ce_http_multi_add(c->multi, c->easy, &c->job) == CE_OK)
            return CE_OK;
    }
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
    return CE_ENOMEM;
}

void ce_http_connection_close(ce_http_connection *c)
{
    if (!c->easy)
        return;
    /* Before the socket is closed: its number may belong to another soon. */
    if (c->poll) {
        uv_poll_stop(c->poll);
        uv_close((uv_handle_t *)c->poll, free_poll);
        c->poll = NULL;
    }
    ce_http_multi_remove(c->multi, c->easy);
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
}

bool ce_http_connection_is_open(const ce_http_connection *c)
{
    return c->poll != NULL;
}

/* --- bytes --- */

/* libcurl looks for the connection among all of its own for each piece, which
 * costs more than the piece. Where nothing encrypts, the socket is as good,
 * once libcurl has sent something over it. */
static void note_used(ce_http_connection *c)
{
    if (c->is_direct || !c->target->is_plain)
        return;
    curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &c->fd);
    c->is_direct = c->fd != CURL_SOCKET_BAD;
}

static CURLcode code_of(ssize_t n)
{
    if (n >= 0)
        return CURLE_OK;
    return errno == EAGAIN || errno == EINTR ? CURLE_AGAIN : CURLE_SEND_ERROR;
}

static CURLcode send_some(ce_http_connection *c, ce_slice bytes, size_t *sent)
{
    CURLcode code;
    ssize_t n;

    if (c->is_direct) {
        n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        *sent = n > 0 ? (size_t)n : 0;
        return code_of(n);
    }
    code = curl_easy_send(c->easy, bytes.ptr, bytes.len, sent);
    if (code == CURLE_OK)
        note_used(c);
    return code;
}

static CURLcode recv_some(ce_http_connection *c, char *bytes, size_t room,
                          size_t *len)
{
    ssize_t n;

    if (!c->is_direct)
        return curl_easy_recv(c->easy, bytes, room, len);
    n = recv(c->fd, bytes, room, 0);
    *len = n > 0 ? (size_t)n : 0;
    return code_of(n);
}

ce_http_progress ce_http_connection_send(ce_http_connection *c, ce_slice *rest)
{
    while (rest->len > 0) {
        size_t sent = 0;
        CURLcode code = send_some(c, *rest, &sent);

        if (code == CURLE_AGAIN) {
            ce_http_connection_watch(c, true);
            return CE_HTTP_WAIT;
        }
        if (code != CURLE_OK)
            return CE_HTTP_GONE;
        *rest = ce_slice_skip(*rest, sent);
    }
    ce_http_connection_watch(c, false);
    return CE_HTTP_DONE;
}

ce_http_progress ce_http_connection_recv(ce_http_connection *c, char *bytes,
                                         size_t *len)
{
    size_t room = *len;
    CURLcode code = recv_some(c, bytes, room, len);

    if (code == CURLE_OK)
        return *len > 0 ? CE_HTTP_DONE : CE_HTTP_ENDED;
    return code == CURLE_AGAIN && !c->ended ? CE_HTTP_WAIT : CE_HTTP_GONE;
}
