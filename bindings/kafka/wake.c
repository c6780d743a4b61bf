/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's queues in the loop: an eventfd that is written when a queue is
 * no longer empty. */
#include "bindings/kafka/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

struct ce_kafka_wake {
    uv_poll_t poll;
    int fd;
    ce_kafka_wake_fn *fn;
    void *arg;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    ce_kafka_wake *w = CE_OWNER(poll, ce_kafka_wake, poll);
    uint64_t count;

    (void)status;
    (void)events;
    if (read(w->fd, &count, sizeof count) == sizeof count)
        w->fn(w->arg);
}

ce_status ce_kafka_wake_open(ce_kafka_wake **out, ce_loop *loop,
                             ce_kafka_wake_fn *fn, void *arg)
{
    ce_kafka_wake *w = ce_alloc_zeroed(sizeof *w);

    if (!w)
        return CE_ENOMEM;
    w->fn = fn;
    w->arg = arg;
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->fd < 0) {
        ce_free(w);
        return CE_EIO;
    }
    if (uv_poll_init(ce_loop_uv(loop), &w->poll, w->fd) != 0) {
        close(w->fd);
        ce_free(w);
        return CE_EIO;
    }
    uv_poll_start(&w->poll, UV_READABLE, on_readable);
    *out = w;
    return CE_OK;
}

void ce_kafka_wake_watch(ce_kafka_wake *w, rd_kafka_queue_t *queue)
{
    static const uint64_t one = 1;

    rd_kafka_queue_io_event_enable(queue, w->fd, &one, sizeof one);
}

void ce_kafka_wake_unwatch(rd_kafka_queue_t *queue)
{
    rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
}

static void on_closed(uv_handle_t *handle)
{
    ce_kafka_wake *w = CE_OWNER(handle, ce_kafka_wake, poll);

    close(w->fd);
    ce_free(w);
}

void ce_kafka_wake_close(ce_kafka_wake *w)
{
    if (!w)
        return;
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_closed);
}
