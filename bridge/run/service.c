/* SPDX-License-Identifier: Apache-2.0 */
/* It is started when its endpoints are open, not when their peers are there: a
 * manager gives a start a limited time, and a broker that is away is no reason
 * to be ended. */
#include "bridge/run/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- the watchdog --- */

static bool all_have_answered(const br_service *s)
{
    for (unsigned i = 0; i < s->team->count; i++)
        if (br_crew_is_silent(s->team->crews[i]))
            return false;
    return true;
}

static void end_round(br_service *s)
{
    if (!s->asked || !all_have_answered(s))
        return;
    s->asked = false;
    br_notify_send(&s->to, "WATCHDOG=1");
}

static void on_answered(ce_task *t)
{
    end_round(CE_OWNER(t, br_service, answered));
}

/* A round that has not ended goes on: its answers are what is missed. */
static void on_beat(ce_timer *t)
{
    br_service *s = CE_OWNER(t, br_service, beat);

    ce_timer_start(s->loop, &s->beat, s->beat_ms);
    for (unsigned i = 0; i < s->team->count && !s->asked; i++)
        br_crew_ask(s->team->crews[i], &s->answered);
    s->asked = true;
    end_round(s);
}

/* --- its state --- */

static void say_status(br_service *s)
{
    char status[sizeof s->status];

    br_readiness_brief(s->board, status, sizeof status);
    if (strcmp(status, s->status) == 0)
        return;
    memcpy(s->status, status, sizeof status);
    br_notify_send(&s->to, "STATUS=%s", status);
}

static bool is_started(const br_service *s)
{
    for (unsigned i = 0; i < s->team->count; i++)
        if (!br_crew_is_started(s->team->crews[i]))
            return false;
    return true;
}

void br_service_look(br_service *s)
{
    if (s->to.fd < 0 || s->said_stopping)
        return;
    say_status(s);
    end_round(s);
    if (s->said_ready || s->is_reloading || !is_started(s))
        return;
    s->said_ready = true;
    br_notify_send(&s->to, "READY=1");
}

void br_service_reloading(br_service *s)
{
    struct timespec now;

    if (!s->said_ready || s->said_stopping)
        return;
    s->said_ready = false;
    s->is_reloading = true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    br_notify_send(&s->to, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                   (uint64_t)now.tv_sec * 1000000 +
                       (uint64_t)now.tv_nsec / 1000);
}

void br_service_reloaded(br_service *s)
{
    s->is_reloading = false;
    br_service_look(s);
}

void br_service_stopping(br_service *s)
{
    if (!s->said_stopping)
        br_notify_send(&s->to, "STOPPING=1\nSTATUS=stopping");
    s->said_stopping = true;
}

/* --- life --- */

void br_service_open(br_service *s)
{
    br_notify_open(&s->to);
    s->answered.run = on_answered;
    s->beat.fire = on_beat;
    s->beat_ms = br_notify_beat_ms(&s->to);
    if (s->beat_ms)
        ce_timer_start(s->loop, &s->beat, s->beat_ms);
}

void br_service_close(br_service *s)
{
    ce_timer_stop(&s->beat);
    ce_loop_unpost(s->loop, &s->answered);
    br_notify_close(&s->to);
}
