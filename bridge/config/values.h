/* SPDX-License-Identifier: Apache-2.0 */
/* What variables hold. It may be secret, and stays out of what is shown. */
#ifndef CE_BRIDGE_CONFIG_VALUES_H
#define CE_BRIDGE_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <cloudevents/slice.h>

typedef struct br_value br_value;

/* Zero it before its first use. */
typedef struct br_values {
    br_value *list;
    size_t count;
} br_values;

/* Remembers that ${NAME} is VALUE. One of less than four bytes is forgotten: it
 * may be any word, and guards nothing. CE_ENOMEM is the only failure. */
ce_status br_values_add(br_values *v, const char *name, ce_slice value);
/* Appends TEXT to OUT with ${NAME} where a value stands, which may be cut at
 * the end of TEXT; with PARTS also where a part of one stands in quotes.
 * CE_ENOMEM is the only failure. */
ce_status br_values_hide(const br_values *v, ce_slice text, bool parts,
                         ce_buf *out);
/* Wipes all. */
void br_values_free(br_values *v);

#endif
