/* SPDX-License-Identifier: Apache-2.0 */
/* The terms of an endpoint, by its settings alone: what cannot work, what it
 * promises, and whether it may have company. See ce_transport. */
#ifndef CE_BINDINGS_MQTT_TERMS_H
#define CE_BINDINGS_MQTT_TERMS_H

#include <cloudevents/transport.h>

ce_status ce_mqtt_check(ce_role role, const ce_settings *s,
                        ce_error *err) CE_MUST_USE;
ce_promise ce_mqtt_promise(ce_role role, const ce_settings *s);
const char *ce_mqtt_alone(ce_role role, const ce_settings *s);

#endif
