/* SPDX-License-Identifier: Apache-2.0 */
/* Tracing and metrics around every event that is sent or handled. The handler
 * does not contain any of it.
 *
 *     tracing http://127.0.0.1:8080/events
 */
#include <inttypes.h>
#include <stdatomic.h>

#include "example.h"

typedef struct metrics {
    atomic_uint handled, failed;
    atomic_ullong nanoseconds;
} metrics;

/* An outgoing event is the next step of its trace, or begins a new trace. */
static void trace_on(ce_event *event)
{
    ce_trace mine, parent;
    ce_status status = ce_event_trace(event, &parent) == CE_OK
                           ? ce_trace_child(&parent, &mine)
                           : ce_trace_new(&mine);

    if (status == CE_OK &&
        ce_event_set_trace(event, &mine, NULL, NULL) != CE_OK)
        fprintf(stderr, "an event goes without a trace\n");
}

static void *before(void *arg, ce_direction way, ce_event *event)
{
    (void)arg;
    if (way == CE_SENDING)
        trace_on(event);
    return NULL;
}

static void after(void *arg, ce_direction way, void *span,
                  const ce_result *result, uint64_t duration_ns)
{
    metrics *m = arg;

    (void)span;
    if (way != CE_HANDLING)
        return;
    atomic_fetch_add(&m->handled, 1);
    if (!ce_result_is_ack(result))
        atomic_fetch_add(&m->failed, 1);
    atomic_fetch_add(&m->nanoseconds, duration_ns);
}

static ce_result handle(void *arg, const ce_event *event, ce_event **reply)
{
    ce_trace t;

    (void)arg;
    (void)reply;
    if (ce_event_trace(event, &t) != CE_OK)
        return ce_result_http(400, "no trace");
    printf("trace of %zu digits\n", strlen(t.trace_id));
    return is_type(event, "com.example.bad") ? ce_result_http(422, "bad")
                                             : ce_result_ack();
}

int main(int argc, char **argv)
{
    metrics m = { 0 };
    const ce_middleware middleware = { before, after, &m };
    const ce_client_options options = { .middleware = &middleware };
    ce_client *receiver, *client;
    ce_event *bad;
    ce_error err;
    ce_result r;

    if (argc != 2)
        usage("tracing URI");
    receiver = open_client(argv[1], &options);
    need(ce_client_start_receiver(receiver, handle, NULL, NULL, &err), &err);
    client = open_client(argv[1], &options);
    must_send(client, new_event("com.example.good", "/tracing", "{}"));
    bad = new_event("com.example.bad", "/tracing", "{}");
    r = ce_client_send(client, bad);
    ce_event_free(bad);
    ce_client_close(client);
    ce_client_close(receiver);
    printf("handled %u, failed %u, took time: %s\n", atomic_load(&m.handled),
           atomic_load(&m.failed),
           atomic_load(&m.nanoseconds) > 0 ? "yes" : "no");
    return ce_result_is_nack(&r) ? 0 : 1;
}
