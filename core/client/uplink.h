/* SPDX-License-Identifier: Apache-2.0 */
/* The way out by one role of the transport, sender or requester:
 *
 *   hold -> [retry -> attempt] -> sender
 *
 * It is opened when it is first used. Loop thread only. */
#ifndef CE_CORE_CLIENT_UPLINK_H
#define CE_CORE_CLIENT_UPLINK_H

#include <cloudevents/client.h>
#include <cloudevents/transport.h>

#include "core/client/call.h"
#include "core/pipeline/chain.h"

/* What is pointed to lives as long as the uplink. */
typedef struct ce_uplink_config {
    const ce_transport *transport;
    const ce_endpoint *at;
    const ce_retry_policy *retry; /* NULL: nothing is sent twice */
    unsigned connect_ms;          /* so long it waits for a connection */
    bool replies;                 /* a requester */
} ce_uplink_config;

typedef struct ce_uplink {
    ce_uplink_config config;
    ce_sender *sender; /* NULL: not open */
    ce_chain chain;    /* the stages before it */
    ce_stage *hold;    /* its first one */
    bool stopped;
} ce_uplink;

void ce_uplink_init(ce_uplink *u, const ce_uplink_config *c);
/* Sends D, now or when there is a connection, and settles it if there can be
 * none. */
void ce_uplink_push(ce_uplink *u, ce_delivery *d);
/* Settles D as UNDELIVERED because of REASON (NULL: why there is no
 * connection), if it still waits for a connection. False: it may have been
 * sent. */
bool ce_uplink_give_up(ce_uplink *u, ce_delivery *d, const char *reason);
/* DONE is called when nothing is in flight any more. */
void ce_uplink_stop(ce_uplink *u, unsigned timeout_ms, void (*done)(void *arg),
                    void *arg);
/* Call only when it is stopped, or was never used. */
void ce_uplink_close(ce_uplink *u);

#endif
