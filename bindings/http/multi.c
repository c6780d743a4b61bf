/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl says which sockets it waits for and when it wants to be called;
 * libuv does both. */
#include "bindings/http/multi.h"

#include <pthread.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

static void act(ce_http_multi *m, curl_socket_t fd, int events);

/* --- sockets --- */

typedef struct watch {
    uv_poll_t poll;
    ce_http_multi *multi;
    curl_socket_t fd;
    ce_link link;
} watch;

static void on_event(uv_poll_t *poll, int status, int events)
{
    watch *w = poll->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;

    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(w->multi, w->fd, flags);
}

static void free_watch(uv_handle_t *h)
{
    ce_free(h->data);
}

/* There are as many as there are connections, some dozens. */
static watch *find_watch(ce_http_multi *m, curl_socket_t fd)
{
    watch *w = CE_QUEUE_FIRST(&m->watches, watch, link);

    while (w && w->fd != fd)
        w = CE_QUEUE_NEXT(w, watch, link);
    return w;
}

static void end_watch(ce_http_multi *m, curl_socket_t fd)
{
    watch *w = find_watch(m, fd);

    if (!w)
        return;
    ce_queue_remove(&m->watches, &w->link);
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, free_watch);
}

static int on_close(void *arg, curl_socket_t fd)
{
    end_watch(arg, fd);
    return close(fd);
}

static watch *new_watch(ce_http_multi *m, curl_socket_t fd)
{
    watch *w = ce_alloc_zeroed(sizeof *w);

    if (!w)
        return NULL;
    w->multi = m;
    w->fd = fd;
    w->poll.data = w;
    if (uv_poll_init_socket(ce_loop_uv(m->loop), &w->poll, fd)) {
        ce_free(w);
        return NULL;
    }
    ce_queue_put_back(&m->watches, &w->link);
    return w;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *socket_arg)
{
    ce_http_multi *m = arg;
    watch *w = socket_arg;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        end_watch(m, fd);
        return 0;
    }
    if (!w && !(w = find_watch(m, fd)) && !(w = new_watch(m, fd)))
        return -1;
    curl_multi_assign(m->curl, fd, w);
    if (what & CURL_POLL_IN)
        events |= UV_READABLE;
    if (what & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    uv_poll_start(&w->poll, events, on_event);
    return 0;
}

/* libcurl must not be called from here, so that even 0 waits for the loop. */
static int on_clock_set(CURLM *curl, long ms, void *arg)
{
    ce_http_multi *m = arg;

    (void)curl;
    if (ms < 0)
        ce_timer_stop(&m->clock);
    else
        ce_timer_start(m->loop, &m->clock, (uint64_t)ms);
    return 0;
}

static void act(ce_http_multi *m, curl_socket_t fd, int events)
{
    int running, left;
    CURLMsg *msg;

    curl_multi_socket_action(m->curl, fd, events, &running);
    while ((msg = curl_multi_info_read(m->curl, &left))) {
        CURLcode code = msg->data.result;
        ce_http_job *job = NULL;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&job);
        job->done(job, code);
    }
}

static void on_clock(ce_timer *t)
{
    act(CE_OWNER(t, ce_http_multi, clock), CURL_SOCKET_TIMEOUT, 0);
}

/* --- life --- */

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

ce_status ce_http_multi_open(ce_http_multi *m, ce_loop *loop)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_curl);
    m->loop = loop;
    m->clock.fire = on_clock;
    m->curl = curl_multi_init();
    if (!m->curl)
        return CE_ENOMEM;
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_clock_set);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    return CE_OK;
}

void ce_http_multi_close(ce_http_multi *m)
{
    /* Closes the connections, and with them the watches. */
    if (m->curl)
        curl_multi_cleanup(m->curl);
    m->curl = NULL;
    ce_timer_stop(&m->clock);
}

ce_status ce_http_multi_add(ce_http_multi *m, CURL *easy, ce_http_job *job)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
    /* Else a handle that is given up waits for the thread that resolves. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return curl_multi_add_handle(m->curl, easy) == CURLM_OK ? CE_OK : CE_ENOMEM;
}

void ce_http_multi_remove(ce_http_multi *m, CURL *easy)
{
    curl_multi_remove_handle(m->curl, easy);
}

size_t ce_http_multi_drop(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}
