/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a configuration to its tree. */
#ifndef CE_BRIDGE_CONFIG_YAML_H
#define CE_BRIDGE_CONFIG_YAML_H

#include "bridge/config/faults.h"

/* Read YAML; NULL with faults. Variables are expanded. */
br_node *br_config_read(const char *path, br_faults *faults);
br_node *br_config_parse(ce_slice text, br_faults *faults);

#endif
