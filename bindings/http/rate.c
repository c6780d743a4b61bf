/* SPDX-License-Identifier: Apache-2.0 */
/* The generic cell rate algorithm: one number remembers enough. */
#include "bindings/http/rate.h"

enum {
    CLOCK_US = 1000, /* a tick of the loop's clock */
    LATE_US = 5000,  /* what may be made up for after a busy turn */
    MINUTE_US = 60 * 1000 * 1000,
    RATE_MAX = 999999999 /* as that of webhook_rate */
};

uint64_t ce_http_rate_take(ce_http_rate *r, uint64_t now_ms)
{
    uint64_t now = now_ms * CLOCK_US, interval, slack, ahead;

    if (r->per_minute == 0)
        return 0;
    /* At high rates the loop wakes late for each event, and would fall behind
     * for good without some slack. */
    interval = (MINUTE_US + r->per_minute - 1) / r->per_minute;
    slack = interval * (r->burst - 1);
    if (interval < 20 * LATE_US && slack < LATE_US)
        slack = LATE_US;
    ahead = r->due_us > now ? r->due_us - now : 0;
    if (ahead > slack)
        return (ahead - slack + CLOCK_US - 1) / CLOCK_US;
    r->due_us = now + ahead + interval;
    return 0;
}

bool ce_http_rate_parse(ce_slice text, uint64_t *per_minute)
{
    uint64_t value = 0;

    *per_minute = 0;
    if (ce_slice_eq(text, CE_SLICE("*")))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
        if (value > RATE_MAX)
            value = RATE_MAX;
    }
    *per_minute = value;
    return value > 0;
}
