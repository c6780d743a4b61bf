/* SPDX-License-Identifier: Apache-2.0 */
/* Where a route's inbox lies. */
#include "bridge/run/plan.h"

#include <cloudevents/alloc.h>

#include "core/settings/state.h"

ce_status br_route_inbox_dir(const br_route_plan *r, char **out, ce_error *err)
{
    ce_buf dir = { 0 };
    ce_status status = CE_OK;

    if (r->inbox)
        status = ce_buf_append(&dir, ce_slice_of(r->inbox));
    else if ((status = ce_state_append_base(&dir, "cebridge", err)) == CE_OK)
        status = ce_buf_printf(&dir, "/%s", r->state);
    if (status == CE_OK)
        status = ce_buf_byte(&dir, '\0');
    if (status == CE_ENOMEM)
        ce_no_memory(err);
    if (status != CE_OK)
        ce_buf_free(&dir);
    *out = dir.ptr;
    return status;
}
