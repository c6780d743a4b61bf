/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a configuration to its tree. */
#ifndef CE_BRIDGE_CONFIG_YAML_H
#define CE_BRIDGE_CONFIG_YAML_H

#include "bridge/config/faults.h"

/* Read YAML and expand its ${VARIABLES}. The tree is the caller's to free with
 * br_node_free; NULL with faults. The first reads the file at PATH, and names
 * it in all faults from then on. */
br_node *br_config_read(const char *path, br_faults *faults);
br_node *br_config_parse(ce_slice text, br_faults *faults);

#endif
