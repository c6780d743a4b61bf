/* SPDX-License-Identifier: Apache-2.0 */
/* What applications call: each call becomes work on the client's loop. */
#include "core/client/client.h"

#include <cloudevents/alloc.h>

/* So many events of a batch are out at once where they go one by one: enough to
 * hide a round trip, and their calls fit on the stack. */
enum { TOGETHER = 64 };

/* --- sending --- */

/* Without memory the event itself may be right: the caller can try it again.
 * All other errors are faults of the event. */
static ce_result not_sent(const ce_error *err)
{
    ce_result r;

    if (err->status == CE_ENOMEM)
        return ce_result_make(CE_UNDELIVERED, "out of memory");
    r = ce_result_make(CE_NACK, "not sent: %s", err->text);
    r.malformed = true;
    return r;
}

static bool may_wait(ce_client *c, ce_result *r)
{
    if (!c->transport) {
        *r = ce_result_make(CE_NACK, "not sent: %s", c->why_not.text);
        return false;
    }
    if (!ce_driver_is_here(&c->driver))
        return true;
    *r = ce_result_make(CE_NACK, "not sent: a blocking call on the loop's own "
                                 "thread would wait for itself");
    return false;
}

static void begin(call *k, bool drives)
{
    if (drives)
        ce_call_begin(k);
    else
        ce_call_post(k);
}

static ce_result send_and_wait(ce_client *c, const ce_event *const *events,
                               size_t count, const ce_call_wanted *how,
                               ce_event **reply)
{
    ce_result r;
    ce_error err;
    call *k;
    bool drives;

    if (!may_wait(c, &r))
        return r;
    if (ce_call_make(&k, c, events, count, how, &err) != CE_OK)
        return not_sent(&err);
    drives = ce_driver_take(&c->driver);
    begin(k, drives);
    return ce_call_wait(k, drives, reply);
}

ce_result ce_client_send(ce_client *c, const ce_event *event)
{
    return send_and_wait(c, &event, 1, &(ce_call_wanted){ .reply = false },
                         NULL);
}

ce_result ce_client_request(ce_client *c, const ce_event *event,
                            ce_event **reply)
{
    *reply = NULL;
    return send_and_wait(c, &event, 1, &(ce_call_wanted){ .reply = true },
                         reply);
}

/* At most TOGETHER of them. */
static ce_result send_some(ce_client *c, const ce_event *const *events,
                           size_t count)
{
    call *calls[TOGETHER];
    size_t made = 0;
    ce_result worst = ce_result_ack(), r;
    bool drives = false;

    for (; made < count; made++) {
        ce_error err;

        if (ce_call_make(&calls[made], c, &events[made], 1,
                         &(ce_call_wanted){ .reply = false }, &err) != CE_OK) {
            worst = not_sent(&err);
            break;
        }
    }
    if (made > 0)
        drives = ce_driver_take(&c->driver);
    for (size_t i = 0; i < made; i++)
        begin(calls[i], drives);
    for (size_t i = 0; i < made; i++) {
        r = ce_call_wait(calls[i], drives && i == 0, NULL);
        if (ce_result_is_worse(&r, &worst) || (i == 0 && made == count))
            worst = r;
    }
    return worst;
}

static ce_status check_all(const ce_event *const *events, size_t count,
                           ce_error *err)
{
    ce_status status = CE_OK;

    for (size_t i = 0; i < count && status == CE_OK; i++)
        status = ce_event_check(events[i], err);
    return status;
}

ce_result ce_client_send_batch(ce_client *c, const ce_event *const *events,
                               size_t count)
{
    ce_result worst = ce_result_ack(), r;
    ce_error err;

    if (!may_wait(c, &r))
        return r;
    if (count == 0)
        return ce_result_ack();
    if (c->transport->batches)
        return send_and_wait(c, events, count,
                             &(ce_call_wanted){ .batch = true }, NULL);
    /* One that breaks a rule is found before any is sent, as in a batch. */
    if (check_all(events, count, &err) != CE_OK)
        return not_sent(&err);
    for (size_t at = 0; at < count; at += TOGETHER) {
        size_t some = count - at < TOGETHER ? count - at : TOGETHER;

        r = send_some(c, events + at, some);
        if (at == 0 || ce_result_is_worse(&r, &worst))
            worst = r;
    }
    return worst;
}

/* --- sending without waiting --- */

static ce_status start_call(ce_client *c, const ce_event *event,
                            const ce_call *how, const ce_call_wanted *wanted,
                            ce_error *err)
{
    ce_status status;
    call *k;

    if (!c->transport)
        return ce_fail(err, CE_EINVAL, "%s", c->why_not.text);
    status = ce_driver_start_thread(&c->driver, err);
    if (status == CE_OK)
        status = ce_call_make(&k, c, &event, 1, wanted, err);
    if (status != CE_OK)
        return status;
    /* Before the call is posted: it may complete, and be gone, at once. */
    if (how && how->id)
        *how->id = ce_call_number(k);
    ce_call_post(k);
    return CE_OK;
}

ce_status ce_client_send_async(ce_client *c, const ce_event *event,
                               const ce_call *how, ce_done_fn *done, void *arg,
                               ce_error *err)
{
    ce_call_wanted wanted = { .timeout_ms = how ? how->timeout_ms : 0,
                              .done = done,
                              .arg = arg };

    return start_call(c, event, how, &wanted, err);
}

ce_status ce_client_request_async(ce_client *c, const ce_event *event,
                                  const ce_call *how, ce_done_fn *done,
                                  void *arg, ce_error *err)
{
    ce_call_wanted wanted = { .reply = true,
                              .timeout_ms = how ? how->timeout_ms : 0,
                              .done = done,
                              .arg = arg };

    return start_call(c, event, how, &wanted, err);
}

typedef struct cancel {
    ce_task task;
    ce_client *client;
    uint64_t id;
} cancel;

static void run_cancel(ce_task *t)
{
    cancel *n = CE_OWNER(t, cancel, task);

    ce_calls_cancel(n->client, n->id);
    ce_free(n);
}

ce_status ce_client_cancel(ce_client *c, uint64_t id)
{
    cancel *n = ce_alloc_zeroed(sizeof *n);

    if (!n)
        return CE_ENOMEM;
    *n = (cancel){ .task.run = run_cancel, .client = c, .id = id };
    ce_loop_post(c->driver.loop, &n->task);
    return CE_OK;
}

/* --- receiving --- */

static void wake(ce_intake_request *q)
{
    ce_driver_finish(&q->client->driver, &q->waiter);
}

static void run_and_wait(ce_client *c, ce_intake_request *q)
{
    bool drives = ce_driver_take(&c->driver);

    q->client = c;
    q->task.run = ce_intake_run;
    q->finished = wake;
    ce_waiter_init(&q->waiter);
    if (drives)
        q->begin(&c->intake, q);
    else
        ce_loop_post(c->driver.loop, &q->task);
    ce_driver_wait(&c->driver, &q->waiter, drives);
}

ce_status ce_client_start_receiver(ce_client *c, ce_handler_fn *handler,
                                   ce_failure_fn *failed, void *arg,
                                   ce_error *err)
{
    ce_intake_request q = { .begin = ce_intake_start,
                            .handler = handler,
                            .failed = failed,
                            .arg = arg,
                            .err = err };
    ce_status status;

    if (ce_driver_is_here(&c->driver)) {
        ce_intake_start(&c->intake, &q);
        return q.status;
    }
    status = ce_driver_start_thread(&c->driver, err);
    if (status != CE_OK)
        return status;
    run_and_wait(c, &q);
    return q.status;
}

void ce_client_stop_receiver(ce_client *c, unsigned timeout_ms)
{
    ce_intake_request q = { .begin = ce_intake_stop, .timeout_ms = timeout_ms };

    if (ce_driver_is_here(&c->driver) || ce_handler_pool_is_here(c)) {
        atomic_store(&c->intake.stop_ms, timeout_ms);
        ce_loop_post(c->driver.loop, &c->intake.stop);
        return;
    }
    run_and_wait(c, &q);
}

unsigned ce_client_port(const ce_client *c)
{
    return atomic_load(&c->intake.port);
}

ce_client_counts ce_client_count(const ce_client *c)
{
    return (ce_client_counts){
        .sent = atomic_load(&c->sent),
        .acked = atomic_load(&c->acked),
        .refused = atomic_load(&c->refused),
        .undelivered = atomic_load(&c->undelivered),
        .late = atomic_load(&c->late),
        .received = atomic_load(&c->received),
    };
}
