/* SPDX-License-Identifier: Apache-2.0 */
/* What receivers tell their owner. */
#include <cloudevents/transport.h>

void ce_receiver_tolerated(ce_receiver *r)
{
    if (r->tolerated)
        r->tolerated(r, r->tolerated_arg);
}

bool ce_receiver_is_ready(ce_receiver *r)
{
    return r->ready ? r->ready(r, r->ready_arg) : r->health.up;
}

void ce_receiver_lost(ce_receiver *r, uint64_t count)
{
    if (r->lost && count)
        r->lost(r, count, r->lost_arg);
}
