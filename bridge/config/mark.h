/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whether a route is another one than before. */
#ifndef CE_BRIDGE_CONFIG_MARK_H
#define CE_BRIDGE_CONFIG_MARK_H

#include <stdint.h>

#include "bridge/config/tree.h"

/* Returns a number that is another one when anything below ROUTE is: a key, a
 * text after its variables are expanded, or a file that a text names (a secret,
 * a certificate). */
uint64_t br_config_mark(const br_node *route);

#endif
