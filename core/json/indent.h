/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CE_CORE_JSON_INDENT_H
#define CE_CORE_JSON_INDENT_H

#include <cloudevents/slice.h>

/* Appends valid JSON with one member or element on a line, and MARGIN blanks
 * before each line but the first. Numbers and strings keep their text. */
ce_status ce_json_indent(ce_slice json, unsigned margin, ce_buf *out);

#endif
