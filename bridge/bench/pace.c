/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bench/pace.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

enum { SECOND_NS = 1000000000 };

struct br_pace {
    uv_poll_t poll;
    int fd;
    void (*due)(void *arg);
    void *arg;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    br_pace *p = CE_OWNER(poll, br_pace, poll);
    uint64_t times;

    (void)status;
    (void)events;
    /* Nothing to read: it was set anew meanwhile. */
    if (read(p->fd, &times, sizeof times) == sizeof times)
        p->due(p->arg);
}

ce_status br_pace_open(br_pace **out, ce_loop *loop, void (*due)(void *arg),
                       void *arg, ce_error *err)
{
    br_pace *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return ce_no_memory(err);
    p->due = due;
    p->arg = arg;
    p->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (p->fd < 0) {
        ce_free(p);
        return ce_fail(err, CE_EIO, "no timer: %s", strerror(errno));
    }
    uv_poll_init(ce_loop_uv(loop), &p->poll, p->fd);
    uv_poll_start(&p->poll, UV_READABLE, on_readable);
    *out = p;
    return CE_OK;
}

void br_pace_at(br_pace *p, uint64_t ns)
{
    /* Zero would stop it. */
    const struct itimerspec when = {
        .it_value = { .tv_sec = (time_t)(ns / SECOND_NS),
                      .tv_nsec = (long)(ns % SECOND_NS) | 1 },
    };

    timerfd_settime(p->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_closed(uv_handle_t *handle)
{
    br_pace *p = CE_OWNER(handle, br_pace, poll);

    close(p->fd);
    ce_free(p);
}

void br_pace_close(br_pace *p)
{
    if (p)
        uv_close((uv_handle_t *)&p->poll, on_closed);
}
