/* SPDX-License-Identifier: Apache-2.0 */
/* A URI with its options, as endpoints and the admin endpoint have it. */
#ifndef CE_BRIDGE_CONFIG_SETTINGS_H
#define CE_BRIDGE_CONFIG_SETTINGS_H

#include <cloudevents/settings.h>

#include "bridge/config/faults.h"

/* Returns the node of the URI: N, or what N, a mapping, has as "uri". Adds a
 * fault and returns NULL when there is none. */
const br_node *br_config_uri(const br_node *n, br_faults *faults);
/* Call when N has a URI. Reads it and the options beside it by TABLE, but for
 * the key OTHER, which may be NULL. Returns NULL when the URI is none; faults
 * of options are added, too. Close the settings. */
ce_settings *br_config_settings(const br_node *n, const ce_option *table,
                                ce_uri_rule rule, const char *other,
                                br_faults *faults);

#endif
