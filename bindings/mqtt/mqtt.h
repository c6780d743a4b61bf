/* SPDX-License-Identifier: Apache-2.0 */
/* The MQTT binding as others see it: a transport and the four ends it opens. */
#ifndef CE_BINDINGS_MQTT_MQTT_H
#define CE_BINDINGS_MQTT_MQTT_H

#include <cloudevents/transport.h>

extern const ce_transport ce_transport_mqtt;

ce_status ce_mqtt_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err);
/* A receiver that publishes replies as well. Needs version 5. */
ce_status ce_mqtt_responder_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err);
ce_status ce_mqtt_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err);
/* A sender that waits for replies. Needs version 5. */
ce_status ce_mqtt_requester_open(ce_sender **out, const ce_endpoint *at,
                                 ce_error *err);
ce_status ce_mqtt_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err);

#endif
