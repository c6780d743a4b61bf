/* SPDX-License-Identifier: Apache-2.0 */
/* A server: a receiver whose events go to handlers by their type.
 *
 * Like a client it may be used from many threads; open, close and the handlers
 * stand alone. */
#ifndef CLOUDEVENTS_SERVER_H
#define CLOUDEVENTS_SERVER_H

#include <cloudevents/client.h>

CE_BEGIN_DECLS

typedef struct ce_server ce_server;

/* ADDRESS is ":8080" (HTTP on every interface), "host:8080", or the URI of a
 * source of any transport. OPTIONS may be NULL; its receive_uri is not looked
 * at. Nothing is bound yet. */
CE_API ce_status ce_server_open(ce_server **out, const char *address,
                                const ce_client_options *options,
                                ce_error *err) CE_MUST_USE;
/* Stops within `options.close_ms` and frees; the rules are those of
 * ce_client_close. Accepts NULL. */
CE_API void ce_server_close(ce_server *s);

/* Events of TYPE go to HANDLER; a TYPE that ends with '*' stands for all that
 * begin with the rest, so that "*" is every event. The first of several that
 * match takes the event; what nobody takes is a NACK with the status 400.
 * Before the start only. */
CE_API ce_status ce_server_on(ce_server *s, const char *type,
                              ce_handler_fn *handler, void *arg,
                              ce_error *err) CE_MUST_USE;
/* The same for events that pass a filter, CESQL text such as
 * "type LIKE 'com.example.%' AND EXISTS subject". */
CE_API ce_status ce_server_on_filter(ce_server *s, const char *filter,
                                     ce_handler_fn *handler, void *arg,
                                     ce_error *err) CE_MUST_USE;

/* As ce_client_start_receiver and ce_client_stop_receiver. */
CE_API ce_status ce_server_start(ce_server *s, ce_failure_fn *failed, void *arg,
                                 ce_error *err) CE_MUST_USE;
CE_API void ce_server_stop(ce_server *s, unsigned timeout_ms);
/* The port that it listens on; 0: it does not listen. */
CE_API unsigned ce_server_port(const ce_server *s);
/* `received` and the like. Any thread. */
CE_API ce_client_counts ce_server_count(const ce_server *s);

CE_END_DECLS

#endif
