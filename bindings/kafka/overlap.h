/* SPDX-License-Identifier: Apache-2.0 */
/* What two endpoints of one cluster have to do with each other: the functions
 * of ce_transport. */
#ifndef CE_BINDINGS_KAFKA_OVERLAP_H
#define CE_BINDINGS_KAFKA_OVERLAP_H

#include <cloudevents/transport.h>

ce_overlap ce_kafka_returns(const ce_settings *from, const ce_settings *to);
ce_status ce_kafka_name_of(ce_role role, const ce_settings *s, ce_buf *out);
ce_status ce_kafka_part_of(ce_role role, const ce_settings *s, ce_buf *out);

#endif
