/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/descriptors.h"

#include <limits.h>
#include <sys/resource.h>

unsigned long ce_descriptors_raise(void)
{
    struct rlimit limit, raised;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return ULONG_MAX;
    raised = (struct rlimit){ limit.rlim_max, limit.rlim_max };
    return setrlimit(RLIMIT_NOFILE, &raised) ? limit.rlim_cur : limit.rlim_max;
}
