/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds for the shape of YAML, by its events: libyaml's own time to load a
 * document grows with the square of its depth and of its anchors. */
#ifndef CE_BRIDGE_CONFIG_SHAPE_H
#define CE_BRIDGE_CONFIG_SHAPE_H

#include "bridge/config/faults.h"

/* What people write has a few levels and some anchors. */
enum { BR_DEPTH_MAX = 32, BR_ANCHORS_MAX = 1000 };

/* Returns whether TEXT may be loaded, or adds a fault. What is no YAML may: to
 * load it says why. */
bool br_config_check_shape(ce_slice text, br_faults *faults);

#endif
