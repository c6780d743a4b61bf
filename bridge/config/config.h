/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration's text to a plan. */
#ifndef CE_BRIDGE_CONFIG_CONFIG_H
#define CE_BRIDGE_CONFIG_CONFIG_H

#include "bridge/run/plan.h"
#include "bridge/config/tree.h"

/* The tables that drive YAML keys, command-line options and help alike. */
extern const ce_option br_top_options[];
extern const ce_option br_route_options[];
extern const ce_option br_retry_options[];
extern const ce_option br_wrap_options[];

/* Read YAML; NULL with faults. Variables are expanded. */
br_node *br_config_read(const char *path, br_faults *faults);
br_node *br_config_parse(ce_slice text, br_faults *faults);

/* Checks the whole tree, lists every fault in it, and opens nothing. */
void br_config_plan(br_plan *out, const br_node *tree, br_faults *faults);
/* One route of a map of its keys. */
void br_config_route(br_route_plan *out, const br_node *route,
                     br_faults *faults);

/* The level with this name of the table's. */
ce_level br_config_level(const char *name);

/* --- parts, for the above --- */

/* Whether N is one text; a fault otherwise. */
bool br_config_is_text(const br_node *n, br_faults *faults);
/* Whether every key of MAP is in TABLE; a fault for each that is not. */
bool br_config_check_keys(const br_node *map, const ce_option *table,
                          br_faults *faults);
/* The checked text of a key, or its preset. */
const char *br_config_text(const br_node *map, const ce_option *table,
                           const char *key, br_faults *faults);
/* The same for a time, in milliseconds. */
uint64_t br_config_ms(const br_node *map, const ce_option *table,
                      const char *key, br_faults *faults);
void br_config_source(br_endpoint_plan *out, const br_node *n,
                      br_faults *faults);
void br_config_sink(br_endpoint_plan *out, const br_node *n, br_faults *faults);
/* Checks a route that asks for replies, whose ends are planned. */
void br_config_request(br_route_plan *r, const br_node *at, br_faults *faults);
/* NULL with faults. */
ce_filter *br_config_filter(const br_node *n, br_faults *faults);

#endif
