/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration's text to a plan. */
#ifndef CE_BRIDGE_CONFIG_CONFIG_H
#define CE_BRIDGE_CONFIG_CONFIG_H

#include "bridge/run/plan.h"
#include "bridge/config/tree.h"

/* The tables that drive YAML keys, command-line options and help alike. */
extern const ce_option ce_top_options[];
extern const ce_option ce_route_options[];
extern const ce_option ce_retry_options[];
extern const ce_option ce_wrap_options[];

/* Read YAML; NULL with faults. Variables are expanded. */
ce_node *ce_config_read(const char *path, ce_faults *faults);
ce_node *ce_config_parse(ce_slice text, ce_faults *faults);

/* Checks the whole tree, lists every fault in it, and opens nothing. */
void ce_config_plan(ce_plan *out, const ce_node *tree, ce_faults *faults);
/* One route of a map of its keys. */
void ce_config_route(ce_route_plan *out, const ce_node *route,
                     ce_faults *faults);

/* The level with this name of the table's. */
ce_level ce_config_level(const char *name);

/* --- parts, for the above --- */

/* Whether N is one text; a fault otherwise. */
bool ce_config_is_text(const ce_node *n, ce_faults *faults);
/* Whether every key of MAP is in TABLE; a fault for each that is not. */
bool ce_config_check_keys(const ce_node *map, const ce_option *table,
                          ce_faults *faults);
/* The checked text of a key, or its preset. */
const char *ce_config_text(const ce_node *map, const ce_option *table,
                           const char *key, ce_faults *faults);
/* The same for a time, in milliseconds. */
uint64_t ce_config_ms(const ce_node *map, const ce_option *table,
                      const char *key, ce_faults *faults);
void ce_config_source(ce_end_plan *out, const ce_node *n, ce_faults *faults);
void ce_config_sink(ce_end_plan *out, const ce_node *n, ce_faults *faults);
/* Checks a route that asks for replies, whose ends are planned. */
void ce_config_request(ce_route_plan *r, const ce_node *at, ce_faults *faults);
/* NULL with faults. */
ce_filter *ce_config_filter(const ce_node *n, ce_faults *faults);

#endif
