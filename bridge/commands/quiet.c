/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/quiet.h"

#include "bridge/watch/console.h"

static void look_again(br_quiet *q)
{
    ce_timer_start(q->loop, &q->timer, q->patience.quiet_ms / 4 + 1);
}

static bool is_long_enough(const br_quiet *q, uint64_t now)
{
    uint64_t longest_ms = q->patience.longest_ms;

    if (!longest_ms || now < q->up_ms + longest_ms)
        return false;
    br_complain("cebridge: letters come all the time: "
                "what comes from now on is for the next run");
    return true;
}

static void on_timer(ce_timer *t)
{
    br_quiet *q = CE_OWNER(t, br_quiet, timer);
    uint64_t now = ce_loop_now_ms(q->loop);
    br_quiet_state state = q->look(q);

    if (state == BR_QUIET_AWAY)
        q->up_ms = now;
    if (state != BR_QUIET_SILENT)
        q->busy_ms = now;
    if (now < q->busy_ms + q->patience.quiet_ms && !is_long_enough(q, now))
        look_again(q);
    else
        q->over(q);
}

void br_quiet_begin(br_quiet *q, ce_loop *loop, const br_patience *p)
{
    if (!p->quiet_ms)
        return;
    q->patience = *p;
    q->loop = loop;
    q->timer.fire = on_timer;
    q->up_ms = q->busy_ms = ce_loop_now_ms(loop);
    look_again(q);
}

void br_quiet_end(br_quiet *q)
{
    ce_timer_stop(&q->timer);
}
