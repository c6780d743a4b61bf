/* SPDX-License-Identifier: Apache-2.0 */
/* Sends what the stages behind it refuse to another target, with the reason.
 *
 * The delivery itself travels to the target as a letter: nothing is copied,
 * and the source hears only when the letter has arrived.
 *
 * A letter that the target refuses, as it is too large say, would come again
 * for ever, and hold what the source has of credit. If the record stays where
 * it was read a short letter says where; a target that refuses that one too is
 * at fault itself, and the event waits. If it does not stay, the event is
 * passed as without a dead-letter target, so that its sender hears of it or an
 * inbox keeps it. But a target that has never taken a letter is not the right
 * one, it seems: then all events wait. Who waits insists: the letter is tried
 * again, and the sink does not see its event once more. */
#include "core/stages/stages.h"

#include <string.h>
#include <time.h>

#include <cloudevents/log.h>

#include "core/pipeline/letter.h"
#include "core/pipeline/origin.h"

typedef struct dead_letter {
    ce_stage stage;
    ce_dead_letter_config config;
    bool has_taken; /* the target: some letter */
    bool has_told;  /* that it refuses some */
} dead_letter;

/* A letter on its way, in the arena of its delivery. */
typedef struct passage {
    dead_letter *stage;
    ce_result cause; /* that the event was refused with */
    bool is_cut;
} passage;

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The first one: many more must not fill the log. */
static void log_refusal(const passage *p, ce_delivery *d, const ce_result *r,
                        const char *what)
{
    ce_level level = p->stage->has_told ? CE_DEBUG : CE_ERROR;

    p->stage->has_told = true;
    ce_log_with(level,
                &(ce_log_fields){ .route = p->stage->config.route,
                                  .event = ce_delivery_id(d),
                                  .error = r->reason },
                "the dead-letter target refuses a letter (%s): %s", r->reason,
                what);
}

static void letter_settled(ce_hook *h, ce_delivery *d, const ce_result *r);

static bool push_cut(passage *p, ce_delivery *d, const ce_result *r)
{
    ce_message letter;
    ce_error err;

    if (p->is_cut || !ce_origin_has_place(&d->origin) ||
        ce_letter_cut(d, &letter, &err) != CE_OK)
        return false;
    log_refusal(p, d, r, "it is sent without data and headers");
    p->is_cut = true;
    ce_delivery_set_message(d, &letter);
    ce_delivery_hook(d, letter_settled, p, 0);
    ce_push(p->stage->config.letters, d);
    return true;
}

static void insist(passage *p, ce_delivery *d, const ce_result *r)
{
    log_refusal(p, d, r, "it is tried again");
    d->insists = true;
    ce_delivery_hook(d, letter_settled, p, 0);
    ce_push(p->stage->config.letters, d);
}

static bool may_give_up(const passage *p, const ce_delivery *d)
{
    return p->stage->has_taken && !ce_origin_has_place(&d->origin);
}

static void give_up(passage *p, ce_delivery *d, const ce_result *r)
{
    log_refusal(p, d, r, "the event is passed as without such a target");
    ce_settle(d, &p->cause);
}

/* A letter that did not arrive leaves the event with its source. */
static void letter_settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    passage *p = h->self;
    bool insists = d->insists;

    d->insists = false;
    if (r->verdict == CE_ACK) {
        p->stage->has_taken = true;
        ce_settle_ack(d, CE_DEAD_LETTERED);
    } else if (r->verdict == CE_NACK && push_cut(p, d, r)) {
        return;
    } else if (r->verdict == CE_NACK && may_give_up(p, d)) {
        give_up(p, d, r);
    } else if (r->verdict == CE_NACK && !insists) {
        insist(p, d, r);
    } else {
        ce_settle_undelivered(d, r->code, r->retry_after_ms,
                              r->reason[0] ? r->reason
                                           : "the dead-letter target failed");
    }
}

static bool is_final(const ce_delivery *d, const ce_result *r)
{
    if (r->verdict == CE_UNDELIVERED)
        return r->exhausted;
    /* Whoever waits for the answer corrects the message and comes again. */
    return r->verdict == CE_NACK && !(r->malformed && d->interactive);
}

static passage *make_passage(dead_letter *s, ce_delivery *d, const ce_result *r)
{
    passage *p = ce_arena_alloc(d->arena, sizeof *p);

    if (!p)
        return NULL;
    *p = (passage){ .stage = s, .cause = *r };
    p->cause.reply = NULL;
    return p;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    dead_letter *s = h->self;
    const ce_letter_cause why = { s->config.route, s->config.target, h->state,
                                  wall_ms() };
    ce_error err = { CE_ENOMEM, "out of memory" };
    ce_message letter;
    passage *p;

    if (!is_final(d, r)) {
        ce_settle(d, r);
        return;
    }
    p = make_passage(s, d, r);
    if (!p || ce_letter_write(d, r, &why, &letter, &err) != CE_OK) {
        ce_log_with(CE_ERROR,
                    &(ce_log_fields){ .route = s->config.route,
                                      .event = ce_delivery_id(d),
                                      .error = err.text },
                    "no dead letter: %s", err.text);
        ce_settle_undelivered(d, r->code, 0, err.text);
        return;
    }
    ce_delivery_set_message(d, &letter);
    ce_delivery_hook(d, letter_settled, p, 0);
    ce_push(s->config.letters, d);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_delivery_hook(d, settled, stage, wall_ms());
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "dead_letter",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_dead_letter_stage(ce_stage **out, ce_stage *next,
                               const ce_dead_letter_config *c)
{
    dead_letter *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->config = *c;
    *out = &s->stage;
    return CE_OK;
}
