/* SPDX-License-Identifier: Apache-2.0 */
/* What two endpoints of one broker have to do with each other: the functions
 * of ce_transport. */
#ifndef CE_BINDINGS_MQTT_OVERLAP_H
#define CE_BINDINGS_MQTT_OVERLAP_H

#include <cloudevents/transport.h>

ce_overlap ce_mqtt_returns(const ce_settings *from, const ce_settings *to);
ce_status ce_mqtt_name_of(ce_role role, const ce_settings *s, ce_buf *out);
ce_status ce_mqtt_part_of(ce_role role, const ce_settings *s, ce_buf *out);

#endif
