/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986 2.1). */
#ifndef CE_CORE_BASE_PERCENT_H
#define CE_CORE_BASE_PERCENT_H

#include <cloudevents/slice.h>

/* Give TO room for three bytes for each of TEXT. Unreserved characters and
 * those of KEPT stay. Returns the length of what was written. */
size_t ce_percent_write(char *to, ce_slice text, const char *kept);

#endif
