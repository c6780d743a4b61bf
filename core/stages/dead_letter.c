/* SPDX-License-Identifier: Apache-2.0 */
/* Sends what the stages behind it refuse to another target, with the reason.
 *
 * The delivery itself travels to the target as a letter: nothing is copied,
 * and the source hears only when the letter has arrived. */
#include "core/stages/stages.h"

#include <string.h>
#include <time.h>

#include <cloudevents/log.h>

#include "core/pipeline/letter.h"

typedef struct dead_letter {
    ce_stage stage;
    ce_dead_letter_config config;
} dead_letter;

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A letter that did not arrive leaves the event with its source. */
static void letter_settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    if (r->verdict == CE_ACK)
        ce_settle_ack(d, CE_DEAD_LETTERED);
    else
        ce_settle_undelivered(d, r->code, r->retry_after_ms,
                              r->reason[0] ? r->reason
                                           : "the dead-letter target failed");
}

static bool is_final(const ce_delivery *d, const ce_result *r)
{
    if (r->verdict == CE_UNDELIVERED)
        return r->exhausted;
    /* Whoever waits for the answer corrects the message and comes again. */
    return r->verdict == CE_NACK && !(r->malformed && d->interactive);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    dead_letter *s = h->self;
    const ce_letter_cause why = { s->config.route, s->config.target, h->state,
                                  wall_ms() };
    ce_message letter;
    ce_error err;

    if (!is_final(d, r)) {
        ce_settle(d, r);
        return;
    }
    if (ce_letter_write(d, r, &why, &letter, &err) != CE_OK) {
        ce_log_with(CE_ERROR,
                    &(ce_log_fields){ .route = s->config.route,
                                      .event = ce_delivery_id(d),
                                      .error = err.text },
                    "no dead letter: %s", err.text);
        ce_settle_undelivered(d, r->code, 0, err.text);
        return;
    }
    ce_delivery_set_message(d, &letter);
    ce_delivery_hook(d, letter_settled, s, 0);
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
