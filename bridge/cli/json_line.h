/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for people and programs: one line of it. */
#ifndef CE_BRIDGE_CLI_JSON_LINE_H
#define CE_BRIDGE_CLI_JSON_LINE_H

#include <stdio.h>

#include <cloudevents/slice.h>

/* Writes valid JSON without its line breaks; to a terminal with escapes for
 * what that would obey. CE_EIO: it is not written whole. */
ce_status br_json_line(ce_slice json, FILE *out);

#endif
