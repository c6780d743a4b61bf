/* SPDX-License-Identifier: Apache-2.0 */
/* Tells people which events were refused or given up, where they came from
 * and why. */
#include "bridge/run/report.h"

#include <stdio.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "core/pipeline/action.h"
#include "core/pipeline/arrival.h"
#include "core/pipeline/yard.h"

/* A sink that refuses everything must not fill the disk of the log: so many
 * lines a second are enough to see why. */
enum { LINES = 50, PERIOD_MS = 1000 };

typedef struct report {
    ce_stage stage;
    br_report_config config;
    uint64_t period_ms; /* when the present second began */
    unsigned lines;     /* written in it */
    uint64_t hidden;    /* not written in it */
} report;

/* Files count their lines as offsets and have no partitions. */
static bool is_line_of_file(const ce_origin *o)
{
    return o->partition < 0 && o->offset >= 0;
}

void br_report_origin(const ce_origin *o, char *out, size_t size)
{
    if (is_line_of_file(o))
        snprintf(out, size, "%.*s:%lld", CE_ARG(o->topic),
                 (long long)o->offset);
    else if (o->partition >= 0)
        snprintf(out, size, "topic %.*s, partition %d, offset %lld",
                 CE_ARG(o->topic), (int)o->partition, (long long)o->offset);
    else
        snprintf(out, size, "%.*s", CE_ARG(o->topic));
}

static void write_hidden(const report *s)
{
    if (s->hidden)
        ce_log_with(
            CE_WARN,
            &(ce_log_fields){ .route = s->config.route, .repeated = s->hidden },
            "%llu more events had the same fate",
            (unsigned long long)s->hidden);
}

/* Whether another line may be written in this period. */
static bool may_write(report *s)
{
    uint64_t now = ce_loop_now_ms(s->config.loop);

    if (now - s->period_ms >= PERIOD_MS) {
        write_hidden(s);
        s->period_ms = now;
        s->lines = 0;
        s->hidden = 0;
    }
    if (s->lines++ < LINES)
        return true;
    s->hidden++;
    return false;
}

static void write_line(report *s, ce_delivery *d, const ce_result *r)
{
    const char *what = r->verdict == CE_NACK ? "refused" : "not delivered";
    ce_log_fields fields = { .route = s->config.route, .error = r->reason };
    char origin[300], code[24] = "";

    if (!may_write(s) && !is_line_of_file(&d->origin))
        return;
    br_report_origin(&d->origin, origin, sizeof origin);
    if (r->code)
        snprintf(code, sizeof code, " (%d)", r->code);
    if (!r->reason[0])
        fields.error = "no reason was given";
    fields.event = ce_delivery_id(d);
    ce_log_with(CE_WARN, &fields, "%s: %s%s: %s", origin, what, code,
                fields.error);
}

static void count(br_tally *t, ce_verdict verdict)
{
    t->refused += verdict == CE_NACK;
    t->undelivered += verdict == CE_UNDELIVERED;
}

static void note(report *s, ce_delivery *d, const ce_result *r)
{
    br_tally *t = s->config.tally;
    bool is_returned = r->verdict == CE_UNDELIVERED && t->stopping;
    /* A caller hears it; other receivers push it again. */
    bool is_repeated =
        ce_action_of(r, !t->stopping) == CE_REPEAT && !d->interactive;

    if (is_returned)
        t->returned += !s->config.is_kept;
    else if (!is_repeated)
        count(t, r->verdict);
    if (r->verdict != CE_ACK && !is_returned && !s->config.silent)
        write_line(s, d, r);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    report *s = h->self;

    if (!ce_yard_has(d) && (!s->config.sinks_only || ce_arrival_is_marked(d)))
        note(s, d, r);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_delivery_hook(d, settled, stage, 0);
    ce_push(stage->next, d);
}

static void close_stage(ce_stage *stage)
{
    report *s = (report *)stage;

    write_hidden(s);
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "report",
    .push = push,
    .close = close_stage,
};

ce_status br_report_stage(ce_stage **out, ce_stage *next,
                          const br_report_config *c)
{
    report *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->config = *c;
    *out = &s->stage;
    return CE_OK;
}
