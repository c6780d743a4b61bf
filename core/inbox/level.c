/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/level.h"

#include <stdio.h>

#include "core/transport/gauges.h"

static bool look(void *arg, uint64_t number, ce_slice record)
{
    (void)number;
    *(uint64_t *)arg = ce_record_age_ms(record);
    return false;
}

static uint64_t oldest_seconds(ce_inbox *i)
{
    uint64_t age_ms = 0;

    if (ce_inbox_walk(i, 0, look, &age_ms, NULL) != CE_OK)
        return 0;
    return age_ms / 1000;
}

static void put_lags(const ce_inbox *i, ce_gauges *to)
{
    unsigned count;
    const ce_inbox_sink *sinks = ce_inbox_sinks(i, &count);

    for (unsigned n = 0; n < count; n++) {
        ce_gauge lag = { .name = "inbox_sink_events",
                         .help = "Events in the inbox that a sink has not got.",
                         .labels = { { .name = "sink" } },
                         .value = ce_inbox_lag(i, n) };

        snprintf(lag.labels[0].value, sizeof lag.labels[0].value, "%s",
                 sinks[n].name);
        ce_gauges_put(to, &lag);
    }
}

void ce_inbox_tell_level(ce_inbox *i, ce_gauges *to)
{
    const ce_gauge gauges[] = {
        { .name = "inbox_bytes",
          .help = "Bytes of the events that wait in the inbox.",
          .value = ce_inbox_bytes(i) },
        { .name = "inbox_events",
          .help = "Events that wait in the inbox.",
          .waits = true,
          .value = ce_inbox_count(i) },
        { .name = "inbox_oldest_seconds",
          .help = "Time since the oldest of them came.",
          .value = oldest_seconds(i) },
        { .name = "inbox_refused",
          .help = "Refused events that the inbox keeps.",
          .value = ce_inbox_refused(i) },
        { .name = "inbox_refused_bytes",
          .help = "Bytes of the refused events.",
          .value = ce_inbox_refused_bytes(i) },
    };

    ce_gauges_begin(to);
    for (unsigned n = 0; n < sizeof gauges / sizeof *gauges; n++)
        ce_gauges_put(to, &gauges[n]);
    put_lags(i, to);
    ce_gauges_end(to);
}
