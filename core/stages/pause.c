/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stages/pause.h"

uint32_t ce_pause_asked_ms(const ce_retry_config *c, const ce_result *r)
{
    return c->sink && !c->sink->up ? 0 : r->retry_after_ms;
}

void ce_pause_note(ce_pause *p, const ce_retry_config *c, const ce_result *r,
                   uint64_t first_ms)
{
    uint32_t asked_ms = ce_pause_asked_ms(c, r);
    uint32_t away_ms = r->retry_after_ms - asked_ms;
    uint64_t end_ms = first_ms + c->max_age_ms;

    if (p->asked_ms < asked_ms)
        p->asked_ms = asked_ms;
    if (p->away_ms < away_ms)
        p->away_ms = away_ms;
    if (c->max_age_ms && (!p->end_ms || end_ms < p->end_ms))
        p->end_ms = end_ms;
}

uint64_t ce_pause_ms(const ce_pause *p, uint64_t ms, uint64_t now_ms)
{
    if (ms < p->away_ms)
        ms = p->away_ms;
    if (p->end_ms > now_ms && ms > p->end_ms - now_ms)
        ms = p->end_ms - now_ms;
    return ms < p->asked_ms ? p->asked_ms : ms;
}
