/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/tally.h"

#include <stdio.h>

#include "core/transport/gauges.h"

/* A source that nobody uses has no timer. */
enum { TELL_MS = 250 };

/* In the order of ce_http_refusal; docs/operations.md says what they mean. */
static const char *const reasons[CE_HTTP_REFUSALS] = {
    "malformed",      "too_large",    "unauthorized", "rate",
    "header_timeout", "body_timeout", "credit",       "unfinished_bodies",
    "deadline",       "address",
};

static void on_timer(ce_timer *timer)
{
    ce_http_tally *t = CE_OWNER(timer, ce_http_tally, timer);

    t->tell(t);
}

void ce_http_tally_change(ce_http_tally *t)
{
    if (t->timer.loop)
        return;
    t->timer.fire = on_timer;
    ce_timer_start(t->loop, &t->timer, TELL_MS);
}

void ce_http_tally_refuse(ce_http_tally *t, ce_http_refusal reason)
{
    if (!t)
        return;
    t->refused[reason]++;
    ce_http_tally_change(t);
}

void ce_http_tally_close(ce_http_tally *t)
{
    ce_timer_stop(&t->timer);
}

static void put_refused(const ce_http_tally *t, ce_gauges *out)
{
    ce_gauge g = { .name = "http_refused_total",
                   .help = "Requests and connections that a limit refused.",
                   .counts = true,
                   .labels = { { .name = "reason" } } };

    for (unsigned i = 0; i < CE_HTTP_REFUSALS; i++) {
        g.value = t->refused[i];
        snprintf(g.labels[0].value, sizeof g.labels[0].value, "%s", reasons[i]);
        ce_gauges_put(out, &g);
    }
}

void ce_http_tally_publish(const ce_http_tally *t, const ce_http_levels *now,
                           ce_gauges *out)
{
    const ce_gauge rows[] = {
        { .name = "http_connections",
          .help = "Connections of clients.",
          .value = now->connections },
        { .name = "http_connections_full_total",
          .help = "How often the last free connection was taken.",
          .counts = true,
          .value = t->full },
        { .name = "http_unfinished_bytes",
          .help = "Bytes of bodies that are on their way.",
          .value = now->unfinished },
        { .name = "http_unsettled_bytes",
          .help = "Bytes of bodies whose events are not settled.",
          .value = now->unsettled },
    };

    ce_gauges_begin(out);
    put_refused(t, out);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        ce_gauges_put(out, &rows[i]);
    ce_gauges_end(out);
}
