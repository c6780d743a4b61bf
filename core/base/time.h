/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 timestamps. */
#ifndef CE_CORE_BASE_TIME_H
#define CE_CORE_BASE_TIME_H

#include <time.h>

#include <cloudevents/slice.h>

enum { CE_TIME_MAX = 40 };

/* Sets *OUT to the moment that TEXT names, in UTC; cuts digits beyond
 * nanoseconds. Fails with CE_ESYNTAX. */
ce_status ce_time_parse(ce_slice text, struct timespec *out) CE_MUST_USE;
/* Writes T in UTC with the fraction that is needed, and returns the length. The
 * text is empty outside the years 0 to 9999, which RFC 3339 cannot write, and
 * for an impossible fraction. */
size_t ce_time_format(struct timespec t, char out[CE_TIME_MAX]);

#endif
