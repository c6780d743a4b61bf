/* SPDX-License-Identifier: Apache-2.0 */
/* From text, a dialect or a list to a filter. */
#ifndef CE_BRIDGE_CONFIG_FILTER_H
#define CE_BRIDGE_CONFIG_FILTER_H

#include <cloudevents/cesql.h>
#include <cloudevents/settings.h>

#include "bridge/config/faults.h"

/* The dialects. */
extern const ce_option br_filter_options[];

/* Returns the caller's to free with ce_filter_free, or NULL. Look at the count
 * of FAULTS: a filter may come with faults in its parts. */
ce_filter *br_config_filter(const br_node *n, br_faults *faults);

#endif
