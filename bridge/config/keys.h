/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that drive YAML keys, command-line options and help alike, and how
 * the value of a key is read. */
#ifndef CE_BRIDGE_CONFIG_KEYS_H
#define CE_BRIDGE_CONFIG_KEYS_H

#include "bridge/watch/console.h"
#include <cloudevents/settings.h>

#include "bridge/config/faults.h"

extern const ce_option br_top_options[];
extern const ce_option br_route_options[];
extern const ce_option br_retry_options[];
extern const ce_option br_log_options[];
extern const ce_option br_wrap_options[];

/* Returns whether N is one text; adds a fault otherwise. */
bool br_config_is_text(const br_node *n, br_faults *faults);
/* Returns whether every key of MAP is in TABLE; adds a fault for each that is
 * not. */
bool br_config_check_keys(const br_node *map, const ce_option *table,
                          br_faults *faults);
/* Returns the checked text of a key, or its preset. It belongs to MAP or to
 * TABLE. */
const char *br_config_text(const br_node *map, const ce_option *table,
                           const char *key, br_faults *faults);
/* The same for a size, in bytes. */
uint64_t br_config_bytes(const br_node *map, const ce_option *table,
                         const char *key, br_faults *faults);
/* The same for a time, in milliseconds. */
uint64_t br_config_ms(const br_node *map, const ce_option *table,
                      const char *key, br_faults *faults);
/* Give a name that the table has. Returns its level. */
ce_level br_config_level(const char *name);
/* The same for a form of the log. */
br_log_form br_config_log_form(const char *name);

#endif
