/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/orphan.h"

#include <inttypes.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "core/inbox/inbox.h"

/* Nothing is put into it: any high mark does. */
enum { INBOX_BYTES = 1 << 30 };

static bool has(const br_route_plan *r, const char *dir)
{
    char *own = NULL;
    bool same;

    if (!br_route_has_inbox(r) || br_route_inbox_dir(r, &own, NULL) != CE_OK)
        return false;
    same = strcmp(own, dir) == 0;
    ce_free(own);
    return same;
}

static bool is_used(const br_plan *p, const char *dir)
{
    for (unsigned i = 0; i < p->count; i++)
        if (has(&p->routes[i], dir))
            return true;
    return false;
}

static void tell(const char *dir, const ce_inbox *i)
{
    uint64_t waiting = ce_inbox_count(i), refused = ce_inbox_refused(i);

    if (waiting)
        ce_log(CE_WARN,
               "inbox %s holds %" PRIu64 " events, and no route here has it; "
               "\"inbox: %s\" gives it to one, which delivers them",
               dir, waiting, dir);
    if (refused)
        ce_log(CE_WARN,
               "inbox %s holds %" PRIu64 " refused events, and no route here "
               "has it; \"cebridge dlq list inbox:%s\" shows them",
               dir, refused, dir);
}

void br_orphan_warn(const br_plan *p, const char *dir)
{
    ce_inbox_config c = { .dir = dir, .max_bytes = INBOX_BYTES };
    ce_inbox *i = NULL;
    ce_error err;
    ce_status status;

    if (is_used(p, dir))
        return;
    status = ce_inbox_open(&i, &c, &err);
    if (status == CE_OK)
        tell(dir, i);
    else if (status != CE_EAGAIN)
        ce_log(CE_WARN, "%s; no route here has it", err.text);
    ce_inbox_close(i);
}
