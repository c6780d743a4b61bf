/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for programs, of trees. */
#ifndef CE_BRIDGE_WATCH_JSON_TREE_H
#define CE_BRIDGE_WATCH_JSON_TREE_H

#include <cJSON.h>
#include <stdbool.h>
#include <stdio.h>

#include <cloudevents/error.h>

/* Writes TREE, which is freed, and the end of a line; ON_A_LINE: no others.
 * NULL is CE_ENOMEM, as any other want of memory: the only failure. */
ce_status br_json_tree_show(cJSON *tree, bool on_a_line, FILE *out);

#endif
