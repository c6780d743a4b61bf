/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that is away gives up many lines: the first ones show what is wrong.
 */
#include "bindings/file/losses.h"

#include <inttypes.h>

#include <cloudevents/log.h>

#include "core/pipeline/action.h"

enum { GIVEN_UP_LINES = 20 };

void ce_file_losses_note(ce_file_losses *l, ce_delivery *d, const ce_result *r)
{
    const char *loss = ce_action_loss(r);

    if (!loss || (r->exhausted && l->given_up++ >= GIVEN_UP_LINES))
        return;
    ce_log_with(
        CE_WARN,
        &(ce_log_fields){ .event = ce_delivery_id(d), .error = r->reason },
        "%s:%" PRId64 ": %s: %s", l->name, d->origin.offset, loss,
        r->reason[0] ? r->reason : "no reason given");
}

void ce_file_losses_end(const ce_file_losses *l)
{
    if (l->given_up > GIVEN_UP_LINES)
        ce_log_of(CE_WARN, l->name, "%" PRIu64 " more lines were not delivered",
                  l->given_up - GIVEN_UP_LINES);
}
