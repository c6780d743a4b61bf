/* SPDX-License-Identifier: Apache-2.0 */
/* The ${VARIABLES} of a configuration. */
#ifndef CE_BRIDGE_CONFIG_VARIABLES_H
#define CE_BRIDGE_CONFIG_VARIABLES_H

#include "bridge/config/faults.h"

/* Expands the texts of the whole tree:
 *
 *   ${NAME}           an environment variable, which must be set
 *   ${NAME:-DEFAULT}  ... or DEFAULT where it is not set, or empty
 *   ${NAME:?WHY}      ... or a fault that says WHY
 *   ${file:PATH}      what is in a file, without the last line's end
 *   $${               the text "${"
 *
 * In the URI of an endpoint a value stands for itself: it is one user name, one
 * parameter, one part of a path, with all its characters. Only a variable
 * that a URI begins with may hold more of the URI. Faults name variables and
 * show no value. */
void br_config_expand(br_node *root, br_faults *faults);

#endif
