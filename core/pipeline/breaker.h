/* SPDX-License-Identifier: Apache-2.0 */
/* Notices when nothing gets through to a sink that is connected, says so, and
 * lets one attempt at a time find out when it does again.
 *
 * The breaker opens when attempts have failed for ten seconds without a
 * success between, and at least three of them. Then its flow is down, with the
 * sink's own reason, and one attempt goes as a probe after each pause, which
 * grows to five seconds. The first success closes it. A sink that gives no
 * answer for thirty seconds takes its flow down too, but opens nothing: it may
 * just be slow. Where nothing is tried and nothing waits for ten seconds the
 * flow is up again, so that somebody comes to try. Loop thread only. */
#ifndef CE_CORE_PIPELINE_BREAKER_H
#define CE_CORE_PIPELINE_BREAKER_H

#include <cloudevents/pipeline.h>

typedef struct ce_breaker_config {
    ce_loop *loop;
    ce_health *sink;    /* while it is down, it says itself why */
    uint64_t cap_ms;    /* probes do not wait longer, or 0 */
    bool refusal_fails; /* the sink may not refuse: a dead-letter target */
    bool quiet;         /* others write a line for each failed attempt */
    uint64_t seed;      /* of the pauses, for tests; 0: the clock's */
} ce_breaker_config;

typedef struct ce_breaker {
    ce_breaker_config config;
    ce_health flow; /* for people, and to hear when it closes */
    bool open, probing, stopped;
    bool told;         /* that nothing gets through */
    unsigned out;      /* attempts without a result */
    unsigned failures; /* in a row */
    uint64_t since_ms; /* the first of them */
    uint64_t heard_ms; /* the last result, or the first attempt after none */
    uint64_t asked_ms; /* something waited then */
    uint64_t next_ms;  /* of the next probe */
    uint64_t pause_ms; /* before it */
    unsigned unsaid;   /* failures since the last line */
    uint64_t said_ms, say_pause_ms;
    uint64_t random;
    char reason[CE_REASON_SIZE]; /* of the last failure */
    ce_timer silence, stall, rest;
    ce_watch watch;
} ce_breaker;

void ce_breaker_init(ce_breaker *b, const ce_breaker_config *c);
/* Call before the memory of B goes. */
void ce_breaker_close(ce_breaker *b);

/* Returns how long an attempt has to wait; 0: it may go. While a probe is on
 * its way this is a guess: ask again then. */
uint64_t ce_breaker_wait_ms(const ce_breaker *b);
/* Call for what waits for an attempt, again and again while it does. */
void ce_breaker_waits(ce_breaker *b);
/* Call before each attempt. Returns whether it is a probe. */
bool ce_breaker_sent(ce_breaker *b);
/* Call with its result. */
void ce_breaker_heard(ce_breaker *b, bool was_probe, const ce_result *r);
/* Call when nothing is tried again: what fails now says nothing. */
void ce_breaker_stop(ce_breaker *b);

#endif
