/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pipeline/arrival.h"

void ce_arrival_mark(ce_delivery *d)
{
    while (d->parent)
        d = d->parent;
    d->hooks[0].state = CE_ARRIVED;
}

bool ce_arrival_is_marked(const ce_delivery *d)
{
    while (d->parent)
        d = d->parent;
    return d->hooks[0].state == CE_ARRIVED;
}
