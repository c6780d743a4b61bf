/* SPDX-License-Identifier: Apache-2.0 */
/* The file binding as others see it: a transport and the two ends it opens. */
#ifndef CE_BINDINGS_FILE_FILE_H
#define CE_BINDINGS_FILE_FILE_H

#include <cloudevents/transport.h>

extern const ce_transport ce_transport_file;

ce_status ce_file_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err);
ce_status ce_file_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err);
/* As the ask of a ce_transport. */
ce_status ce_file_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err);

/* Whether the endpoint is "-". */
bool ce_file_is_standard(const ce_settings *s);

#endif
