/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 timestamps. */
#ifndef CE_CORE_BASE_TIME_H
#define CE_CORE_BASE_TIME_H

#include <time.h>

#include <cloudevents/slice.h>

enum { CE_TIME_MAX = 40 };

/* The instant; fraction digits beyond nanoseconds are cut. */
ce_status ce_time_parse(ce_slice text, struct timespec *out) CE_MUST_USE;
/* In UTC with the fraction that is needed; returns the length. Outside the
 * years 0 to 9999, and for an impossible fraction, the text is empty. */
size_t ce_time_format(struct timespec t, char out[CE_TIME_MAX]);

#endif
