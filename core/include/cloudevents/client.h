/* SPDX-License-Identifier: Apache-2.0 */
/* One client for every transport, chosen by URI: it sends events, asks for
 * replies, and receives events in the background.
 *
 * Threads. A client may be used from many threads at once; only open and close
 * stand alone. By itself it has no thread: the thread that waits in a blocking
 * call runs its loop. The first asynchronous call and the first receiver start
 * one thread that runs the loop from then on, and a receiver adds one thread
 * per handler. With a loop of the caller's (`options.loop`) there is no thread
 * at all: open and close the client on the thread that runs the loop; a
 * blocking call there would wait for itself and is refused.
 *
 * Memory. Events are borrowed for the call, never kept. What comes out of a
 * call (a reply, a client) is the caller's to free. When memory is short a
 * call fails; it never aborts. */
#ifndef CLOUDEVENTS_CLIENT_H
#define CLOUDEVENTS_CLIENT_H

#include <cloudevents/event.h>
#include <cloudevents/result.h>

CE_BEGIN_DECLS

struct uv_loop_s;
typedef struct ce_client ce_client;

/* --- options --- */

/* When an event that was not delivered is sent again, with a pause between
 * nothing and base, base * 2, base * 4... up to the cap, drawn at random, and
 * never before the peer's Retry-After. Lists of codes end with 0. */
typedef struct ce_retry_policy {
    unsigned max_attempts; /* 0: as many as there is time for */
    unsigned base_ms;      /* 0: 100 */
    unsigned cap_ms;       /* 0: 10000 */
    unsigned budget_ms;    /* 0: the call's timeout; a call whose time ends in
                              a pause has the result of its last attempt */
    int also[8];           /* codes that are tried again though refused: 404 */
    int never[8];          /* codes that are not though undelivered: 501 */
} ce_retry_policy;

/* Whether an event leaves or has come. */
typedef enum ce_direction { CE_SENDING, CE_HANDLING } ce_direction;

/* Called around every event that is sent or handled: tracing, counting,
 * logging. Either may be NULL. Called from any thread, several at once. */
typedef struct ce_middleware {
    /* May change EVENT, which is the client's own copy: traceparent. What it
     * returns is handed to AFTER. */
    void *(*before)(void *arg, ce_direction way, ce_event *event);
    void (*after)(void *arg, ce_direction way, void *span,
                  const ce_result *result, uint64_t duration_ns);
    void *arg;
} ce_middleware;

/* Zeroed it holds the defaults. Texts are copied, the rest is borrowed for the
 * client's life. */
typedef struct ce_client_options {
    struct uv_loop_s *loop;  /* the caller's own; NULL: none */
    const char *receive_uri; /* where a receiver receives; NULL: the URI of the
                                client */
    const char *name;        /* stable and unique, for what outlives the
                                process: client ids, the inbox; NULL: none */
    unsigned timeout_ms;     /* for a call and its answer; 0: 30000. The
                                transport waits as long, unless the URI has a
                                `timeout` */
    unsigned connect_ms;     /* so long a call waits for a connection to a
                                broker; 0: 5000 */
    unsigned start_ms;       /* so long a receiver may take to be bound or
                                subscribed; 0: 10000 */
    unsigned close_ms;       /* so long the end waits for what is in flight;
                                0: 5000 */
    unsigned max_calls;      /* asynchronous calls at once; 0: 1024. One that
                                was given up counts until the transport has let
                                go of its event */
    unsigned handlers;       /* events handled at once, each on a thread; 0:
                                one, or on the caller's loop itself */
    unsigned dedup;          /* handlers do not see an event again (source and
                                id) that is among the last so many they have
                                acknowledged, which is an ACK without a reply;
                                0: they do */
    const char *inbox_dir;   /* where messages of a transport that must confirm
                                at once (MQTT) are kept until handled; NULL:
                                below $STATE_DIRECTORY, $XDG_STATE_HOME or
                                ~/.local/state */
    const ce_retry_policy *retry;    /* NULL: nothing is sent twice */
    const ce_middleware *middleware; /* NULL: none */
} ce_client_options;

/* --- life --- */

/* Makes a client; close it with ce_client_close. URI is as in `cebridge
 * relay`: http://HOST:PORT/PATH, kafka://HOST:PORT/TOPIC,
 * mqtt://HOST:PORT/TOPIC, mem://NAME and so on, with options as query
 * parameters; NULL when OPTIONS names a receive_uri and nothing is sent.
 * Nothing is connected yet. OPTIONS may be NULL. Fails when the URI or an
 * option cannot work; ERR names it. */
CE_API ce_status ce_client_open(ce_client **out, const char *uri,
                                const ce_client_options *options,
                                ce_error *err) CE_MUST_USE;
/* Call when nothing else uses the client any more, and not from a handler or a
 * completion. Stops receiving and sending as ce_client_stop_receiver does,
 * within `options.close_ms`; calls that are still out complete as UNDELIVERED.
 * On the caller's loop it returns at once and ends as the loop runs on.
 * Accepts NULL. */
CE_API void ce_client_close(ce_client *c);

/* --- sending --- */

/* Sends EVENT and waits for the outcome. An event that breaks a rule of
 * CloudEvents is not sent: a NACK with `malformed` that names the attribute.
 * A peer that does not answer or cannot be reached is UNDELIVERED. */
CE_API ce_result ce_client_send(ce_client *c,
                                const ce_event *event) CE_MUST_USE;
/* The same, and waits for the reply event. *REPLY is yours to free with
 * ce_event_free; it is NULL when none came, an ACK without a reply included. */
CE_API ce_result ce_client_request(ce_client *c, const ce_event *event,
                                   ce_event **reply) CE_MUST_USE;
/* Sends COUNT events, in one message where the transport knows batches, else
 * one by one; the worst result counts. */
CE_API ce_result ce_client_send_batch(ce_client *c,
                                      const ce_event *const *events,
                                      size_t count) CE_MUST_USE;

/* --- sending without waiting --- */

/* Called exactly once, on the loop's thread; it may call anything that does
 * not wait. REPLY is the callee's to free, or NULL. */
typedef void ce_done_fn(void *arg, const ce_result *result, ce_event *reply);

/* What differs for one call; zeroed it is as the client's options say. */
typedef struct ce_call {
    unsigned timeout_ms; /* 0: that of the client. More than that lasts only
                            while the call waits for its turn or a retry: the
                            transport's is that of the client */
    uint64_t *id;        /* set to the call's number, unless NULL */
} ce_call;

/* Sends EVENT, which is copied, and returns at once. DONE is called with ARG,
 * exactly once; on another thread perhaps before this returns. HOW may be NULL.
 * Fails with CE_EAGAIN while `max_calls` are out, with CE_EINVAL for an event
 * that breaks a rule, with CE_ENOMEM; then DONE is not called. */
CE_API ce_status ce_client_send_async(ce_client *c, const ce_event *event,
                                      const ce_call *how, ce_done_fn *done,
                                      void *arg, ce_error *err) CE_MUST_USE;
/* The same, and DONE gets the reply event. */
CE_API ce_status ce_client_request_async(ce_client *c, const ce_event *event,
                                         const ce_call *how, ce_done_fn *done,
                                         void *arg, ce_error *err) CE_MUST_USE;
/* Completes the call as UNDELIVERED, unless it is complete. An event that waits
 * is not sent any more, as after a timeout; what was sent may arrive
 * nevertheless. Fails only without memory. */
CE_API ce_status ce_client_cancel(ce_client *c, uint64_t id) CE_MUST_USE;

/* --- receiving --- */

/* Handles one event, which lives for the call. The result goes back to the
 * sender of the event over every transport: an ACK confirms it, a NACK
 * refuses it, UNDELIVERED lets it come again. A handler may set *REPLY to an
 * event that it gives away; it goes back with an ACK to the requester, and is
 * freed. */
typedef ce_result ce_handler_fn(void *arg, const ce_event *event,
                                ce_event **reply);
/* Called on the loop's thread when a receiver that was up loses its peer. It
 * goes on trying. */
typedef void ce_failure_fn(void *arg, const ce_error *why);

/* Receives until it is stopped. Returns when the socket is bound or the
 * subscription is confirmed; after `options.start_ms` it fails with
 * CE_ETIMEDOUT and the reason. On the thread of the caller's loop it cannot
 * wait and returns at once. With one handler events come in the order of
 * arrival. FAILED may be NULL. */
CE_API ce_status ce_client_start_receiver(ce_client *c, ce_handler_fn *handler,
                                          ce_failure_fn *failed, void *arg,
                                          ce_error *err) CE_MUST_USE;
/* Ends what ce_client_start_receiver began. Takes nothing more, waits for the
 * handlers in progress, and gives up after TIMEOUT_MS: what no handler has
 * finished is UNDELIVERED to its source, and a handler that still runs is not
 * listened to. Harmless when nothing was started, or called again. In a
 * handler and on the loop's thread it only begins the end and does not wait. */
CE_API void ce_client_stop_receiver(ce_client *c, unsigned timeout_ms);
/* Returns the port that the receiver listens on; 0: it does not listen. Any
 * thread. */
CE_API unsigned ce_client_port(const ce_client *c);

/* --- counts --- */

/* Since the client was opened. */
typedef struct ce_client_counts {
    uint64_t sent;                        /* calls, batches as one */
    uint64_t acked, refused, undelivered; /* how they ended */
    uint64_t late;     /* calls that the transport has let go of only after a
                          timeout or a cancel */
    uint64_t received; /* events that were given to handlers; not those that
                          still wait for one */
} ce_client_counts;
/* Returns the counts. Any thread; each is exact, but they are not read at one
 * moment. */
CE_API ce_client_counts ce_client_count(const ce_client *c);

CE_END_DECLS

#endif
