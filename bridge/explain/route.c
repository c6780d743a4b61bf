/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a route (bridge/run/route.c) with a witness before each of the
 * stages that decide about an event, and ends that send nothing:
 *
 *   GUARD -> WORK -> [fan-out] -> to each of the sinks:
 *     -> [dead letter] -> [encode] -> goal
 */
#include "bridge/explain/route.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/explain/goal.h"
#include "bridge/explain/witness.h"
#include "bridge/run/work.h"

enum { STAGE_NAME = BR_SINK_NAME + 8 };

typedef struct explanation {
    const br_route_plan *plan;
    br_testimony testimony;
    ce_chain chain;
    ce_stage *letters;
    ce_stage **heads;          /* of the sinks */
    char (*names)[STAGE_NAME]; /* ... and what they are called */
    ce_pool *pool;
    ce_stage *into;
} explanation;

/* --- the ways out --- */

static void add_end(explanation *x, const br_endpoint_plan *to,
                    const char *name)
{
    ce_chain *c = &x->chain;

    ce_chain_begin(c, NULL);
    ce_chain_add(c, br_goal_stage(&c->made, &x->testimony, to));
    br_work_add_encode(c, to);
    ce_chain_add(c,
                 br_witness_stage(&c->made, c->top, &x->testimony, name, NULL));
}

static ce_status open_letters(explanation *x, ce_error *err)
{
    const br_endpoint_plan *to = &x->plan->dead_letter;

    if (!to->transport)
        return CE_OK;
    add_end(x, to, "dead_letter");
    return ce_chain_finish(&x->chain, &x->letters, err);
}

/* "to" alone, as in the configuration; several have their names or numbers. */
static void name_sink(explanation *x, unsigned index)
{
    char name[BR_SINK_NAME];

    br_sink_name(name, x->plan, index);
    if (x->plan->sinks > 1)
        snprintf(x->names[index], STAGE_NAME, "to[%s]", name);
    else
        snprintf(x->names[index], STAGE_NAME, "to");
}

static ce_status open_sink(explanation *x, unsigned index, ce_error *err)
{
    const br_endpoint_plan *to = &x->plan->to[index];
    ce_chain *c = &x->chain;

    name_sink(x, index);
    add_end(x, to, x->names[index]);
    br_work_add_dead_letter(c, x->plan, ce_settings_label(to->settings),
                            x->letters);
    return ce_chain_finish(c, &x->heads[index], err);
}

/* --- the chain --- */

/* What is told of a stage: its name, which is the key of the configuration that
 * asks for it, and the words when it passes an event on. */
typedef struct part {
    const char *stage, *key;
    const char *words; /* NULL: what it has changed */
} part;

/* A stage that is not in the table has its own name. Key NULL: nothing is told
 * of it. */
static part part_of(const ce_stage *s)
{
    static const part parts[] = {
        { "check", "check", "a valid event" },
        { "filter", "filter", "it matches" },
        { "transform", "set", NULL },
        { "dedup", "dedup", "the first with its source and id" },
        { "dead_letter", NULL, NULL }, /* its letters are */
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strcmp(s->ops->name, parts[i].stage))
            return parts[i];
    return (part){ s->ops->name, s->ops->name, NULL };
}

/* Puts a witness before each stage that was added since there were BEGIN, the
 * last one first. */
static void watch(explanation *x, unsigned begin)
{
    ce_chain *c = &x->chain;
    unsigned end = c->count;

    for (unsigned i = begin; i < end; i++) {
        ce_stage *s = c->stages[i];
        const part p = part_of(s);

        if (i > begin)
            s->next = c->top;
        c->top = s;
        if (p.key)
            ce_chain_add(c, br_witness_stage(&c->made, s, &x->testimony, p.key,
                                             p.words));
    }
}

static ce_status build(explanation *x, ce_error *err)
{
    const br_route_plan *p = x->plan;
    ce_chain *c = &x->chain;
    unsigned begin;

    ce_chain_begin(c, x->heads[0]);
    if (p->sinks > 1)
        ce_chain_add(c, ce_fanout_stage(&c->made, x->heads, p->sinks, 0, NULL));
    begin = c->count;
    br_work_add_dedup(c, p);
    br_work_add_edits(c, p, NULL);
    br_work_add_guard(c, p, x->letters);
    watch(x, begin);
    return ce_chain_finish(c, &x->into, err);
}

static ce_status open_explanation(explanation *x, ce_error *err)
{
    ce_status status;

    x->heads = ce_alloc_zeroed(x->plan->sinks * sizeof *x->heads);
    x->names = ce_alloc_zeroed(x->plan->sinks * sizeof *x->names);
    if (!x->heads || !x->names ||
        ce_pool_open(&x->pool, 1, sizeof(ce_delivery), SIZE_MAX) != CE_OK)
        return ce_no_memory(err);
    status = open_letters(x, err);
    for (unsigned i = 0; i < x->plan->sinks && status == CE_OK; i++)
        status = open_sink(x, i, err);
    return status == CE_OK ? build(x, err) : status;
}

static void close_explanation(explanation *x)
{
    ce_chain_close(&x->chain);
    ce_pool_close(x->pool);
    ce_free(x->heads);
    ce_free(x->names);
}

/* --- the event --- */

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    (void)r;
    ce_pool_give(d);
}

static ce_status run(explanation *x, const br_sample *sample, ce_error *err)
{
    ce_delivery *d = ce_pool_take(x->pool);

    if (!d)
        return ce_no_memory(err);
    d->message = sample->message;
    d->origin = sample->origin;
    d->defect.plain = d->message.mode == CE_MODE_NONE;
    d->interactive = x->plan->from.transport->answers;
    ce_delivery_hook(d, settled, x, 0);
    ce_push(x->into, d);
    return CE_OK;
}

ce_status br_explain(const br_route_plan *plan, const br_sample *sample,
                     br_tell_fn *tell, void *arg, bool *refused, ce_error *err)
{
    explanation x = {
        .plan = plan,
        .testimony = { .tell = tell, .arg = arg, .filter = plan->filter },
    };
    ce_status status = open_explanation(&x, err);

    if (status == CE_OK)
        status = run(&x, sample, err);
    *refused = x.testimony.refused;
    close_explanation(&x);
    return status;
}
