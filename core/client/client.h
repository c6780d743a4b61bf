/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a client: calls that go through uplinks, and the intake that
 * brings events to the pool of handlers. */
#ifndef CE_CORE_CLIENT_CLIENT_H
#define CE_CORE_CLIENT_CLIENT_H

#include <stdatomic.h>

#include <cloudevents/client.h>
#include <cloudevents/transport.h>

#include "core/client/driver.h"
#include "core/client/intake.h"

typedef struct call call;

typedef struct ce_uplink {
    ce_client *client;
    bool replies;      /* a requester */
    ce_sender *sender; /* NULL: not open */
    ce_stage *retry;   /* NULL: nothing is sent twice */
    ce_watch watch;
    ce_task up;
    call *first, *last; /* wait for a connection */
    bool stopped;
} ce_uplink;

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
    call *unused; /* under the lock, as the two that follow */
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

/* --- call.c --- */

typedef struct ce_call_wanted {
    bool reply;
    bool batch;          /* the events go as one message */
    unsigned timeout_ms; /* 0: the client's */
    ce_done_fn *done;    /* NULL: somebody waits */
    void *arg;
} ce_call_wanted;

/* Copies the COUNT events into a new call. */
ce_status ce_call_make(call **out, ce_client *c, const ce_event *const *events,
                       size_t count, const ce_call_wanted *how, ce_error *err);
uint64_t ce_call_number(const call *k);
/* On the loop, or through its mailbox. */
void ce_call_begin(call *k);
void ce_call_post(call *k);
/* For whoever made a call without a completion: its end, and K's. */
ce_result ce_call_wait(call *k, bool drives, ce_event **reply);

/* Loop thread: completes it, unless it is complete. */
void ce_calls_cancel(ce_client *c, uint64_t number);
void ce_calls_free(ce_client *c);

/* For uplinks, on the loop. */
void ce_call_wait_for_connection(call *k);
void ce_call_push(call *k, ce_stage *into);
/* It was not pushed. */
void ce_call_fail(call *k, const ce_result *r);
/* The link of an uplink's list. */
call **ce_call_next(call *k);

/* --- uplink.c --- */

/* The way out by one role of the transport: sender or requester. It is opened
 * when it is first used. Loop thread only. */
void ce_uplink_init(ce_uplink *u, ce_client *c, bool replies);
/* Pushes K, now or when there is a connection. */
void ce_uplink_send(ce_uplink *u, call *k);
/* K does not wait for a connection any more. */
void ce_uplink_take_back(ce_uplink *u, call *k);
/* Why there is no connection. */
const char *ce_uplink_reason(const ce_uplink *u);
/* DONE is called when nothing is in flight any more. */
void ce_uplink_stop(ce_uplink *u, unsigned timeout_ms, void (*done)(void *arg),
                    void *arg);
void ce_uplink_close(ce_uplink *u);

#endif
