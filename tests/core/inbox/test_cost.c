/* SPDX-License-Identifier: Apache-2.0 */
/* Many records in an inbox: each costs as much as the first one. */
#include "tests/core/inbox/inbox_rig.h"
#include "tests/support/cost.h"

enum { IN_FLIGHT = 64 };

static unsigned count, settled;
static ce_verdict verdict;

static void settle(ce_stage *s, ce_delivery *d)
{
    (void)s;
    settled++;
    ce_settle(d, &(ce_result){ .verdict = verdict, .reason = "no" });
}

static const ce_stage_ops settling = { .name = "sink", .push = settle };
static ce_stage end = { .ops = &settling };

static void *make_inbox(unsigned records)
{
    count = records;
    begin();
    ce_inbox_close(inbox);
    open_inbox_of(1 << 28);
    return &count;
}

static void drop_inbox(void *arg)
{
    (void)arg;
    finish();
}

static void settle_all(void)
{
    settled = 0;
    receive_into(&end, IN_FLIGHT);
    while (settled < count || ce_inbox_count(inbox) > 0)
        ce_loop_poll(loop);
    from->ops->stop(from);
    from->ops->close(from);
}

static void pass_all(void *arg)
{
    (void)arg;
    verdict = CE_ACK;
    put_all(count);
    settle_all();
}

static void refuse_all(void *arg)
{
    (void)arg;
    verdict = CE_NACK;
    put_all(count);
    settle_all();
}

static void many_records_cost_no_square(void)
{
    static const cost rows[] = {
        { "inbox, confirmed", 1000, make_inbox, pass_all, drop_inbox },
        { "inbox, refused", 1000, make_inbox, refuse_all, drop_inbox },
    };

    expect_no_square(rows, COUNT(rows));
}

/* --- an event more, when many wait --- */

static void *make_full_inbox(unsigned records)
{
    make_inbox(records);
    put_all(count);
    return &count;
}

/* A thousand, however many are there already. */
static void put_more(void *arg)
{
    (void)arg;
    put_all(1000);
}

static void open_again(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        reopen();
}

static void many_records_before_it_cost_an_event_no_square(void)
{
    static const cost rows[] = {
        { "inbox, one more", 1000, make_full_inbox, put_more, drop_inbox },
        { "inbox, opened", 1000, make_full_inbox, open_again, drop_inbox },
    };

    expect_no_square(rows, COUNT(rows));
}

TESTS("core/inbox/cost", TEST(many_records_cost_no_square),
      TEST(many_records_before_it_cost_an_event_no_square))
