/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a line that is no YAML, and what helps. */
#ifndef CE_BRIDGE_CONFIG_HINTS_H
#define CE_BRIDGE_CONFIG_HINTS_H

#include <yaml.h>

#include "bridge/config/faults.h"

/* Call when the parser has failed on TEXT. Adds a fault with the line that the
 * user has to change. */
void br_config_hint(br_faults *faults, const yaml_parser_t *p, ce_slice text);

#endif
