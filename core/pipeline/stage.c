/* SPDX-License-Identifier: Apache-2.0 */
#include <cloudevents/alloc.h>
#include <cloudevents/pipeline.h>

void *ce_stage_new(size_t size, const ce_stage_ops *ops, ce_stage *next)
{
    ce_stage *s = ce_alloc_zeroed(size);

    if (s)
        *s = (ce_stage){ ops, next };
    return s;
}

void ce_stage_free(ce_stage *s)
{
    ce_free(s);
}
