/* SPDX-License-Identifier: Apache-2.0 */
/* A server: a receiver whose events go to handlers by their type.
 *
 * Open it, add handlers, start it, close it. Like a client it may be used from
 * many threads; open, close and adding handlers stand alone. Handlers run on
 * threads of their own, as those of a client do: see `handlers` in
 * ce_client_options. ERR may be NULL. */
#ifndef CLOUDEVENTS_SERVER_H
#define CLOUDEVENTS_SERVER_H

#include <cloudevents/client.h>

CE_BEGIN_DECLS

typedef struct ce_server ce_server;

/* Makes a server; close it with ce_server_close. ADDRESS is ":8080" (HTTP on
 * every interface), "host:8080", or the URI of a source of any transport.
 * OPTIONS may be NULL; its receive_uri is not looked at. Nothing is bound yet.
 * Errors are those of ce_client_open. */
CE_API ce_status ce_server_open(ce_server **out, const char *address,
                                const ce_client_options *options,
                                ce_error *err) CE_MUST_USE;
/* Stops within `options.close_ms` and frees; the rules are those of
 * ce_client_close. Accepts NULL. */
CE_API void ce_server_close(ce_server *s);

/* Call before the start only, else it fails with CE_EINVAL. Gives events of
 * TYPE to HANDLER, with ARG, which has to live as long as the server. A TYPE
 * that ends with '*' stands for all that begin with the rest, so that "*" is
 * every event. The first of several that match takes the event; an event that
 * none matches is a NACK with the HTTP status 400. TYPE is copied. */
CE_API ce_status ce_server_on(ce_server *s, const char *type,
                              ce_handler_fn *handler, void *arg,
                              ce_error *err) CE_MUST_USE;
/* The same for events that pass a filter, CESQL text such as
 * "type LIKE 'com.example.%' AND EXISTS subject". Fails with CE_ESYNTAX too. */
CE_API ce_status ce_server_on_filter(ce_server *s, const char *filter,
                                     ce_handler_fn *handler, void *arg,
                                     ce_error *err) CE_MUST_USE;

/* Binds and begins to receive; waits, fails and calls FAILED with ARG as
 * ce_client_start_receiver does. */
CE_API ce_status ce_server_start(ce_server *s, ce_failure_fn *failed, void *arg,
                                 ce_error *err) CE_MUST_USE;
/* Ends what ce_server_start began, within TIMEOUT_MS milliseconds, as
 * ce_client_stop_receiver does. */
CE_API void ce_server_stop(ce_server *s, unsigned timeout_ms);
/* Returns the port that it listens on; 0: it does not listen. Use it after a
 * start with ":0", where the system chooses the port. Any thread. */
CE_API unsigned ce_server_port(const ce_server *s);
/* Returns `received` and the like. Any thread. */
CE_API ce_client_counts ce_server_count(const ce_server *s);

CE_END_DECLS

#endif
