/* SPDX-License-Identifier: Apache-2.0 */
/* Counts failures in a row, by time: a sink with a thousand events in flight
 * fails a thousand times within a moment, and may be fine in the next. */
#include "core/pipeline/breaker.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include <cloudevents/log.h>

#include "core/base/jitter.h"
#include "core/pipeline/health.h"

enum {
    /* Longer than a restart of a service behind a balancer takes. */
    STALL_MS = 10000,
    FAILURES = 3,
    /* Longer than sinks wait for an answer by themselves. */
    SILENCE_MS = 31000,
    /* Between probes: a sink that comes back has its events soon, and one
     * that suffers is left in peace. */
    FIRST_PROBE_MS = 500,
    LAST_PROBE_MS = 5000,
    /* How soon to ask again while a probe is on its way. */
    PROBING_MS = 500,
    /* Longer than the pause between probes: whoever has asked meanwhile was a
     * probe, or told to come again. */
    REST_MS = 10000,
    /* Between lines about the same sink. */
    FIRST_LINE_MS = 1000,
    LAST_LINE_MS = 60000,
};

static uint64_t now_of(const ce_breaker *b)
{
    return ce_loop_now_ms(b->config.loop);
}

/* --- lines --- */

/* A sink that fails now and then is told about as rarely as one that always
 * fails: the pause begins anew only after a time without failures. */
static bool may_say(ce_breaker *b)
{
    uint64_t now = now_of(b), quiet_ms = now - b->said_ms;

    if (b->say_pause_ms && quiet_ms < b->say_pause_ms)
        return false;
    if (!b->say_pause_ms || quiet_ms > (uint64_t)4 * LAST_LINE_MS)
        b->say_pause_ms = FIRST_LINE_MS;
    else if (b->say_pause_ms < LAST_LINE_MS)
        b->say_pause_ms *= 2;
    b->said_ms = now;
    return true;
}

static void say_failure(ce_breaker *b, const char *reason)
{
    ce_log_fields fields = { .endpoint = b->flow.label, .error = reason };

    fields.repeated = ++b->unsaid;
    if ((b->config.quiet && b->flow.up) || !may_say(b))
        return;
    if (b->unsaid > 1)
        ce_log_with(CE_WARN, &fields, "%s (%u attempts failed)", reason,
                    b->unsaid);
    else
        ce_log_with(CE_WARN, &fields, "%s", reason);
    b->unsaid = 0;
}

/* --- the flow --- */

static void go_down(ce_breaker *b, const char *reason)
{
    ce_timer_start(b->config.loop, &b->rest, REST_MS);
    if (b->flow.up || strcmp(b->flow.reason, reason) != 0)
        ce_health_set(&b->flow, false, reason);
    if (b->told)
        return;
    b->told = true;
    ce_log_with(CE_WARN,
                &(ce_log_fields){ .endpoint = b->flow.label, .error = reason },
                "nothing gets through: %s", reason);
}

static void come_up(ce_breaker *b)
{
    b->open = b->probing = false;
    b->failures = 0;
    ce_timer_stop(&b->stall);
    b->unsaid = 0;
    b->pause_ms = 0;
    if (!b->flow.up)
        ce_health_set(&b->flow, true, "");
    if (!b->told)
        return;
    b->told = false;
    ce_timer_stop(&b->rest);
    ce_log_of(CE_INFO, b->flow.label, "events get through again");
}

/* Only an attempt could say whether the sink is well again, and none comes
 * where a flow that is down keeps events away, as a balancer does. So without
 * any it is taken for well; the next attempt is still a probe. */
static void on_rest(ce_timer *t)
{
    ce_breaker *b = CE_OWNER(t, ce_breaker, rest);
    uint64_t idle_ms = now_of(b) - b->asked_ms;

    if (b->out)
        ce_timer_start(b->config.loop, t, REST_MS);
    else if (idle_ms < REST_MS)
        ce_timer_start(b->config.loop, t, REST_MS - idle_ms);
    else
        ce_health_set(&b->flow, true, "");
}

/* --- silence --- */

static void on_silence(ce_timer *t)
{
    ce_breaker *b = CE_OWNER(t, ce_breaker, silence);
    uint64_t quiet_ms = now_of(b) - b->heard_ms;

    if (!b->out || b->stopped)
        return;
    if (quiet_ms < SILENCE_MS) {
        ce_timer_start(b->config.loop, t, SILENCE_MS - quiet_ms);
        return;
    }
    if (b->config.sink->up)
        go_down(b, "no answer for 30 s");
    ce_timer_start(b->config.loop, t, SILENCE_MS);
}

/* --- probes --- */

/* What the sink says of when to come again is for the event that it said it of:
 * others may be welcome. */
static void pause_probes(ce_breaker *b)
{
    uint64_t last = LAST_PROBE_MS;

    if (b->config.cap_ms && b->config.cap_ms < last)
        last = b->config.cap_ms;
    b->pause_ms = b->pause_ms ? b->pause_ms * 2 : FIRST_PROBE_MS;
    if (b->pause_ms > last)
        b->pause_ms = last;
    b->next_ms = now_of(b) + ce_jitter_half(&b->random, b->pause_ms);
}

/* A new connection is worth a probe at once. */
static void sink_changed(ce_watch *w, const ce_health *h)
{
    ce_breaker *b = CE_OWNER(w, ce_breaker, watch);

    if (h->up)
        b->next_ms = 0;
}

uint64_t ce_breaker_wait_ms(const ce_breaker *b)
{
    uint64_t now = now_of(b);

    if (!b->open)
        return 0;
    if (b->next_ms > now)
        return b->next_ms - now;
    return b->probing ? PROBING_MS : 0;
}

void ce_breaker_waits(ce_breaker *b)
{
    b->asked_ms = now_of(b);
}

bool ce_breaker_sent(ce_breaker *b)
{
    if (b->out++ == 0) {
        b->heard_ms = now_of(b);
        if (!b->silence.loop)
            ce_timer_start(b->config.loop, &b->silence, SILENCE_MS);
    }
    if (!b->open || b->probing)
        return false;
    b->probing = true;
    return true;
}

/* --- results --- */

/* What is not to be sent again has arrived: its reply was none. */
static bool is_failure(const ce_breaker *b, const ce_result *r)
{
    return (r->verdict == CE_UNDELIVERED && !r->exhausted) ||
           (r->verdict == CE_NACK && b->config.refusal_fails);
}

/* Looks whether it is time: with every failure, and when the time is over. */
static void open_if_due(ce_breaker *b)
{
    if (b->open || b->failures < FAILURES || now_of(b) - b->since_ms < STALL_MS)
        return;
    b->open = true;
    pause_probes(b);
    go_down(b, b->reason);
}

static void on_stall(ce_timer *t)
{
    open_if_due(CE_OWNER(t, ce_breaker, stall));
}

static void note_failure(ce_breaker *b, bool was_probe, const ce_result *r)
{
    const char *reason = r->reason[0] ? r->reason : "no reason was given";

    snprintf(b->reason, sizeof b->reason, "%s", reason);
    if (b->failures++ == 0) {
        b->since_ms = now_of(b);
        ce_timer_start(b->config.loop, &b->stall, STALL_MS);
    }
    open_if_due(b);
    if (was_probe) {
        b->probing = false;
        pause_probes(b);
        go_down(b, reason);
    }
    say_failure(b, reason);
}

void ce_breaker_heard(ce_breaker *b, bool was_probe, const ce_result *r)
{
    b->out--;
    b->heard_ms = now_of(b);
    if (b->stopped)
        return;
    if (!is_failure(b, r))
        come_up(b);
    else if (b->config.sink->up)
        note_failure(b, was_probe, r);
    else if (was_probe)
        b->probing = false;
}

/* --- life --- */

void ce_breaker_init(ce_breaker *b, const ce_breaker_config *c)
{
    *b = (ce_breaker){ .config = *c };
    ce_health_init(&b->flow, c->loop, c->sink->label);
    ce_health_set(&b->flow, true, "");
    b->random = c->seed ? c->seed : uv_hrtime() | 1;
    b->silence.fire = on_silence;
    b->stall.fire = on_stall;
    b->rest.fire = on_rest;
    b->watch.changed = sink_changed;
    ce_health_watch(c->sink, &b->watch);
}

static void stop_timers(ce_breaker *b)
{
    ce_timer_stop(&b->silence);
    ce_timer_stop(&b->stall);
    ce_timer_stop(&b->rest);
}

void ce_breaker_stop(ce_breaker *b)
{
    b->stopped = true;
    b->open = false;
    stop_timers(b);
}

void ce_breaker_close(ce_breaker *b)
{
    stop_timers(b);
    ce_health_unwatch(b->config.sink, &b->watch);
}
