/* SPDX-License-Identifier: Apache-2.0 */
/* Into the inbox, out of it again, and the note that it is settled. */
#include "core/inbox/inbox.h"
#include "core/loop/loop.h"
#include "tests/budget/budget.h"
#include "tests/support/ce_test.h"

enum { MANY = 64 };

/* Here, so that its name is as long everywhere. */
static const char folder[] = "budget-inbox";
static ce_loop *loop;
static ce_inbox *inbox;
static ce_receiver *out;
static ce_stage *sink;
static unsigned arrived;

static void confirm(ce_stage *s, ce_delivery *d)
{
    (void)s;
    arrived++;
    ce_settle_ack(d, CE_DELIVERED);
}

static const ce_stage_ops confirming = { "sink", confirm, NULL, ce_stage_free };

static void open_inbox(void)
{
    ce_inbox_config c = { .dir = folder, .route = "r", .max_bytes = 16 << 20 };

    ce_test_remove(folder);
    MUST(ce_loop_open(&loop, NULL, NULL) == CE_OK);
    ce_loop_freeze(loop);
    MUST(ce_inbox_open(&inbox, &c, NULL) == CE_OK);
    sink = ce_stage_new(sizeof *sink, &confirming, NULL);
    MUST(sink);
    MUST(ce_inbox_receiver(&out, inbox, loop, 0, MANY) == CE_OK);
    MUST(out->ops->start(out, sink, NULL) == CE_OK);
    ce_loop_poll(loop);
}

static void close_inbox(void)
{
    out->ops->stop(out);
    out->ops->close(out);
    sink->ops->close(sink);
    ce_inbox_close(inbox);
    ce_loop_close(loop);
    ce_test_remove(folder);
}

static void put(void)
{
    const ce_origin nowhere = { .partition = -1, .offset = -1 };
    ce_message m = budget_message();

    MUST(ce_inbox_put(inbox, &m, &nowhere, NULL, NULL) == CE_OK);
}

/* As long as the loop has something to do. */
static void expect(unsigned count)
{
    while (arrived < count || ce_inbox_count(inbox) > 0)
        ce_loop_poll(loop);
    arrived = 0;
}

static void pass(unsigned number)
{
    (void)number;
    put();
    expect(1);
}

static void pass_many(unsigned number)
{
    put();
    if (number % MANY == MANY - 1)
        expect(MANY);
}

const budget inbox_budgets[] = {
    { "inbox/one", open_inbox, pass, close_inbox },
    { "inbox/many", open_inbox, pass_many, close_inbox },
    { NULL, NULL, NULL, NULL },
};
