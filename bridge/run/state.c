/* SPDX-License-Identifier: Apache-2.0 */
/* Where a route's inbox lies. */
#include "bridge/run/plan.h"

#include <cloudevents/alloc.h>

#include "core/settings/state.h"

static ce_status append_dir(const br_route_plan *r, ce_buf *out, ce_error *err)
{
    ce_status status;

    if (r->inbox)
        return ce_buf_append(out, ce_slice_of(r->inbox));
    status = ce_state_append_base(out, "cebridge", err);
    if (status != CE_OK)
        return status;
    return ce_buf_printf(out, "/%s", r->state);
}

ce_status br_route_inbox_dir(const br_route_plan *r, char **out, ce_error *err)
{
    ce_buf dir = { 0 };
    ce_status status = append_dir(r, &dir, err);

    if (status == CE_OK)
        status = ce_buf_byte(&dir, '\0');
    if (status == CE_OK) {
        *out = dir.ptr;
        return CE_OK;
    }
    ce_buf_free(&dir);
    return status == CE_ENOMEM ? ce_no_memory(err) : status;
}
