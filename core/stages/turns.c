/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stages/turns.h"

static void stand_first(ce_turns *all, ce_turn *t)
{
    t->next = all->first;
    if (all->first)
        all->first->before = t;
    else
        all->last = t;
    all->first = t;
}

static void stand_last(ce_turns *all, ce_turn *t)
{
    t->before = all->last;
    if (all->last)
        all->last->next = t;
    else
        all->first = t;
    all->last = t;
}

void ce_turns_wait(ce_turns *all, ce_turn *t, bool is_repeated)
{
    if (t->waits)
        return;
    *t = (ce_turn){ .waits = true };
    if (is_repeated)
        stand_last(all, t);
    else
        stand_first(all, t);
}

void ce_turns_leave(ce_turns *all, ce_turn *t)
{
    if (!t->waits)
        return;
    t->waits = false;
    if (t->before)
        t->before->next = t->next;
    else
        all->first = t->next;
    if (t->next)
        t->next->before = t->before;
    else
        all->last = t->before;
}
