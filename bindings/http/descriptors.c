/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/descriptors.h"

#include <limits.h>
#include <sys/resource.h>

/* For others, but at most half: 256 connections may linger (linger.c). */
enum { RESERVE = 512 };

unsigned long ce_http_descriptors(void)
{
    struct rlimit limit, raised;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return ULONG_MAX;
    raised = (struct rlimit){ limit.rlim_max, limit.rlim_max };
    return setrlimit(RLIMIT_NOFILE, &raised) ? limit.rlim_cur : limit.rlim_max;
}

unsigned ce_http_connections_within(unsigned long files, unsigned wanted)
{
    unsigned long reserve = files / 2 < RESERVE ? files / 2 : RESERVE;
    unsigned long room = files - reserve;

    return room < wanted ? (unsigned)room : wanted;
}
