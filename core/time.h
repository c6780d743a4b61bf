/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 timestamps. */
#ifndef CE_TIME_H
#define CE_TIME_H

#include <time.h>

#include <cloudevents/slice.h>

enum { CE_TIME_MAX = 40 };

/* The instant; fraction digits beyond nanoseconds are cut. */
ce_status ce_time_parse(ce_slice text, struct timespec *out) CE_MUST_USE;
/* In UTC with the fraction that is needed; returns the length. The year must
 * lie between 0 and 9999. */
size_t ce_time_format(struct timespec t, char out[CE_TIME_MAX]);

#endif
