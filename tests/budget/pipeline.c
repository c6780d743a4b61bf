/* SPDX-License-Identifier: Apache-2.0 */
/* From a receiver's pool through the stages of a route to a sender, and the
 * result back. */
#include <string.h>

#include "core/loop/loop.h"
#include "core/pipeline/chain.h"
#include "core/stages/stages.h"
#include "tests/budget/budget.h"

enum { POOL = 64, PAUSE_MS = 10 };

static ce_loop *loop;
static ce_pool *pool;
static ce_chain chain;
static ce_stage *top;
static ce_meter meter;
static unsigned arrived;
static ce_queue at_sink; /* without an answer yet */

/* --- ends --- */

static void come_home(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    (void)h;
    arrived += r->verdict == CE_ACK;
    ce_pool_give(d);
}

static void arrive(void)
{
    ce_delivery *d = ce_pool_take(pool);

    MUST(d);
    d->message = budget_message();
    d->origin = (ce_origin){ .partition = -1, .offset = -1 };
    ce_pool_charge(pool, d, budget_data.len);
    ce_delivery_hook(d, come_home, NULL, 0);
    ce_push(top, d);
}

static void confirm(ce_stage *s, ce_delivery *d)
{
    (void)s;
    ce_settle_ack(d, CE_DELIVERED);
}

static void keep(ce_stage *s, ce_delivery *d)
{
    (void)s;
    ce_queue_add(&at_sink, &d->link);
}

static void answer(bool well)
{
    ce_queue all = ce_queue_take_all(&at_sink);
    ce_delivery *d;

    while ((d = CE_QUEUE_TAKE(&all, ce_delivery, link))) {
        if (well)
            ce_settle_ack(d, CE_DELIVERED);
        else
            ce_settle_undelivered(d, 503, 0, "not now");
    }
}

static const ce_stage_ops confirming = { "sink", confirm, NULL, ce_stage_free };
static const ce_stage_ops keeping = { "sink", keep, NULL, ce_stage_free };

/* --- the chain --- */

static ce_status make_sink(ce_stage **out, const ce_stage_ops *ops)
{
    *out = ce_stage_new(sizeof **out, ops, NULL);
    return *out ? CE_OK : CE_ENOMEM;
}

static void open_chain(const ce_stage_ops *sink, ce_mode mode)
{
    const ce_retry_config retry = { .base_ms = PAUSE_MS,
                                    .cap_ms = PAUSE_MS,
                                    .one_per_key = true,
                                    .meter = &meter,
                                    .seed = 1 };
    ce_chain *c = &chain;

    MUST(ce_loop_open(&loop, NULL, NULL) == CE_OK);
    ce_loop_freeze(loop);
    MUST(ce_pool_open(&pool, POOL, sizeof(ce_delivery), 1 << 20) == CE_OK);
    ce_chain_begin(c, NULL);
    ce_chain_add(c, make_sink(&c->made, sink));
    ce_chain_add(c, ce_retry_stage(&c->made, c->top, loop, &retry));
    ce_chain_add(c, ce_encode_stage(&c->made, c->top, mode, &ce_format_json));
    ce_chain_add(c, ce_check_stage(&c->made, c->top, NULL));
    ce_chain_add(c, ce_meter_stage(&c->made, c->top, &meter));
    ce_chain_add(c, ce_split_stage(&c->made, c->top, loop, POOL));
    MUST(ce_chain_finish(c, &top, NULL) == CE_OK);
}

static void open_confirming(void)
{
    open_chain(&confirming, CE_MODE_NONE);
}

static void open_structured(void)
{
    open_chain(&confirming, CE_MODE_STRUCTURED);
}

static void open_keeping(void)
{
    open_chain(&keeping, CE_MODE_NONE);
}

static void close_chain(void)
{
    MUST(ce_pool_out(pool) == 0);
    ce_chain_stop(&chain);
    ce_chain_close(&chain);
    ce_pool_close(pool);
    ce_loop_close(loop);
}

/* --- events --- */

static void pass(unsigned number)
{
    (void)number;
    arrived = 0;
    arrive();
    MUST(arrived == 1);
}

/* All have one key: each waits in its lane until those before it are
 * confirmed. */
static void wait_in_lane(unsigned number)
{
    if (number % POOL == 0)
        arrived = 0;
    arrive();
    while (number % POOL == POOL - 1 && !ce_queue_is_empty(&at_sink))
        answer(true);
    MUST(arrived == (number % POOL == POOL - 1 ? POOL : 0));
}

/* Not delivered at first. */
static void try_again(unsigned number)
{
    (void)number;
    arrived = 0;
    arrive();
    answer(false);
    MUST(ce_queue_is_empty(&at_sink));
    ce_loop_advance(loop, PAUSE_MS);
    answer(true);
    MUST(arrived == 1);
}

const budget pipeline_budgets[] = {
    { "pipeline/pass", open_confirming, pass, close_chain },
    { "pipeline/structured", open_structured, pass, close_chain },
    { "pipeline/lane", open_keeping, wait_in_lane, close_chain },
    { "pipeline/retry", open_keeping, try_again, close_chain },
    { NULL, NULL, NULL, NULL },
};
