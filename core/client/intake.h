/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving half of a client: receiver, stages, handlers, and their
 * life. */
#ifndef CE_CORE_CLIENT_INTAKE_H
#define CE_CORE_CLIENT_INTAKE_H

#include <cloudevents/transport.h>

#include "core/pipeline/chain.h"
#include "core/client/handler_pool.h"
#include "core/client/client_inbox.h"
#include "core/client/driver.h"

typedef struct ce_intake ce_intake;

typedef enum ce_intake_phase {
    CE_INTAKE_STOPPED,
    CE_INTAKE_STARTING, /* not up yet */
    CE_INTAKE_RUNNING,
    CE_INTAKE_DRAINING, /* nothing is taken, handlers finish */
} ce_intake_phase;

/* A request to start or to stop, on the stack of the thread that waits for
 * it. */
typedef struct ce_intake_request ce_intake_request;
struct ce_intake_request {
    ce_task task;
    struct ce_client *client;
    void (*begin)(ce_intake *i, ce_intake_request *q);
    ce_handler_fn *handler;
    ce_failure_fn *failed;
    void *arg;
    unsigned timeout_ms;
    ce_status status;
    ce_error *err;
    ce_waiter waiter;
    void (*finished)(ce_intake_request *q); /* loop thread */
    ce_link link; /* among those that wait for the end */
};

struct ce_intake {
    struct ce_client *client;
    ce_intake_phase phase;
    ce_settings *settings;
    ce_endpoint at;
    ce_client_inbox inbox;
    ce_receiver *receiver;
    ce_chain chain; /* from the receiver to the handlers */
    ce_stage *into; /* its top */
    ce_handler_pool *handler_pool;
    ce_failure_fn *failed;
    void *arg;
    bool was_up;
    ce_watch watch;
    ce_timer timer; /* of the start, then of the end */
    ce_task step;
    ce_task stop;        /* a stop that no thread waits for */
    atomic_uint stop_ms; /* for the task */
    atomic_uint port;
    ce_intake_request *starter;
    ce_queue stoppers; /* requests that wait for the end */
};

void ce_intake_init(ce_intake *i, struct ce_client *c);
/* The loop's part of start and stop. FINISHED is called when it is done; a
 * start without it does not wait to be up. */
void ce_intake_start(ce_intake *i, ce_intake_request *q);
void ce_intake_stop(ce_intake *i, ce_intake_request *q);
/* A request's task: begins it. */
void ce_intake_run(ce_task *t);

#endif
