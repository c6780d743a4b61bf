/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/onlooker.h"

#include "core/transport/terms.h"

/* A group's members share what is kept, and a user who names one wants
 * that. */
ce_status br_onlooker_make(br_endpoint_plan *from, ce_error *err)
{
    ce_status status = ce_custody_decline(from->transport, from->settings, err);

    if (status != CE_OK || ce_settings_has(from->settings, "group"))
        return status;
    return ce_leave_nothing(from->transport, from->settings, err);
}
