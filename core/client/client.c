/* SPDX-License-Identifier: Apache-2.0 */
/* What applications call: each call becomes work on the client's loop. */
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

/* So many events of a batch are out at once where they go one by one. */
enum { TOGETHER = 64 };

/* --- opening --- */

static unsigned either(unsigned value, unsigned preset)
{
    return value ? value : preset;
}

static void set_options(ce_client *c, const ce_client_options *options)
{
    ce_client_options *o = &c->options;

    if (options)
        *o = *options;
    o->timeout_ms = either(o->timeout_ms, 30000);
    o->connect_ms = either(o->connect_ms, 5000);
    o->start_ms = either(o->start_ms, 10000);
    o->close_ms = either(o->close_ms, 5000);
    o->max_calls = either(o->max_calls, 1024);
    if (!o->loop)
        o->handlers = either(o->handlers, 1);
    if (!o->retry)
        return;
    c->retry = *o->retry;
    c->retry.base_ms = either(c->retry.base_ms, 100);
    c->retry.cap_ms = either(c->retry.cap_ms, 10000);
}

static ce_status copy(char **out, const char *text, ce_error *err)
{
    if (text && !(*out = ce_strndup(text, strlen(text))))
        return ce_fail(err, CE_ENOMEM, "out of memory");
    return CE_OK;
}

static ce_status copy_texts(ce_client *c, const char *uri, ce_error *err)
{
    const ce_client_options *o = &c->options;
    ce_status status =
        copy(&c->receive_uri, o->receive_uri ? o->receive_uri : uri, err);

    if (status == CE_OK)
        status = copy(&c->inbox_dir, o->inbox_dir, err);
    c->is_named = o->name != NULL;
    if (o->name)
        snprintf(c->own_name, sizeof c->own_name, "%s", o->name);
    else
        snprintf(c->own_name, sizeof c->own_name, "client-%d-%llx",
                 (int)getpid(), (unsigned long long)uv_hrtime());
    return status;
}

static ce_status check_receiver(const char *uri, ce_error *err)
{
    const ce_transport *t = ce_transport_find(uri);
    ce_settings *s = NULL;
    ce_status status;

    if (!t)
        return ce_fail(err, CE_EINVAL, "%s: no transport is known for it", uri);
    status = ce_settings_open(&s, t->receiver_options, uri, CE_URI_STRICT, err);
    ce_settings_close(s);
    return status;
}

/* A URI that only a receiver understands is no mistake: the client may be
 * there to receive. */
static ce_status read_uri(ce_client *c, const char *uri, ce_error *err)
{
    const ce_transport *t = ce_transport_find(uri);
    ce_status status;

    if (!t)
        return ce_fail(err, CE_EINVAL, "%s: no transport is known for it", uri);
    status = ce_settings_open(&c->settings, t->sender_options, uri,
                              t->sender_rule, &c->why_not);
    if (status == CE_OK) {
        c->transport = t;
        return ce_content_of(t, c->settings, &c->content, err);
    }
    if (status != CE_ENOMEM && check_receiver(uri, NULL) == CE_OK)
        return CE_OK;
    return ce_fail(err, status, "%s", c->why_not.text);
}

static ce_status read_uris(ce_client *c, const char *uri, ce_error *err)
{
    ce_status status = CE_OK;

    ce_fail(&c->why_not, CE_EINVAL, "the client has no URI to send to");
    if (c->options.receive_uri)
        status = check_receiver(c->receive_uri, err);
    else if (!uri)
        return ce_fail(err, CE_EINVAL, "a client needs a URI");
    return status == CE_OK && uri ? read_uri(c, uri, err) : status;
}

static void set_endpoint(ce_client *c)
{
    if (!c->transport)
        return;
    c->at = (ce_endpoint){ .loop = c->driver.loop,
                           .settings = c->settings,
                           .name = c->own_name,
                           .direct = true };
    /* An event that was built is in no mode yet. */
    if (c->content.mode == CE_MODE_NONE)
        c->content.mode = CE_MODE_BINARY;
}

static void free_client(ce_client *c)
{
    if (c->freed)
        c->freed(c->freed_arg);
    ce_calls_free(c);
    pthread_mutex_destroy(&c->lock);
    ce_settings_close(c->settings);
    ce_free(c->receive_uri);
    ce_free(c->inbox_dir);
    ce_free(c);
}

ce_status ce_client_open(ce_client **out, const char *uri,
                         const ce_client_options *options, ce_error *err)
{
    ce_client *c = ce_alloc_zeroed(sizeof *c);
    ce_status status;

    *out = NULL;
    if (!c)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    pthread_mutex_init(&c->lock, NULL);
    set_options(c, options);
    status = copy_texts(c, uri, err);
    if (status == CE_OK)
        status = read_uris(c, uri, err);
    if (status == CE_OK)
        status = ce_driver_open(&c->driver, c->options.loop, err);
    if (status != CE_OK) {
        free_client(c);
        return status;
    }
    set_endpoint(c);
    ce_uplink_init(&c->sends, c, false);
    ce_uplink_init(&c->requests, c, true);
    ce_intake_init(&c->intake, c);
    *out = c;
    return CE_OK;
}

/* --- sending --- */

/* What was not even tried. */
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

static void run_request(ce_task *t)
{
    ce_intake_request *q = CE_OWNER(t, ce_intake_request, task);

    q->begin(&q->client->intake, q);
}

static void run_and_wait(ce_client *c, ce_intake_request *q)
{
    bool drives = ce_driver_take(&c->driver);

    q->client = c;
    q->task.run = run_request;
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

    if (ce_driver_is_here(&c->driver) || ce_crew_is_here(c)) {
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

/* --- the end: the receiver, then the senders, then the loop --- */

static void end(ce_task *t)
{
    ce_client *c = CE_OWNER(t, ce_client, end);

    ce_uplink_close(&c->sends);
    ce_uplink_close(&c->requests);
    ce_loop_unpost(c->driver.loop, &c->intake.step);
    ce_loop_unpost(c->driver.loop, &c->intake.stop);
    if (!c->driver.foreign) {
        ce_driver_finish(&c->driver, &c->closed);
        return;
    }
    ce_driver_close(&c->driver);
    free_client(c);
}

static void uplink_stopped(void *arg)
{
    ce_client *c = arg;

    if (--c->stopping == 0)
        ce_loop_post(c->driver.loop, &c->end);
}

static void stop_uplinks(ce_intake_request *q)
{
    ce_client *c = q->client;

    c->stopping = 2;
    ce_uplink_stop(&c->sends, c->options.close_ms, uplink_stopped, c);
    ce_uplink_stop(&c->requests, c->options.close_ms, uplink_stopped, c);
}

void ce_client_close(ce_client *c)
{
    bool drives;

    if (!c)
        return;
    c->end.run = end;
    c->last = (ce_intake_request){ .task.run = run_request,
                                   .client = c,
                                   .begin = ce_intake_stop,
                                   .timeout_ms = c->options.close_ms,
                                   .finished = stop_uplinks };
    if (c->driver.foreign) {
        ce_loop_post(c->driver.loop, &c->last.task);
        return;
    }
    ce_waiter_init(&c->closed);
    drives = ce_driver_take(&c->driver);
    ce_loop_post(c->driver.loop, &c->last.task);
    ce_driver_wait(&c->driver, &c->closed, drives);
    ce_driver_close(&c->driver);
    free_client(c);
}
