/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a JSON Schema (draft 7), for editors. */
#ifndef CE_BRIDGE_CONFIG_SCHEMA_H
#define CE_BRIDGE_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stdio.h>

/* Writes it; false without memory. */
bool br_config_schema(FILE *out);

#endif
