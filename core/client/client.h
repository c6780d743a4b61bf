/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a client: calls that go through uplinks, and the intake that
 * brings events to the pool of handlers. */
#ifndef CE_CORE_CLIENT_CLIENT_H
#define CE_CORE_CLIENT_CLIENT_H

#include <stdatomic.h>

#include <cloudevents/client.h>
#include <cloudevents/transport.h>

#include "core/client/call.h"
#include "core/client/driver.h"
#include "core/client/intake.h"
#include "core/client/uplink.h"

struct ce_client {
    ce_driver driver;
    ce_client_options options; /* without zeroes and borrowed texts */
    ce_retry_policy retry;
    char *receive_uri, *inbox_dir;
    char own_name[48];             /* that was given, or a random one */
    bool is_named;                 /* it was given */
    const ce_transport *transport; /* NULL: it does not send */
    ce_error why_not;              /* ... for this reason */
    ce_settings *settings;         /* of a sender */
    ce_content content;
    ce_endpoint at;
    ce_uplink sends, requests;
    call *calls; /* all that are out; loop thread only */
    ce_intake intake;

    pthread_mutex_t lock;
    ce_queue unused; /* calls; under the lock, as the two that follow */
    unsigned unused_count;
    unsigned out; /* asynchronous calls */
    atomic_uint_fast64_t numbers, sent, acked, refused, undelivered, late;
    atomic_uint_fast64_t received;

    ce_intake_request last; /* stops the intake before the end */
    ce_task end;
    unsigned stopping; /* uplinks; loop thread only */
    ce_waiter closed;
    void (*freed)(void *arg); /* the owner's last words, or NULL */
    void *freed_arg;
};

#endif
