/* SPDX-License-Identifier: Apache-2.0 */
/* Times that are not written as CloudEvents writes them. */
#ifndef CE_CORE_TEMPLATE_MOMENT_H
#define CE_CORE_TEMPLATE_MOMENT_H

#include <stdint.h>

#include <cloudevents/slice.h>

typedef enum ce_moment {
    CE_MOMENT_NONE,     /* not a time */
    CE_MOMENT_EPOCH_MS, /* milliseconds since 1970 */
    CE_MOMENT_EPOCH_S,  /* seconds since 1970, perhaps with a fraction */
    CE_MOMENT_UTC       /* a date and a time without a zone, in UTC */
} ce_moment;

/* Returns the form with this name, or CE_MOMENT_NONE. */
ce_moment ce_moment_named(ce_slice name);
/* Sets *OUT to TEXT as a timestamp, or to an absent slice when it has not that
 * form. Fails only with CE_ENOMEM. */
ce_status ce_moment_read(ce_moment form, ce_slice text, ce_arena *arena,
                         ce_slice *out);
/* The same for a number of milliseconds. */
ce_status ce_moment_of_ms(int64_t ms, ce_arena *arena, ce_slice *out);

#endif
