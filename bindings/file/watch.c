/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness of descriptors that others share.
 *
 * libuv would make the descriptor non-blocking, and with it the terminal or
 * the pipe of every process that has it too. An epoll descriptor of our own
 * takes the change instead. */
#include "bindings/file/watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

struct ce_file_watch {
    uv_poll_t poll;
    int epoll_fd;
    void (*ready)(void *arg);
    void *arg;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    ce_file_watch *w = poll->data;

    (void)status;
    (void)events;
    uv_poll_stop(poll);
    w->ready(w->arg);
}

static ce_status watch_fd(ce_file_watch *w, ce_loop *l, int fd,
                          ce_file_wait wait)
{
    /* EPOLLERR, which a pipe without readers has, is waited for anyway
     * (epoll_ctl(2)). */
    static const uint32_t events[] = {
        [CE_FILE_READABLE] = EPOLLIN,
        [CE_FILE_WRITABLE] = EPOLLOUT,
        [CE_FILE_GONE] = 0,
    };
    struct epoll_event e = { .events = events[wait] };

    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll_fd < 0)
        return CE_EIO;
    /* EPERM is the kernel's answer for descriptors that are always ready. */
    if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &e))
        return errno == EPERM ? CE_ENOTSUP : CE_EIO;
    return uv_poll_init(ce_loop_uv(l), &w->poll, w->epoll_fd) ? CE_EIO : CE_OK;
}

ce_status ce_file_watch_open(ce_file_watch **out, ce_loop *l, int fd,
                             ce_file_wait wait, void (*ready)(void *arg),
                             void *arg)
{
    ce_file_watch *w = ce_alloc_zeroed(sizeof *w);
    ce_status status;

    if (!w)
        return CE_ENOMEM;
    status = watch_fd(w, l, fd, wait);
    if (status != CE_OK) {
        if (w->epoll_fd >= 0)
            close(w->epoll_fd);
        ce_free(w);
        return status;
    }
    w->poll.data = w;
    w->ready = ready;
    w->arg = arg;
    *out = w;
    return CE_OK;
}

void ce_file_watch_arm(ce_file_watch *w)
{
    uv_poll_start(&w->poll, UV_READABLE, on_poll);
}

void ce_file_watch_disarm(ce_file_watch *w)
{
    uv_poll_stop(&w->poll);
}

static void on_closed(uv_handle_t *handle)
{
    ce_file_watch *w = handle->data;

    close(w->epoll_fd);
    ce_free(w);
}

void ce_file_watch_close(ce_file_watch *w)
{
    if (w)
        uv_close((uv_handle_t *)&w->poll, on_closed);
}
